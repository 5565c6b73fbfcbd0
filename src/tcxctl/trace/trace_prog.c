// SPDX-License-Identifier: GPL-2.0
/*
 * Written as instructions, since what it has to know of the kernel comes from the
 * BTF of the kernel that it runs on, and no compiler is there.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "libtcx.h"
#include "trace_layout.h"

#define INSNS_MAX 64

/* Registers that hold the same from the beginning to the end */
enum { SKB = BPF_REG_6, VALUE = BPF_REG_7, DEV = BPF_REG_8 };

struct code {
	struct bpf_insn insn[INSNS_MAX];
	int count;
};

static void emit(struct code *c, struct bpf_insn insn)
{
	if (c->count < INSNS_MAX)
		c->insn[c->count] = insn;
	c->count++;
}

/* @size: in bytes */
static void load(struct code *c, int to, int from, int offset, __u32 size)
{
	int width = size == 1 ? BPF_B : size == 2 ? BPF_H :
		    size == 4 ? BPF_W : BPF_DW;

	emit(c, (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | width,
				   .dst_reg = to, .src_reg = from,
				   .off = offset });
}

/* The register into the record, which stands at the end of the stack */
static void record(struct code *c, int reg, size_t offset, int width)
{
	emit(c, (struct bpf_insn){ .code = BPF_STX | BPF_MEM | width,
				   .dst_reg = BPF_REG_10, .src_reg = reg,
				   .off = offset -
					  sizeof(struct trace_record) });
}

#define RECORD(c, reg, member)						\
	record(c, reg, offsetof(struct trace_record, member),		\
	       sizeof(((struct trace_record *)0)->member) == 2 ? BPF_H : BPF_W)

static void compute(struct code *c, int op, int reg, __s32 value)
{
	emit(c, (struct bpf_insn){ .code = BPF_ALU64 | BPF_K | op,
				   .dst_reg = reg, .imm = value });
}

static void move(struct code *c, int to, int from)
{
	emit(c, (struct bpf_insn){ .code = BPF_ALU64 | BPF_X | BPF_MOV,
				   .dst_reg = to, .src_reg = from });
}

static void immediate64(struct code *c, int reg, int kind, __u32 value)
{
	emit(c, (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
				   .dst_reg = reg, .src_reg = kind,
				   .imm = value });
	emit(c, (struct bpf_insn){});
}

static void call(struct code *c, int helper)
{
	emit(c, (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
				   .imm = helper });
}

static void end(struct code *c)
{
	compute(c, BPF_MOV, BPF_REG_0, 0);
	emit(c, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

/* What surely goes on is of no interest. */
static void end_if(struct code *c, __s32 value)
{
	emit(c, (struct bpf_insn){ .code = BPF_JMP32 | BPF_JNE | BPF_K,
				   .dst_reg = VALUE, .off = 2,
				   .imm = value });
	end(c);
}

static void record_device(struct code *c, const struct trace_field *f)
{
	unsigned int i;

	load(c, BPF_REG_1, DEV, f[DEV_IFINDEX].offset, 4);
	RECORD(c, BPF_REG_1, ifindex);
	load(c, BPF_REG_1, DEV, f[DEV_TYPE].offset, 2);
	RECORD(c, BPF_REG_1, dev_type);
	for (i = 0; i < sizeof(((struct trace_record *)0)->device); i += 8) {
		load(c, BPF_REG_1, DEV, f[DEV_NAME].offset + i, 8);
		record(c, BPF_REG_1, offsetof(struct trace_record, device) + i,
		       BPF_DW);
	}
	load(c, BPF_REG_1, DEV, f[DEV_NET].offset, 8);
	load(c, BPF_REG_1, BPF_REG_1, f[NET_INUM].offset, 4);
	RECORD(c, BPF_REG_1, netns);
}

static void record_packet(struct code *c, const struct trace_field *f)
{
	load(c, BPF_REG_1, SKB, f[SKB_LEN].offset, 4);
	RECORD(c, BPF_REG_1, len);
	load(c, BPF_REG_1, SKB, f[SKB_PROTOCOL].offset, 2);
	RECORD(c, BPF_REG_1, protocol);
	load(c, BPF_REG_1, SKB, f[SKB_AT_INGRESS].offset, 1);
	compute(c, BPF_AND, BPF_REG_1, f[SKB_AT_INGRESS].mask);
	RECORD(c, BPF_REG_1, ingress);
	load(c, BPF_REG_1, SKB, f[SKB_VLAN_PROTO].offset, 2);
	RECORD(c, BPF_REG_1, vlan_proto);
	load(c, BPF_REG_1, SKB, f[SKB_VLAN_TCI].offset, 2);
	RECORD(c, BPF_REG_1, vlan_tci);
}

static void record_redirect(struct code *c, const struct trace_field *f)
{
	if (!f[TASK_NET_CONTEXT].known || !f[REDIRECT_TARGET].known) {
		compute(c, BPF_MOV, BPF_REG_0, 0);
	} else {
		call(c, BPF_FUNC_get_current_task_btf);
		load(c, BPF_REG_0, BPF_REG_0, f[TASK_NET_CONTEXT].offset, 8);
		load(c, BPF_REG_0, BPF_REG_0, f[REDIRECT_TARGET].offset,
		     f[REDIRECT_TARGET].size);
	}
	RECORD(c, BPF_REG_0, redirect);
}

static void put_out(struct code *c, const struct trace_field *f, int map)
{
	/* How many bytes of the packet is said in the upper half of the flags. */
	load(c, BPF_REG_3, SKB, f[SKB_LEN].offset, 4);
	emit(c, (struct bpf_insn){ .code = BPF_JMP | BPF_JLE | BPF_K,
				   .dst_reg = BPF_REG_3, .off = 1,
				   .imm = TRACE_BYTES });
	compute(c, BPF_MOV, BPF_REG_3, TRACE_BYTES);
	compute(c, BPF_LSH, BPF_REG_3, 32);
	emit(c, (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_K,
				   .dst_reg = BPF_REG_1,
				   .imm = (__s32)BPF_F_CURRENT_CPU });
	emit(c, (struct bpf_insn){ .code = BPF_ALU64 | BPF_OR | BPF_X,
				   .dst_reg = BPF_REG_3,
				   .src_reg = BPF_REG_1 });
	immediate64(c, BPF_REG_2, BPF_PSEUDO_MAP_FD, map);
	move(c, BPF_REG_4, BPF_REG_10);
	compute(c, BPF_ADD, BPF_REG_4, -(int)sizeof(struct trace_record));
	compute(c, BPF_MOV, BPF_REG_5, sizeof(struct trace_record));
	move(c, BPF_REG_1, SKB);
	call(c, BPF_FUNC_skb_output);
}

static void assemble(struct code *c, const struct trace_field *f, __u32 id,
		     int map, bool drops)
{
	/* Its argument, and what it returned */
	load(c, SKB, BPF_REG_1, 0, 8);
	load(c, VALUE, BPF_REG_1, 8, 8);
	if (drops) {
		end_if(c, TCX_NEXT);
		end_if(c, TCX_PASS);
		end_if(c, TCX_REDIRECT);
	}
	RECORD(c, VALUE, value);
	compute(c, BPF_MOV, BPF_REG_1, id);
	RECORD(c, BPF_REG_1, prog_id);
	load(c, DEV, SKB, f[SKB_DEV].offset, 8);
	record_device(c, f);
	record_packet(c, f);
	record_redirect(c, f);
	put_out(c, f, map);
	end(c);
}

/* The function to which the program's first instruction belongs, in its BTF */
static int entry_of(int fd, __u32 *type_id, const char **why)
{
	struct bpf_func_info func = {};
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	if (!info.btf_id || !info.nr_func_info) {
		*why = "it was loaded without BTF, which clang makes with -g";
		return -EINVAL;
	}
	if (!info.jited_prog_len) {
		*why = "it is interpreted: net.core.bpf_jit_enable was 0 when it was loaded";
		return -EINVAL;
	}
	memset(&info, 0, sizeof(info));
	info.nr_func_info = 1;
	info.func_info_rec_size = sizeof(func);
	info.func_info = (unsigned long)&func;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	*type_id = func.type_id;
	return 0;
}

/* What the verifier said last, but for what it says of itself; NULL: nothing, as
 * when it was content and the kernel refused for another reason
 */
static const char *verdict_of(char *log)
{
	char *end, *line;

	end = strncmp(log, "processed ", 10) ? strstr(log, "\nprocessed ") : log;
	if (end)
		*end = '\0';
	line = strrchr(log, '\n');
	line = line ? line + 1 : log;
	return *line ? line : NULL;
}

static int attach(struct trace_prog *behind, int target, const struct code *c,
		  const char **why)
{
	static char log[16384];
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = BPF_TRACE_FEXIT,
		    .attach_prog_fd = target,
		    .log_level = 1, .log_buf = log, .log_size = sizeof(log));
	int err = entry_of(target, &opts.attach_btf_id, why);

	if (err)
		return err;
	behind->prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, "tcxctl_trace",
				     "GPL", c->insn, c->count, &opts);
	if (behind->prog < 0) {
		err = -errno;
		*why = verdict_of(log);
		return err;
	}
	behind->link = bpf_link_create(behind->prog, 0, BPF_TRACE_FEXIT, NULL);
	if (behind->link >= 0)
		return 0;
	err = -errno;
	close(behind->prog);
	return err;
}

int trace_prog_attach(struct trace_prog *behind, __u32 id,
		      const struct trace_layout *layout, int map, bool drops,
		      const char **why)
{
	struct code code = {};
	int target, err;

	*why = NULL;
	assemble(&code, layout->field, id, map, drops);
	if (code.count > INSNS_MAX)
		return -E2BIG;
	target = bpf_prog_get_fd_by_id(id);
	if (target < 0)
		return -errno;
	err = attach(behind, target, &code, why);
	close(target);
	return err;
}

void trace_prog_detach(struct trace_prog *behind)
{
	close(behind->link);
	close(behind->prog);
}
