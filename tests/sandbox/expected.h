/* SPDX-License-Identifier: ISC */
/*
 * The expected result of a filter: policy/ read a second time, by the compiler alone, without
 * libseccomp and without the program's own tables. The numbers of system calls are those of the
 * kernel's headers.
 */
#ifndef EXPECTED_H
#define EXPECTED_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Returns what seccomp returns under the policy with this name: SECCOMP_RET_ALLOW,
 * SECCOMP_RET_ERRNO | errno, or SECCOMP_RET_KILL_PROCESS, also for the data of
 * another architecture.
 */
uint32_t expected_x86_64(const char *policy, const struct seccomp_data *data);
uint32_t expected_aarch64(const char *policy, const struct seccomp_data *data);

/*
 * The number of a call that a policy names, by the kernel's headers, or -1 if the architecture does
 * not have it.
 */
int expected_number_x86_64(const char *call);
int expected_number_aarch64(const char *call);

#endif
