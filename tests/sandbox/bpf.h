/* SPDX-License-Identifier: ISC */
/*
 * An interpreter of seccomp programs: classic BPF as the kernel accepts it for that purpose
 * (kernel/seccomp.c, seccomp_check_filter), without packets or extensions. So the result of a
 * filter can be computed, millions of times and for other machines.
 */
#ifndef BPF_H
#define BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * True when the kernel would accept the program: all instructions are known, loads are aligned and
 * inside the data, jumps lead to later instructions, no division is by a constant 0, memory has 16
 * places, and the end is a return.
 */
bool bpf_is_valid(const struct sock_filter *program, size_t count);

/*
 * Runs a valid program. Returns its result: SECCOMP_RET_..., with the data of that in the lower 16
 * bits.
 */
uint32_t bpf_run(const struct sock_filter *program, const struct seccomp_data *data);

#endif
