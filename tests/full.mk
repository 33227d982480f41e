# SPDX-License-Identifier: ISC
# The long tests: sanitizers, valgrind, coverage. Included by the Makefile.

DEPS_FULL = $(sort $(DEPS_CHECK) $(DEPS_FUZZ) valgrind)

FULL_CHECKS = check check-sanitizers check-valgrind check-coverage check-chaos check-zoo repro fuzz-speed

check-full:
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_FULL)"
	@for target in $(FULL_CHECKS); do $(MAKE) --no-print-directory $$target || exit 1; done

unit-tests: $(UNIT_TESTS)

seams: $(SEAMS)

# The variant of the program that sanitizers and valgrind can live in.
OPENED = seccomp_init seccomp_rule_add_exact_array seccomp_attr_set environment_drop \
         sandbox_violation_text policy_print_all setrlimit mlock2 \
         walls_survey walls_raise

$(BUILD)/extauth-https-opened: tests/instrumented/open.c $(OBJECTS)
	$(call say,LINK,$(COMPILE) $(LINKING) $(OPENED:%=-Wl$(comma)--wrap=%) $^ -o $@ $(LIBRARIES))

INSTRUMENTED = PYTHONPATH=tests/instrumented $(PYTHON) -B -m pytest -p no:cacheprovider \
               -p instrumented --timeout 300 -q -rfEs -n 2

# AddressSanitizer and UndefinedBehaviorSanitizer. LeakSanitizer looks at unit tests.
check-sanitizers:
	@$(REPLAY) unit-tests build-replay/extauth-https-opened
	@echo "skipped: test_resolver, whose sealed processes die of calls that AddressSanitizer makes"
	@for test in $(filter-out %/test_resolver,$(UNIT_TESTS:$(BUILD)/%=build-replay/%)); do \
		$$test || exit 1; \
	done
	EXTAUTH_HTTPS=$(abspath build-replay/extauth-https-opened) $(INSTRUMENTED) tests/e2e

# valgrind: memory that was never written, and leaks of both processes. A program
# takes seconds to start under it, so this takes ten minutes.
VALGRIND = $(FLAVOUR) BUILD=build-valgrind CFLAGS='-g -O1'

check-valgrind:
	@$(VALGRIND) unit-tests build-valgrind/extauth-https-opened
	@echo "skipped: test_resolver seals processes in which valgrind then cannot live;"
	@echo "         test_gate and test_supervisor need mlock2(2), which valgrind does not know:"
	@echo "         both modules are run below, and the tests by AddressSanitizer"
	@for test in $(filter-out %/test_resolver %/test_gate %/test_supervisor,$(UNIT_TESTS:$(BUILD)/%=build-valgrind/%)); do \
		valgrind -q --leak-check=full --error-exitcode=99 $$test || exit 1; \
	done
	@rm -rf build-valgrind/logs
	EXTAUTH_HTTPS=$(abspath tests/instrumented/valgrind) $(INSTRUMENTED) tests/e2e

# A build whose processes count what they run, in the very sandbox that is shipped.
COUNTERS = build-coverage/counters
COVERAGE = $(FLAVOUR) BUILD=build-coverage CC=clang CFLAGS='-g -O1 -fcoverage-mapping \
           -fprofile-instr-generate=$(abspath $(COUNTERS))/%p%c.profraw \
           -mllvm -runtime-counter-relocation'

# Left out: what looks at the flags of the compiler that builds the program, or at
# what they leave on the stack, the development build, and a clock that jumps for
# clang's counters, too. Any user may write to the folder, because a process counts
# as the user that it has become.
COVERED = EXTAUTH_HTTPS=$(abspath build-coverage/extauth-https) $(PYTHON) -B -m pytest \
          -p no:cacheprovider --timeout 120 -q -rfEs -n 2 --ignore tests/e2e/test_binary.py \
          -k 'not no_large_password and not no_password_is_left and not development_build and not time_of_day'

check-coverage:
	@$(COVERAGE) all unit-tests seams fuzzers
	@rm -rf $(COUNTERS) && mkdir -m 777 $(COUNTERS)
	@for test in $(UNIT_TESTS:$(BUILD)/%=build-coverage/%); do $$test || exit 1; done
	@for name in $(FUZZERS); do \
		build-coverage/fuzz/fuzz_$$name fuzz/corpus/$$name >/dev/null || exit 1; \
	done
	$(COVERED) tests/e2e
	$(COVERED) tests/docs
	$(COVERED) tests/tls
	$(COVERED) tests/faults
	@$(PYTHON) tests/coverage.py --counters $(COUNTERS) --total 90 build-coverage/extauth-https \
		$(UNIT_TESTS:$(BUILD)/%=build-coverage/%) $(FUZZERS:%=build-coverage/fuzz/fuzz_%)

.PHONY: check-full check-sanitizers check-valgrind check-coverage unit-tests seams
