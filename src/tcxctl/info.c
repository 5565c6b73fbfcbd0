// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "info.h"
#include "json.h"
#include "libtcx.h"

static int get_info(int fd, struct bpf_prog_info *info)
{
	__u32 size = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(fd, info, &size);
}

__u32 prog_id_of(int fd)
{
	struct bpf_prog_info info;

	return get_info(fd, &info) ? 0 : info.id;
}

/* The kernel counts from boot; people want the date. */
static void format_time(__u64 since_boot_ns, char *buf, size_t size)
{
	struct timespec now, up;
	struct tm tm;
	time_t at;

	buf[0] = '\0';
	if (clock_gettime(CLOCK_REALTIME, &now) ||
	    clock_gettime(CLOCK_BOOTTIME, &up))
		return;
	/* In nanoseconds, so that each call comes to the same second. */
	at = (now.tv_sec * 1000000000LL + now.tv_nsec -
	      up.tv_sec * 1000000000LL - up.tv_nsec +
	      (long long)since_boot_ns) / 1000000000LL;
	if (localtime_r(&at, &tm))
		strftime(buf, size, "%Y-%m-%dT%H:%M:%S%z", &tm);
}

void prog_describe(int fd, struct prog_details *details)
{
	struct bpf_prog_info info;
	int i;

	memset(details, 0, sizeof(*details));
	if (get_info(fd, &info))
		return;
	details->known = true;
	snprintf(details->name, sizeof(details->name), "%.*s",
		 BPF_OBJ_NAME_LEN, info.name);
	for (i = 0; i < BPF_TAG_SIZE; i++)
		sprintf(details->tag + 2 * i, "%02x", info.tag[i]);
	details->type = libbpf_bpf_prog_type_str(info.type);
	format_time(info.load_time, details->loaded_at,
		    sizeof(details->loaded_at));
	details->uid = info.created_by_uid;
	details->runs = info.run_cnt;
	details->run_time_ns = info.run_time_ns;
}

/* A program can go between being listed and being asked. */
void prog_describe_id(__u32 id, struct prog_details *details)
{
	int fd = bpf_prog_get_fd_by_id(id);

	memset(details, 0, sizeof(*details));
	if (fd < 0)
		return;
	prog_describe(fd, details);
	close(fd);
}

const char *prog_name(const struct prog_details *details)
{
	if (!details->known)
		return "?";
	return details->name[0] ? details->name : "-";
}

json_t *prog_json(__u32 id, const struct prog_details *details)
{
	json_t *object = id_json(id);

	if (!details->known)
		return object;
	if (details->name[0])
		put_member(object, "name", text_json(details->name));
	put_member(object, "tag", json_string(details->tag));
	if (details->type)
		put_member(object, "type", json_string(details->type));
	if (details->loaded_at[0])
		put_member(object, "loaded_at",
			   json_string(details->loaded_at));
	put_member(object, "uid", json_integer(details->uid));
	if (details->runs) {
		put_member(object, "run_cnt", json_integer(details->runs));
		put_member(object, "run_time_ns",
			   json_integer(details->run_time_ns));
	}
	if (details->sampled)
		put_member(object, "stats",
			   json_pack("{s:f, s:I, s:I}",
				     "seconds", details->sample_seconds,
				     "run_cnt",
				     (json_int_t)details->sample_runs,
				     "run_time_ns",
				     (json_int_t)details->sample_time_ns));
	return object;
}
