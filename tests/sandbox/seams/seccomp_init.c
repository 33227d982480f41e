/* SPDX-License-Identifier: ISC */
/* What no rule names is let through and noted: the sandbox that `make policy-survey` runs in. */
#include <seccomp.h>

scmp_filter_ctx __real_seccomp_init(uint32_t action);
scmp_filter_ctx __wrap_seccomp_init(uint32_t action);

scmp_filter_ctx
__wrap_seccomp_init(uint32_t action)
{
	(void)action;
	return __real_seccomp_init(SCMP_ACT_LOG);
}
