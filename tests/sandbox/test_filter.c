/* SPDX-License-Identifier: ISC */
/*
 * Every filter, on x86 for both architectures, is run with every number that a system call can have
 * and hostile arguments, and its result must be that of policy/.
 */
#define _GNU_SOURCE
#include "base/fault.h"
#include "bpf.h"
#include "expected.h"
#include "hostile.h"
#include "sandbox/sandbox.h"

#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NUMBERS	 1024
#define X32_BIT	 0x40000000
#define SHOW_MAX 20 /* differences; one mistake makes millions */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct architecture {
	const char *name;
	uint32_t scmp;
	uint32_t audit;
	uint32_t (*expected)(const char *policy, const struct seccomp_data *data);
	int (*number)(const char *call);
};

static const struct architecture architectures[] = {
#ifdef __x86_64__ /* where the kernel's headers have its numbers */
	{ "x86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, expected_x86_64, expected_number_x86_64 },
#endif
	{ "aarch64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64, expected_aarch64,
	  expected_number_aarch64 },
};

/* Those of other machines, of the same machine's other modes, and nonsense. */
static const uint32_t wrong_architectures[] = {
	0,
	AUDIT_ARCH_I386,
	AUDIT_ARCH_ARM,
	AUDIT_ARCH_ARMEB,
	AUDIT_ARCH_X86_64 & ~(uint32_t)__AUDIT_ARCH_LE,
	AUDIT_ARCH_X86_64 & ~(uint32_t)__AUDIT_ARCH_64BIT,
	AUDIT_ARCH_RISCV64,
	AUDIT_ARCH_PPC64LE,
	AUDIT_ARCH_S390X,
	UINT32_MAX,
};

struct filter {
	const struct architecture *architecture;
	const struct policy *policy;
	struct sock_filter program[BPF_MAXINSNS];
	size_t size; /* instructions */
	size_t runs;
	size_t differences;
};

/* Exports the filter that the program would load. */
static bool export(struct filter *filter)
{
	const struct policy *const policies[] = { filter->policy, filter->policy->base, NULL };
	int file = memfd_create("filter", MFD_CLOEXEC);
	struct fault fault;
	scmp_filter_ctx context = sandbox_filter(policies, filter->architecture->scmp, &fault);
	ssize_t size = -1;

	if (context == NULL)
		printf("%s\n", fault.text);
	else if (file >= 0 && seccomp_export_bpf(context, file) == 0)
		size = pread(file, filter->program, sizeof(filter->program), 0);
	(void)close(file);
	seccomp_release(context);
	filter->size = size > 0 ? (size_t)size / sizeof(filter->program[0]) : 0;
	return bpf_is_valid(filter->program, filter->size);
}

static void
ask(void *context, const struct seccomp_data *data)
{
	struct filter *filter = context;
	uint32_t wanted = filter->architecture->expected(filter->policy->name, data);
	uint32_t said = bpf_run(filter->program, data);

	filter->runs++;
	if (said == wanted)
		return;
	if (filter->differences++ < SHOW_MAX)
		printf("call %d of architecture %08x, arguments %llx %llx %llx %llx %llx %llx: "
		       "the filter says %08x, the policy %08x\n",
		       data->nr, data->arch, data->args[0], data->args[1], data->args[2],
		       data->args[3], data->args[4], data->args[5], said, wanted);
}

/* The name of a call that the policy has a rule for, or NULL. */
static const char *
find_call(const struct filter *filter, int number)
{
	size_t i;

	for (i = 0; i < filter->policy->count; i++) {
		if (filter->architecture->number(filter->policy->rules[i].call) == number)
			return filter->policy->rules[i].call;
	}
	return NULL;
}

static void
ask_about_numbers(struct filter *filter)
{
	struct seccomp_data data = { .arch = filter->architecture->audit };
	int number;

	for (number = 0; number < NUMBERS; number++) {
		data.nr = number;
		hostile_each(data, filter->policy, find_call(filter, number), ask, filter);
	}
	for (number = 0; number < 2 * NUMBERS; number++) {
		data.nr = number | X32_BIT;
		ask(filter, &data);
		data.nr = -number;
		ask(filter, &data);
		data.nr = number + NUMBERS;
		ask(filter, &data);
	}
}

static void
ask_about_architectures(struct filter *filter)
{
	struct seccomp_data data = { 0 };
	size_t i;

	for (data.nr = 0; data.nr < NUMBERS; data.nr++) {
		for (i = 0; i < COUNT(wrong_architectures); i++) {
			data.arch = wrong_architectures[i];
			ask(filter, &data);
		}
		for (i = 0; i < COUNT(architectures); i++) {
			data.arch = architectures[i].audit;
			ask(filter, &data);
		}
	}
}

/* The numbers of libseccomp are those of the kernel's headers. */
static size_t
compare_numbers(const struct architecture *architecture, const struct policy *policy)
{
	size_t i, wrong = 0;

	for (i = 0; i < policy->count; i++) {
		const char *call = policy->rules[i].call;
		int theirs = seccomp_syscall_resolve_name_arch(architecture->scmp, call);
		int kernel = architecture->number(call);

		if (theirs == kernel || (theirs < 0 && kernel == -1))
			continue;
		printf("%s: %s is %d to libseccomp and %d to the kernel\n", architecture->name,
		       call, theirs, kernel);
		wrong++;
	}
	return wrong;
}

static size_t
check(const struct architecture *architecture, const struct policy *policy)
{
	static struct filter filter;

	filter = (struct filter){ .architecture = architecture, .policy = policy };
	if (compare_numbers(architecture, policy) > 0)
		return 1;
	if (!export(&filter)) {
		printf("%s: the filter of the %s is not valid\n", architecture->name, policy->name);
		return 1;
	}
	ask_about_numbers(&filter);
	ask_about_architectures(&filter);
	printf("  %-15s %-8s %4zu instructions, asked %8zu times, %zu differences from the "
	       "policy\n",
	       policy->name, architecture->name, filter.size, filter.runs, filter.differences);
	return filter.differences;
}

int
main(void)
{
	size_t i, j, wrong = 0;

	printf("Every filter, asked about every system call:\n");
	for (i = 0; policy_list[i] != NULL; i++) {
		for (j = 0; j < COUNT(architectures); j++)
			wrong += check(&architectures[j], policy_list[i]);
	}
	return wrong > 0;
}
