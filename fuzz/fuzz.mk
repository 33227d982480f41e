# SPDX-License-Identifier: ISC
# Fuzzing; README.md here has the story. Included by the Makefile.

FUZZERS      = $(patsubst fuzz/fuzz_%.c,%,$(wildcard fuzz/fuzz_*.c))
FUZZ_SUPPORT = $(patsubst fuzz/%.c,$(BUILD)/fuzz/%.o, \
               $(filter-out fuzz/fuzz_% fuzz/run.c fuzz/stage.c fuzz/observer.c,$(wildcard fuzz/*.c)))

# What feeds the harnesses: a fuzzing engine, or the runner that replays files.
FUZZ_ENGINE = $(BUILD)/fuzz/run.o
FUZZ_LINK   = $(CC)

# Functions that the harnesses take the place of, in all of them and in one.
FAILING       = malloc calloc realloc strdup read write send recvmsg sendmsg RAND_bytes
WRAP_settings = file_read
WRAP_exchange = poll clock_gettime curl_easy_setopt tls_load tls_configure \
                exchange_run https_perform SSL_has_pending SSL_get_shutdown
WRAP_monitor  = kill confirm_sealed connector_start

# Each kind of build has a directory of its own.
SANITIZE = -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FLAVOUR  = $(BESIDE) HARDENING= LINKING=
REPLAY   = $(FLAVOUR) BUILD=build-replay CFLAGS='$(SANITIZE)'
LIBFUZZER = $(FLAVOUR) BUILD=build-libfuzzer CC=clang CFLAGS='$(SANITIZE) -fsanitize=fuzzer-no-link' \
            FUZZ_ENGINE= LIB_FUZZING_ENGINE=-fsanitize=fuzzer

fuzzers: $(FUZZERS:%=$(BUILD)/fuzz/fuzz_%)

$(BUILD)/fuzz/%.o: fuzz/%.c Makefile fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(call say,CC,$(COMPILE) -iquote fuzz -c $< -o $@)

# Of these each harness gets what it needs.
$(BUILD)/fuzz/support.a: $(FUZZ_SUPPORT)
	$(call say,AR,rm -f $@ && ar rcs $@ $^)

$(BUILD)/fuzz/fuzz_exchange: $(BUILD)/fuzz/stage.o $(BUILD)/fuzz/observer.o

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/fuzz_%.o $(FUZZ_ENGINE) $(MODULES) $(BUILD)/fuzz/support.a
	$(call say,LINK,$(FUZZ_LINK) $(CFLAGS) $(LINKING) $(patsubst %,-Wl$(comma)--wrap=%,$(FAILING) $(WRAP_$*)) \
		$(filter-out %.a,$^) $(filter %.a,$^) -o $@ $(LIB_FUZZING_ENGINE) $(LIBRARIES))

.PRECIOUS: $(BUILD)/fuzz/%.o
-include $(wildcard $(BUILD)/fuzz/*.d)

# make fuzz FUZZ="gate request" SECONDS=600; new inputs go to build-libfuzzer/corpus.
FUZZ    = $(FUZZERS)
SECONDS = 60
FUZZ_OPTIONS = -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=1024 \
               -print_final_stats=1

fuzz:
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_FUZZ)"
	@$(LIBFUZZER) fuzzers
	@for name in $(FUZZ); do \
		found=build-libfuzzer/corpus/$$name; dictionary=fuzz/$$name.dict; \
		mkdir -p $$found build-libfuzzer/crashes; \
		[ -e $$dictionary ] && dictionary=-dict=$$dictionary || dictionary=; \
		log=build-libfuzzer/$$name.log; \
		printf '  %-5s%s, %s s\n' FUZZ $$name $(SECONDS); \
		nice -n 19 build-libfuzzer/fuzz/fuzz_$$name $(FUZZ_OPTIONS) $$dictionary \
			-artifact_prefix=build-libfuzzer/crashes/$$name- \
			$$found fuzz/corpus/$$name >$$log 2>&1 || { tail -n 60 $$log; exit 1; }; \
		grep '^stat::' $$log; \
	done

# What ClusterFuzzLite makes of .clusterfuzzlite, as far as clang alone can do it: its build,
# and each target on its own corpus for SECONDS.
CLUSTER = build-clusterfuzzlite

clusterfuzzlite:
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_FUZZ)"
	@rm -rf $(CLUSTER) && mkdir -p $(CLUSTER)/work
	@OUT=$(abspath $(CLUSTER)) CC=clang CXX=clang++ LIB_FUZZING_ENGINE=-fsanitize=fuzzer \
		CFLAGS='-g -O1 -fsanitize=address,fuzzer-no-link' .clusterfuzzlite/build.sh
	@for target in $(FUZZ:%=$(CLUSTER)/fuzz_%); do \
		corpus=$(CLUSTER)/work/$${target##*/}; mkdir $$corpus; \
		$(PYTHON) -m zipfile -e $${target}_seed_corpus.zip $$corpus || exit 1; \
		printf '  %-5s%s, %s s\n' FUZZ $$target $(SECONDS); \
		nice -n 19 $$target $(FUZZ_OPTIONS) -artifact_prefix=$$corpus- $$corpus \
			>$$corpus.log 2>&1 || { tail -n 60 $$corpus.log; exit 1; }; \
	done

# The corpora as a regression test: no clang, a few seconds.
fuzz-check:
	@$(REPLAY) fuzzers
	@for name in $(FUZZERS); do \
		printf '  %-5s%-10s' FUZZ $$name; \
		build-replay/fuzz/fuzz_$$name fuzz/corpus/$$name || exit 1; \
	done

# What the corpora reach of the modules that read what comes from outside.
PARSERS = http http_head frame operation request view contract answer verdict_answer verdict_reply json channel \
          settings_file

fuzz-coverage:
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_FUZZ)"
	@$(COVERAGE) fuzzers
	@rm -rf build-coverage/fuzzed
	@for name in $(FUZZERS); do \
		LLVM_PROFILE_FILE=build-coverage/fuzzed/$$name%c.profraw \
			build-coverage/fuzz/fuzz_$$name fuzz/corpus/$$name >/dev/null || exit 1; \
	done
	@$(PYTHON) tests/coverage.py --counters build-coverage/fuzzed --missing --each 100 95 \
		$(foreach name,$(PARSERS),--source $(shell find src -name $(name).c)) $(FUZZERS:%=build-coverage/fuzz/fuzz_%)

# Executions in a second of processor time, without sanitizers, on the corpora.
# Those of channel, monitor and gate consist of system calls, which a busy machine makes slow.
SPEED_FLOOR          = 20000
SPEED_FLOOR_channel  = 5000
SPEED_FLOOR_monitor  = 5000
SPEED_FLOOR_gate     = 300
SPEED_FLOOR_exchange = 500
# libcurl makes a handle and a connection for each.
SPEED_FLOOR_http     = 1000

fuzz-speed:
	@$(MAKE) --no-print-directory fuzzers
	@$(foreach name,$(FUZZERS),printf '  %-5s%-10s' FUZZ $(name); \
		$(BUILD)/fuzz/fuzz_$(name) -s 1 $(or $(SPEED_FLOOR_$(name)),$(SPEED_FLOOR)) \
			fuzz/corpus/$(name) || exit 1;)

.PHONY: fuzzers fuzz clusterfuzzlite fuzz-check fuzz-coverage fuzz-speed
