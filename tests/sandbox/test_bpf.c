/* SPDX-License-Identifier: ISC */
#include "bpf.h"
#include "unit.h"

#include <linux/bpf_common.h>

#define LD_ABS(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RET(value)     BPF_STMT(BPF_RET | BPF_K, value)
#define RET_A	       BPF_STMT(BPF_RET | BPF_A, 0)
#define LD(value)      BPF_STMT(BPF_LD | BPF_IMM, value)
#define LDX(value)     BPF_STMT(BPF_LDX | BPF_IMM, value)
#define ALU(op, value) BPF_STMT(BPF_ALU | (op) | BPF_K, value)
#define ALU_X(op)      BPF_STMT(BPF_ALU | (op) | BPF_X, 0)
#define OFFSET(member) ((uint32_t)offsetof(struct seccomp_data, member))

static const struct seccomp_data sample = {
	.nr = 7,
	.arch = 0xC000003E,
	.instruction_pointer = 0x1122334455667788,
	.args = { 0x8000000000000001, 2, 3, 4, 5, 0xFFFFFFFF00000006 },
};

#define assert_returns(value, ...)                                               \
	do {                                                                     \
		const struct sock_filter program_[] = { __VA_ARGS__ };           \
		assert_true(bpf_is_valid(program_, COUNT(program_)));            \
		assert_int_equal(bpf_run(program_, &sample), (uint32_t)(value)); \
	} while (0)

#define assert_invalid(...)                                            \
	do {                                                           \
		const struct sock_filter program_[] = { __VA_ARGS__ }; \
		assert_false(bpf_is_valid(program_, COUNT(program_))); \
	} while (0)

static void
every_word_of_the_data_can_be_loaded(void **state)
{
	(void)state;
	assert_returns(7, LD_ABS(OFFSET(nr)), RET_A);
	assert_returns(0xC000003E, LD_ABS(OFFSET(arch)), RET_A);
	assert_returns(0x55667788, LD_ABS(OFFSET(instruction_pointer)), RET_A);
	assert_returns(0x11223344, LD_ABS(OFFSET(instruction_pointer) + 4), RET_A);
	assert_returns(1, LD_ABS(OFFSET(args[0])), RET_A);
	assert_returns(0x80000000, LD_ABS(OFFSET(args[0]) + 4), RET_A);
	assert_returns(6, LD_ABS(OFFSET(args[5])), RET_A);
	assert_returns(0xFFFFFFFF, LD_ABS(OFFSET(args[5]) + 4), RET_A);
	assert_returns(sizeof(sample), BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), RET_A);
}

static void
calculations_are_those_of_32_bits(void **state)
{
	static const struct {
		uint16_t operation;
		uint32_t a, operand, result;
	} rows[] = {
		{ BPF_ADD, 0xFFFFFFFF, 2, 1 },
		{ BPF_SUB, 1, 2, 0xFFFFFFFF },
		{ BPF_MUL, 0x80000001, 2, 2 },
		{ BPF_DIV, 7, 2, 3 },
		{ BPF_AND, 6, 3, 2 },
		{ BPF_OR, 6, 3, 7 },
		{ BPF_XOR, 6, 3, 5 },
		{ BPF_LSH, 0x80000001, 1, 2 },
		{ BPF_RSH, 0x80000001, 1, 0x40000000 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_returns(rows[i].result, LD(rows[i].a),
			       ALU(rows[i].operation, rows[i].operand), RET_A);
		assert_returns(rows[i].result, LDX(rows[i].operand), LD(rows[i].a),
			       ALU_X(rows[i].operation), RET_A);
	}
	assert_returns(0xFFFFFFFB, LD(5), BPF_STMT(BPF_ALU | BPF_NEG, 0), RET_A);
	assert_returns(0, LD(5), LDX(0), ALU_X(BPF_DIV), RET(9));
}

static void
jumps_are_unsigned_and_go_forward(void **state)
{
	static const struct {
		uint16_t operation;
		uint32_t a, operand;
		bool jumps;
	} rows[] = {
		{ BPF_JEQ, 5, 5, true },	  { BPF_JEQ, 5, 6, false },
		{ BPF_JGT, 0xFFFFFFFF, 1, true }, { BPF_JGT, 5, 5, false },
		{ BPF_JGE, 5, 5, true },	  { BPF_JGE, 5, 6, false },
		{ BPF_JGE, 0xFFFFFFFF, 1, true }, { BPF_JSET, 6, 4, true },
		{ BPF_JSET, 6, 1, false },	  { BPF_JSET, 0x80000000, 0x80000000, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		uint16_t code = (uint16_t)(BPF_JMP | rows[i].operation);

		assert_returns(rows[i].jumps ? 1 : 2, LD(rows[i].a),
			       BPF_JUMP(code | BPF_K, rows[i].operand, 1, 0), RET(2), RET(1));
		assert_returns(rows[i].jumps ? 2 : 1, LDX(rows[i].operand), LD(rows[i].a),
			       BPF_JUMP(code | BPF_X, 0, 0, 1), RET(2), RET(1));
	}
	assert_returns(3, BPF_STMT(BPF_JMP | BPF_JA, 2), RET(1), RET(2), RET(3));
	assert_returns(1, BPF_STMT(BPF_JMP | BPF_JA, 0), RET(1), RET(2));
}

static void
registers_and_memory_keep_what_is_put_there(void **state)
{
	(void)state;
	assert_returns(5, LD(5), BPF_STMT(BPF_ST, 15), LD(6), BPF_STMT(BPF_LD | BPF_MEM, 15),
		       RET_A);
	assert_returns(0, LD(5), BPF_STMT(BPF_ST, 1), BPF_STMT(BPF_LD | BPF_MEM, 2), RET_A);
	assert_returns(7, LDX(7), BPF_STMT(BPF_STX, 3), LDX(1), BPF_STMT(BPF_LDX | BPF_MEM, 3),
		       BPF_STMT(BPF_MISC | BPF_TXA, 0), RET_A);
	assert_returns(8, LD(8), BPF_STMT(BPF_MISC | BPF_TAX, 0), LD(1),
		       BPF_STMT(BPF_MISC | BPF_TXA, 0), RET_A);
}

static void
what_the_kernel_refuses_is_not_valid(void **state)
{
	(void)state;
	assert_false(bpf_is_valid(NULL, 0));
	assert_invalid(LD(1));					      /* no end */
	assert_invalid(LD_ABS(1), RET_A);			      /* not aligned */
	assert_invalid(LD_ABS(sizeof(struct seccomp_data)), RET_A);   /* outside */
	assert_invalid(BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), RET_A); /* bytes */
	assert_invalid(BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), RET_A);
	assert_invalid(BPF_STMT(BPF_ST, BPF_MEMWORDS), RET_A);
	assert_invalid(ALU(BPF_DIV, 0), RET_A);
	assert_invalid(ALU(BPF_LSH, 32), RET_A);
	assert_invalid(ALU(BPF_MOD, 2), RET_A); /* packets have it, seccomp has not */
	assert_invalid(BPF_STMT(BPF_JMP | BPF_JA, 1), RET(1));
	assert_invalid(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), RET(1));
	assert_invalid(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), RET(1));
	assert_invalid(BPF_STMT(BPF_JMP | 0x60, 0), RET(1));
	assert_invalid(BPF_STMT(BPF_RET | BPF_X, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_of_the_data_can_be_loaded),
		cmocka_unit_test(calculations_are_those_of_32_bits),
		cmocka_unit_test(jumps_are_unsigned_and_go_forward),
		cmocka_unit_test(registers_and_memory_keep_what_is_put_there),
		cmocka_unit_test(what_the_kernel_refuses_is_not_valid),
	};

	return cmocka_run_group_tests_name("bpf", tests, NULL, NULL);
}
