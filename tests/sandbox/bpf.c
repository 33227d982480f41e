/* SPDX-License-Identifier: ISC */
#include "bpf.h"

#include <linux/bpf_common.h>
#include <string.h>

static bool
is_operation(uint16_t operation)
{
	switch (operation) {
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_DIV:
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
	case BPF_LSH:
	case BPF_RSH:
		return true;
	default:
		return false;
	}
}

static bool
is_valid_alu(const struct sock_filter *at)
{
	uint16_t operation = BPF_OP(at->code);

	if (at->code == (BPF_ALU | BPF_NEG))
		return true;
	if (at->code != (BPF_ALU | operation | BPF_SRC(at->code)) || !is_operation(operation))
		return false;
	if (BPF_SRC(at->code) == BPF_X)
		return true;
	if (operation == BPF_DIV)
		return at->k != 0;
	return (operation != BPF_LSH && operation != BPF_RSH) || at->k < 32;
}

static bool
is_valid_jump(const struct sock_filter *at, size_t left)
{
	uint16_t operation = BPF_OP(at->code);

	if (at->code == (BPF_JMP | BPF_JA))
		return at->k < left;
	if (operation != BPF_JEQ && operation != BPF_JGT && operation != BPF_JGE &&
	    operation != BPF_JSET)
		return false;
	return at->code == (BPF_JMP | operation | BPF_SRC(at->code)) && at->jt < left &&
	       at->jf < left;
}

/* `left` is the number of instructions that follow. */
static bool
is_valid(const struct sock_filter *at, size_t left)
{
	switch (BPF_CLASS(at->code)) {
	case BPF_ALU:
		return is_valid_alu(at);
	case BPF_JMP:
		return is_valid_jump(at, left);
	default:
		break;
	}
	switch (at->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return at->k % sizeof(uint32_t) == 0 && at->k < sizeof(struct seccomp_data);
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return at->k < BPF_MEMWORDS;
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA:
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
		return true;
	default:
		return false;
	}
}

bool
bpf_is_valid(const struct sock_filter *program, size_t count)
{
	size_t i;

	if (count == 0 || count > BPF_MAXINSNS || BPF_CLASS(program[count - 1].code) != BPF_RET)
		return false;
	for (i = 0; i < count; i++) {
		if (!is_valid(&program[i], count - 1 - i))
			return false;
	}
	return true;
}

struct machine {
	uint32_t a, x;
	uint32_t memory[BPF_MEMWORDS];
};

/* False when the result is undefined: the kernel then returns 0. */
static bool
calculate(struct machine *machine, const struct sock_filter *at)
{
	uint32_t operand = BPF_SRC(at->code) == BPF_X ? machine->x : at->k;

	switch (BPF_OP(at->code)) {
	case BPF_ADD:
		machine->a += operand;
		return true;
	case BPF_SUB:
		machine->a -= operand;
		return true;
	case BPF_MUL:
		machine->a *= operand;
		return true;
	case BPF_DIV:
		if (operand == 0)
			return false;
		machine->a /= operand;
		return true;
	case BPF_AND:
		machine->a &= operand;
		return true;
	case BPF_OR:
		machine->a |= operand;
		return true;
	case BPF_XOR:
		machine->a ^= operand;
		return true;
	case BPF_LSH:
		machine->a <<= operand & 31;
		return true;
	case BPF_RSH:
		machine->a >>= operand & 31;
		return true;
	default: /* BPF_NEG: the program is valid */
		machine->a = -machine->a;
		return true;
	}
}

static uint32_t
distance(const struct machine *machine, const struct sock_filter *at)
{
	uint32_t operand = BPF_SRC(at->code) == BPF_X ? machine->x : at->k;

	switch (BPF_OP(at->code)) {
	case BPF_JEQ:
		return machine->a == operand ? at->jt : at->jf;
	case BPF_JGT:
		return machine->a > operand ? at->jt : at->jf;
	case BPF_JGE:
		return machine->a >= operand ? at->jt : at->jf;
	case BPF_JSET:
		return (machine->a & operand) != 0 ? at->jt : at->jf;
	default: /* BPF_JA: the program is valid */
		return at->k;
	}
}

static void
move(struct machine *machine, const struct sock_filter *at, const struct seccomp_data *data)
{
	switch (at->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		memcpy(&machine->a, (const uint8_t *)data + at->k, sizeof(machine->a));
		break;
	case BPF_LD | BPF_W | BPF_LEN:
		machine->a = sizeof(*data);
		break;
	case BPF_LDX | BPF_W | BPF_LEN:
		machine->x = sizeof(*data);
		break;
	case BPF_LD | BPF_IMM:
		machine->a = at->k;
		break;
	case BPF_LDX | BPF_IMM:
		machine->x = at->k;
		break;
	case BPF_LD | BPF_MEM:
		machine->a = machine->memory[at->k];
		break;
	case BPF_LDX | BPF_MEM:
		machine->x = machine->memory[at->k];
		break;
	case BPF_ST:
		machine->memory[at->k] = machine->a;
		break;
	case BPF_STX:
		machine->memory[at->k] = machine->x;
		break;
	case BPF_MISC | BPF_TAX:
		machine->x = machine->a;
		break;
	default: /* BPF_TXA: the program is valid */
		machine->a = machine->x;
		break;
	}
}

uint32_t
bpf_run(const struct sock_filter *program, const struct seccomp_data *data)
{
	struct machine machine = { 0 };
	const struct sock_filter *at;

	for (at = program;; at++) {
		switch (BPF_CLASS(at->code)) {
		case BPF_RET:
			return BPF_RVAL(at->code) == BPF_A ? machine.a : at->k;
		case BPF_JMP:
			at += distance(&machine, at);
			break;
		case BPF_ALU:
			if (!calculate(&machine, at))
				return 0;
			break;
		default:
			move(&machine, at, data);
			break;
		}
	}
}
