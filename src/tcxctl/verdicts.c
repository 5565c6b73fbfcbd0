// SPDX-License-Identifier: GPL-2.0
/*
 * Which values a program can return, found by following its instructions with
 * sets of values in the place of values. What is read from memory, or computed
 * in a way that is not followed here, may be any value; what comes out of this is
 * never less than the program can return, so a value that is missing is missing
 * for sure.
 *
 * A function that the program calls is followed once, whoever calls it. Of the
 * kernel's functions those are known that return what bpf_redirect() returns. A tail call goes to a
 * program that may be exchanged at any time. So may a function that another BPF
 * program has replaced (freplace), of which nothing is to be seen here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "verdicts.h"

#define REGS		10	/* r10, the stack, is none of these */
#define MOST_INSNS	(1 << 20)
#define REDIRECTS	3

struct state {
	bool reached;
	__u16 regs[REGS];
};

struct program {
	struct bpf_insn *insns;
	__u32 count;
	struct state *before;	/* of each instruction */
	__u16 *returns;		/* of the function that begins there */
	bool *begins;		/* whether a function does */
	bool changed;
};

/* How calls of these functions of the kernel look in instructions that it shows:
 * by their distance from another one.
 */
static long long redirects[REDIRECTS];
static int n_redirects = -1;	/* not looked for yet */

static __u16 set_of(long long value)
{
	/* What is returned is an int. */
	value = (int)value;
	return value >= -1 && value <= VERDICT_MOST ? VERDICT(value) :
						      VERDICT_OTHER;
}

/* Each value of a set, changed by an instruction that has the other operand in
 * itself. Of VERDICT_OTHER the value is not known. Sets are about the lower half
 * of a register, so only what does not shift the upper one into it is computed.
 */
static __u16 compute(const struct bpf_insn *insn, __u16 set)
{
	__u16 result = 0;
	long long value;

	if (set & (VERDICT_OTHER | VERDICT_ANY)) {
		/* A mask bounds what was not known. */
		if (BPF_OP(insn->code) != BPF_AND || insn->imm < 0 ||
		    insn->imm > VERDICT_MOST)
			return VERDICT_ANY;
		for (value = 0; value <= insn->imm; value++)
			if (!(value & ~(long long)insn->imm))
				result |= set_of(value);
		return result;
	}
	for (value = -1; value <= VERDICT_MOST; value++) {
		if (!(set & VERDICT(value)))
			continue;
		switch (BPF_OP(insn->code)) {
		case BPF_ADD:
			result |= set_of(value + insn->imm);
			break;
		case BPF_SUB:
			result |= set_of(value - insn->imm);
			break;
		case BPF_AND:
			result |= set_of(value & insn->imm);
			break;
		case BPF_OR:
			result |= set_of(value | insn->imm);
			break;
		case BPF_XOR:
			result |= set_of(value ^ insn->imm);
			break;
		case BPF_MUL:
			result |= set_of(value * insn->imm);
			break;
		case BPF_LSH:
			result |= set_of(insn->imm < 32 ?
					 value * (1LL << insn->imm) : 0);
			break;
		default:
			return VERDICT_ANY;
		}
	}
	return result;
}

/* Merges what is known after an instruction into what is known before @at. */
static void flow(struct program *p, long long at, const struct state *after)
{
	struct state *to;
	int i;

	if (at < 0 || at >= p->count)
		return;
	to = &p->before[at];
	p->changed |= !to->reached;
	to->reached = true;
	for (i = 0; i < REGS; i++) {
		__u16 merged = to->regs[i] | after->regs[i];

		p->changed |= merged != to->regs[i];
		to->regs[i] = merged;
	}
}

static long long function_of(const struct program *p, long long at)
{
	while (!p->begins[at])
		at--;
	return at;
}

/* A function that returns more may have callers that do. */
static void add_returned(struct program *p, long long at, __u16 set)
{
	__u16 *returns = &p->returns[function_of(p, at)];

	p->changed |= (*returns | set) != *returns;
	*returns |= set;
}

static void set_any(struct state *s, unsigned int reg)
{
	if (reg < REGS)
		s->regs[reg] = VERDICT_ANY;
}

/* Of functions that a JIT has compiled one by one, the distance is in off. */
static long long target_of(const struct bpf_insn *insn, long long at)
{
	return at + 1 + (insn->off ? insn->off : insn->imm);
}

/* The kernel leaves the instructions out for those who may not read them. */
static int read_insns(int fd, struct bpf_insn **insns, __u32 *count)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info), bytes;

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	bytes = info.xlated_prog_len;
	if (!bytes || bytes / sizeof(**insns) > MOST_INSNS)
		return -EPERM;
	*insns = calloc(1, bytes);
	if (!*insns)
		return -ENOMEM;
	memset(&info, 0, sizeof(info));
	info.xlated_prog_len = bytes;
	info.xlated_prog_insns = (unsigned long)*insns;
	size = sizeof(info);
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	*count = bytes / sizeof(**insns);
	return info.xlated_prog_insns ? 0 : -EPERM;
}

/* Asks the kernel by loading a program that calls them, which is not run; where
 * that may not be, or instructions are not shown, none is known.
 */
static void find_redirects(void)
{
	static const int helpers[REDIRECTS] = {
		BPF_FUNC_redirect, BPF_FUNC_redirect_neigh,
		BPF_FUNC_redirect_peer,
	};
	struct bpf_insn insns[REDIRECTS * 5 + 1], *seen = NULL, *at = insns;
	__u32 count = 0, i;
	int fd, reg;

	for (i = 0; i < REDIRECTS; i++) {
		for (reg = 1; reg <= 4; reg++)
			*at++ = (struct bpf_insn){
				.code = BPF_ALU64 | BPF_MOV | BPF_K,
				.dst_reg = reg,
			};
		*at++ = (struct bpf_insn){
			.code = BPF_JMP | BPF_CALL, .imm = helpers[i],
		};
	}
	*at = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	n_redirects = 0;
	fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "tcxctl_ask", "GPL", insns,
			   sizeof(insns) / sizeof(insns[0]), NULL);
	if (fd < 0)
		return;
	if (!read_insns(fd, &seen, &count))
		for (i = 0; i < count; i++)
			if (seen[i].code == (BPF_JMP | BPF_CALL) &&
			    seen[i].imm && n_redirects < REDIRECTS)
				redirects[n_redirects++] = seen[i].imm;
	free(seen);
	close(fd);
}

static bool is_redirect(const struct bpf_insn *insn)
{
	int i;

	if (n_redirects < 0)
		find_redirects();
	for (i = 0; i < n_redirects; i++)
		if (insn->imm == redirects[i])
			return true;
	return false;
}

static void call(struct program *p, long long at, struct state *s)
{
	const struct bpf_insn *insn = &p->insns[at];
	struct state entry = { .reached = true };
	long long target = target_of(insn, at);
	int i;

	for (i = 1; i <= 5; i++)
		s->regs[i] = VERDICT_ANY;
	if (insn->src_reg == BPF_PSEUDO_CALL && target >= 0 &&
	    target < p->count) {
		for (i = 0; i < REGS; i++)
			entry.regs[i] = VERDICT_ANY;
		flow(p, target, &entry);
		s->regs[0] = p->returns[target];
		/* Nothing is known to come back yet. */
		if (!s->regs[0])
			return;
	} else if (!insn->src_reg && insn->imm == BPF_FUNC_tail_call) {
		add_returned(p, at, VERDICT_ANY);
		s->regs[0] = VERDICT_ANY;
	} else if (!insn->src_reg && is_redirect(insn)) {
		s->regs[0] = VERDICT(7) | VERDICT(2);
	} else {
		s->regs[0] = VERDICT_ANY;
	}
	flow(p, at + 1, s);
}

/* Where a register is compared with a constant, it is that afterwards. */
static void branch(struct program *p, long long at, const struct state *s)
{
	const struct bpf_insn *insn = &p->insns[at];
	struct state taken = *s, passed = *s;
	__u16 *equal = NULL;

	if (insn->code == (BPF_JMP | BPF_JEQ | BPF_K))
		equal = &taken.regs[insn->dst_reg];
	else if (insn->code == (BPF_JMP | BPF_JNE | BPF_K))
		equal = &passed.regs[insn->dst_reg];
	if (equal && insn->dst_reg < REGS)
		*equal = set_of(insn->imm);
	flow(p, at + 1 + insn->off, &taken);
	flow(p, at + 1, &passed);
}

static void jump(struct program *p, long long at, struct state *s)
{
	const struct bpf_insn *insn = &p->insns[at];

	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		flow(p, at + 1 + (BPF_CLASS(insn->code) == BPF_JMP ?
				  insn->off : insn->imm), s);
		break;
	case BPF_CALL:
		call(p, at, s);
		break;
	case BPF_EXIT:
		add_returned(p, at, s->regs[0]);
		break;
	default:
		branch(p, at, s);
	}
}

static void arithmetic(const struct bpf_insn *insn, struct state *s)
{
	__u16 *dst = &s->regs[insn->dst_reg];

	if (insn->dst_reg >= REGS)
		return;
	if (BPF_OP(insn->code) == BPF_MOV && BPF_SRC(insn->code) == BPF_K)
		*dst = set_of(insn->imm);
	else if (BPF_OP(insn->code) == BPF_MOV && !insn->off &&
		 insn->src_reg < REGS)
		*dst = s->regs[insn->src_reg];
	else if (BPF_SRC(insn->code) == BPF_K)
		*dst = compute(insn, *dst);
	else
		*dst = VERDICT_ANY;
}

/* What an instruction does to what is known, and where it leads. */
static void step(struct program *p, long long at)
{
	const struct bpf_insn *insn = &p->insns[at];
	struct state s = p->before[at];

	switch (BPF_CLASS(insn->code)) {
	case BPF_JMP:
	case BPF_JMP32:
		jump(p, at, &s);
		return;
	case BPF_ALU:
	case BPF_ALU64:
		arithmetic(insn, &s);
		break;
	case BPF_LD:
		/* A constant of 64 bits takes two; anything else may return. */
		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW)) {
			set_any(&s, insn->dst_reg);
			if (!insn->src_reg && insn->dst_reg < REGS)
				s.regs[insn->dst_reg] = set_of(insn->imm);
			flow(p, at + 2, &s);
			return;
		}
		add_returned(p, at, VERDICT_ANY);
		set_any(&s, 0);
		break;
	case BPF_LDX:
		set_any(&s, insn->dst_reg);
		break;
	case BPF_STX:
		/* Atomic ones may fetch, into the source or r0. */
		if (BPF_MODE(insn->code) == BPF_ATOMIC) {
			set_any(&s, insn->src_reg);
			set_any(&s, insn->dst_reg);
			set_any(&s, 0);
		}
		break;
	}
	flow(p, at + 1, &s);
}

/* Functions stand one after the other; each is entered by calls. */
static void find_functions(struct program *p)
{
	long long i, target;

	p->begins[0] = true;
	for (i = 0; i < p->count; i++) {
		if (p->insns[i].code != (BPF_JMP | BPF_CALL) ||
		    p->insns[i].src_reg != BPF_PSEUDO_CALL)
			continue;
		target = target_of(&p->insns[i], i);
		if (target > 0 && target < p->count)
			p->begins[target] = true;
	}
}

static __u32 follow(struct program *p)
{
	struct state entry = { .reached = true };
	long long i;

	find_functions(p);
	for (i = 0; i < REGS; i++)
		entry.regs[i] = VERDICT_ANY;
	flow(p, 0, &entry);
	/* Sets only grow, so this ends. */
	while (p->changed) {
		p->changed = false;
		for (i = 0; i < p->count; i++)
			if (p->before[i].reached)
				step(p, i);
	}
	return p->returns[0];
}

static int follow_insns(struct bpf_insn *insns, __u32 count, __u32 *set)
{
	struct program p = { .insns = insns, .count = count };
	int err = -ENOMEM;

	p.before = calloc(count, sizeof(*p.before));
	p.returns = calloc(count, sizeof(*p.returns));
	p.begins = calloc(count, sizeof(*p.begins));
	if (p.before && p.returns && p.begins) {
		*set = follow(&p);
		err = 0;
	}
	free(p.before);
	free(p.returns);
	free(p.begins);
	return err;
}

int verdicts_of(__u32 prog_id, __u32 *set)
{
	int fd = bpf_prog_get_fd_by_id(prog_id), err;
	struct bpf_insn *insns = NULL;
	__u32 count = 0;

	if (fd < 0)
		return fd;
	err = read_insns(fd, &insns, &count);
	close(fd);
	if (!err)
		err = follow_insns(insns, count, set);
	free(insns);
	return err;
}
