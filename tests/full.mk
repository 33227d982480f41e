# SPDX-License-Identifier: ISC
# The long tests: sanitizers, valgrind, coverage. Included by the Makefile.

# The variant of the program that sanitizers and valgrind can live in.
OPENED = seccomp_init seccomp_rule_add_exact_array environment_drop sandbox_violation_text \
         policy_print_all

$(BUILD)/extauth-https-opened: tests/instrumented/open.c $(OBJECTS)
	$(call say,LINK,$(COMPILE) $(LINKING) $(OPENED:%=-Wl$(comma)--wrap=%) $^ -o $@ $(LIBRARIES))

unit-tests: $(UNIT_TESTS)

# A build whose processes count what they run, in the very sandbox that is shipped.
COUNTERS = build-coverage/counters
COVERAGE = $(FLAVOUR) BUILD=build-coverage CC=clang CFLAGS='-g -O1 -fcoverage-mapping \
           -fprofile-instr-generate=$(abspath $(COUNTERS))/%p%c.profraw \
           -mllvm -runtime-counter-relocation'

.PHONY: unit-tests
