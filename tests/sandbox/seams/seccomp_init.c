/* SPDX-License-Identifier: ISC */
/* Calls without a rule are allowed and logged: the sandbox in which `make policy-survey` runs. */
#include <seccomp.h>

scmp_filter_ctx __real_seccomp_init(uint32_t action);
scmp_filter_ctx __wrap_seccomp_init(uint32_t action);

scmp_filter_ctx
__wrap_seccomp_init(uint32_t action)
{
	(void)action;
	return __real_seccomp_init(SCMP_ACT_LOG);
}
