// SPDX-License-Identifier: GPL-2.0
/* Where in its structures this kernel keeps what a trace tells, by its BTF */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "trace_layout.h"

static const struct wanted {
	const char *structure, *path;
	bool optional;
} wanted[TRACE_FIELDS] = {
	[SKB_LEN] = { "sk_buff", "len", false },
	[SKB_DEV] = { "sk_buff", "dev", false },
	[SKB_PROTOCOL] = { "sk_buff", "protocol", false },
	[SKB_AT_INGRESS] = { "sk_buff", "tc_at_ingress", false },
	[SKB_VLAN_PROTO] = { "sk_buff", "vlan_proto", false },
	[SKB_VLAN_TCI] = { "sk_buff", "vlan_tci", false },
	[DEV_IFINDEX] = { "net_device", "ifindex", false },
	[DEV_NAME] = { "net_device", "name", false },
	[DEV_TYPE] = { "net_device", "type", false },
	[DEV_NET] = { "net_device", "nd_net.net", false },
	[NET_INUM] = { "net", "ns.inum", false },
	/* Before 6.11 each CPU had it. */
	[TASK_NET_CONTEXT] = { "task_struct", "bpf_net_context", true },
	[REDIRECT_TARGET] = { "bpf_net_context", "ri.tgt_index", true },
};

static const struct btf_type *resolve(const struct btf *btf, __u32 id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (type && (btf_is_typedef(type) || btf_is_mod(type)))
		type = btf__type_by_id(btf, type->type);
	return type;
}

/* Looks into members without a name as well. */
static bool find(const struct btf *btf, const struct btf_type *in,
		 const char *name, size_t length, struct trace_field *field,
		 const struct btf_type **found)
{
	const struct btf_member *m;
	__u32 i, bit;

	if (!in || !btf_is_composite(in))
		return false;
	m = btf_members(in);
	for (i = 0; i < btf_vlen(in); i++, m++) {
		const char *is = btf__name_by_offset(btf, m->name_off);
		const struct btf_type *type = resolve(btf, m->type);
		struct trace_field inner = {};

		bit = btf_member_bit_offset(in, i);
		if (!*is && find(btf, type, name, length, &inner, found)) {
			field->offset += bit / 8 + inner.offset;
			field->size = inner.size;
			field->mask = inner.mask;
			return true;
		}
		if (strlen(is) != length || strncmp(is, name, length))
			continue;
		field->offset += bit / 8;
		field->size = type ? type->size : 0;
		if (btf_member_bitfield_size(in, i)) {
			field->size = 1;
			field->mask = 1 << bit % 8;
		}
		*found = type;
		return true;
	}
	return false;
}

static bool locate(const struct btf *btf, const struct wanted *w,
		   struct trace_field *field)
{
	int id = btf__find_by_name_kind(btf, w->structure, BTF_KIND_STRUCT);
	const struct btf_type *in = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const char *name = w->path, *end;

	for (;;) {
		end = strchrnul(name, '.');
		if (!find(btf, in, name, end - name, field, &in))
			return false;
		if (!*end)
			break;
		name = end + 1;
	}
	field->known = true;
	return true;
}

int trace_layout_read(struct trace_layout **layout, const char **missing)
{
	struct trace_layout *new = calloc(1, sizeof(*new));
	struct btf *btf;
	int i, err = 0;

	*missing = NULL;
	if (!new)
		return -ENOMEM;
	btf = btf__load_vmlinux_btf();
	if (!btf) {
		err = -errno;
		free(new);
		return err;
	}
	for (i = 0; i < TRACE_FIELDS && !err; i++) {
		if (locate(btf, &wanted[i], &new->field[i]) ||
		    wanted[i].optional)
			continue;
		*missing = wanted[i].path;
		err = -ENOENT;
	}
	btf__free(btf);
	if (err)
		free(new);
	else
		*layout = new;
	return err;
}

void trace_layout_free(struct trace_layout *layout)
{
	free(layout);
}
