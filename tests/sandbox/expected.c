/* SPDX-License-Identifier: ISC */
/* Compiled once for each architecture; EXPECT_AARCH64 selects the other one. */
#define _GNU_SOURCE
#include "expected.h"

#ifdef EXPECT_AARCH64
/* as the kernel's arch/arm64/include/uapi/asm/unistd.h */
#define __ARCH_WANT_RENAMEAT
#define __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_SET_GET_RLIMIT
#define __ARCH_WANT_TIME32_SYSCALLS
#define __ARCH_WANT_SYS_CLONE3
#define __ARCH_WANT_MEMFD_SECRET
#include <asm-generic/unistd.h>
#define ARCH		AUDIT_ARCH_AARCH64
#define EXPECTED	expected_aarch64
#define EXPECTED_NUMBER expected_number_aarch64
/* calls that it does not have */
#define __NR_poll     (-1)
#define __NR_alarm    (-1)
#define __NR_readlink (-1)
#define __NR_dup2     (-1)
#define __NR_access   (-1)
#else
#include <asm/unistd_64.h>
#define ARCH		AUDIT_ARCH_X86_64
#define EXPECTED	expected_x86_64
#define EXPECTED_NUMBER expected_number_x86_64
#endif

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#define ANY		    true
#define WHEN(...)	    ALL(__VA_ARGS__, true, true)
#define ALL(a, b, c, ...)   ((a) && (b) && (c))
#define IS(argument, value) ((uint32_t)data->args[argument] == (uint32_t)(value))
#define MASKED(argument, mask, value) \
	(((uint32_t)data->args[argument] & (uint32_t)(mask)) == (uint32_t)(value))

#define ALLOW(call, condition, reason)              \
	if (data->nr == __NR_##call && (condition)) \
		return SECCOMP_RET_ALLOW;
#define INSTEAD(absent, call, condition, reason)                           \
	if (__NR_##absent == -1 && data->nr == __NR_##call && (condition)) \
		return SECCOMP_RET_ALLOW;
#define ANSWER(call, condition, result, reason)     \
	if (data->nr == __NR_##call && (condition)) \
		return SECCOMP_RET_ERRNO | (result);

static uint32_t
expected_worker(const struct seccomp_data *data)
{
#include "../../policy/worker.def"
	return SECCOMP_RET_KILL_PROCESS;
}

static uint32_t
expected_monitor(const struct seccomp_data *data)
{
#include "../../policy/monitor.def"
	return SECCOMP_RET_KILL_PROCESS;
}

static uint32_t
expected_monitor_log(const struct seccomp_data *data)
{
#include "../../policy/monitor-log.def"
	return expected_monitor(data);
}

static uint32_t
expected_monitor_syslog(const struct seccomp_data *data)
{
#include "../../policy/monitor-syslog.def"
	return expected_monitor(data);
}

static uint32_t
expected_monitor_metrics(const struct seccomp_data *data)
{
#include "../../policy/monitor-metrics.def"
	return expected_monitor(data);
}

static uint32_t
expected_resolver(const struct seccomp_data *data)
{
#include "../../policy/resolver.def"
	return SECCOMP_RET_KILL_PROCESS;
}

static uint32_t
expected_resolver_daemons(const struct seccomp_data *data)
{
#include "../../policy/resolver-daemons.def"
	return expected_resolver(data);
}

static uint32_t
expected_resolver_alone(const struct seccomp_data *data)
{
#include "../../policy/resolver-alone.def"
	return expected_resolver(data);
}

static uint32_t
expected_asker(const struct seccomp_data *data)
{
#include "../../policy/asker.def"
	return SECCOMP_RET_KILL_PROCESS;
}

uint32_t
EXPECTED(const char *policy, const struct seccomp_data *data)
{
	if (data->arch != ARCH || data->nr < 0)
		return SECCOMP_RET_KILL_PROCESS;
	if (strcmp(policy, "worker") == 0)
		return expected_worker(data);
	if (strcmp(policy, "monitor") == 0)
		return expected_monitor(data);
	if (strcmp(policy, "monitor-log") == 0)
		return expected_monitor_log(data);
	if (strcmp(policy, "monitor-syslog") == 0)
		return expected_monitor_syslog(data);
	if (strcmp(policy, "monitor-metrics") == 0)
		return expected_monitor_metrics(data);
	if (strcmp(policy, "resolver") == 0)
		return expected_resolver(data);
	if (strcmp(policy, "resolver-daemons") == 0)
		return expected_resolver_daemons(data);
	if (strcmp(policy, "resolver-alone") == 0)
		return expected_resolver_alone(data);
	if (strcmp(policy, "asker") == 0)
		return expected_asker(data);
	return ~0U; /* of no architecture */
}

#undef ALLOW
#undef INSTEAD
#undef ANSWER
#define ALLOW(name, condition, reason) \
	if (strcmp(call, #name) == 0)  \
		return __NR_##name;
#define INSTEAD(absent, name, condition, reason) ALLOW(name, condition, reason)
#define ANSWER(name, condition, result, reason)	 ALLOW(name, condition, reason)

int
EXPECTED_NUMBER(const char *call)
{
#include "../../policy/asker.def"
#include "../../policy/monitor-log.def"
#include "../../policy/monitor-metrics.def"
#include "../../policy/monitor-syslog.def"
#include "../../policy/monitor.def"
#include "../../policy/resolver-alone.def"
#include "../../policy/resolver-daemons.def"
#include "../../policy/resolver.def"
#include "../../policy/worker.def"
	return -2; /* in no policy */
}
