# SPDX-License-Identifier: ISC
# Measuring; README.md here says how. Included by the Makefile.

DEPS_COUNT = valgrind nginx
DEPS_BENCH = $(DEPS_BUILD) python3 openssl $(DEPS_COUNT) libnginx-mod-http-echo gnuplot-nox

# Other clients to compare with, and what drives them.
BENCH = $(addprefix $(BUILD)/bench/,floor libcurl drive relay ungated)

$(BUILD)/bench/%: tests/bench/%.c tests/bench/meter.c tests/bench/meter.h Makefile
	@mkdir -p $(@D)
	$(call say,LINK,$(CC) -std=c17 $(CFLAGS) $(WARNINGS) $(filter %.c,$^) -o $@ -lcurl -lssl -lcrypto)

# Runs under valgrind, which the sandbox would forbid.
UNSEALED = landlock_abi landlock_open sandbox_limit sandbox_seal confirm_sealed privileges_drop \
           environment_drop walls_survey walls_raise prctl kill mlock2

$(BUILD)/bench/unsealed: tests/bench/unsealed.c $(OBJECTS)
	@mkdir -p $(@D)
	$(call say,LINK,$(COMPILE) $(LINKING) $(UNSEALED:%=-Wl$(comma)--wrap=%) $< $(OBJECTS) -o $@ $(LIBRARIES))

# The worker without a monitor, and so unsealed.
UNGATED = $(UNSEALED) uplink_introduce uplink_ready uplink_next uplink_outcome \
          uplink_connect uplink_note

$(BUILD)/bench/ungated: tests/bench/ungated.c tests/bench/unsealed.c $(MODULES)
	@mkdir -p $(@D)
	$(call say,LINK,$(COMPILE) $(LINKING) $(UNGATED:%=-Wl$(comma)--wrap=%) $(filter %.c,$^) $(MODULES) -o $@ $(LIBRARIES))

$(BUILD)/bench/program: $(PROGRAM)
	@mkdir -p $(@D)
	@ln -sf $(abspath $(PROGRAM)) $@

# The breaker of ten thousand instances at once, in simulated time.
$(BUILD)/bench/herd: tests/bench/herd.c $(BUILD)/src/core/breaker.o
	@mkdir -p $(@D)
	$(call say,LINK,$(COMPILE) $(LINKING) $^ -o $@)

# Fails when a request needs more instructions than it did: see instructions.py.
check-instructions: $(BENCH) $(BUILD)/bench/unsealed
	@$(PYTHON) -B tests/bench/instructions.py $(BUILD)/bench

# Fails when the tables in a page differ from the committed results or from what the scripts print.
check-tables: $(BUILD)/bench/herd
	@$(PYTHON) -B tests/bench/sizing.py --check $<
	@$(PYTHON) -B tests/bench/pages.py --check

# Writes the committed results into the pages.
pages:
	@$(PYTHON) -B tests/bench/pages.py
	@$(PYTHON) -B tests/bench/sizing.py --write

# Whether what bench and zoo set up works, without measuring anything.
check-bench: $(BENCH) $(BUILD)/bench/program
	BENCH=$(abspath $(BUILD)/bench) $(PYTEST) tests/bench

# On a quiet machine. make bench NOTE=1 commits what it measures to the pages.
bench:
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_BENCH)"
	@$(MAKE) --no-print-directory $(BENCH) $(BUILD)/bench/program $(BUILD)/bench/unsealed
	@$(PYTHON) -B tests/bench/bench.py $(BUILD)/bench $(if $(NOTE),--note) $(BENCH_OPTIONS)
	@$(if $(NOTE),$(MAKE) --no-print-directory pages)

.PHONY: bench pages check-bench check-instructions check-tables

# Real servers by other authors: a hundred requests behind each, and how long one takes
# (make zoo NOTE=1 commits that).
DEPS_ZOO = $(DEPS_BENCH) python3-pytest python3-pytest-timeout apache2 lighttpd lighttpd-mod-openssl \
           haproxy caddy gunicorn uvicorn python3-flask python3-django php-fpm php-cli puma \
           ruby-webrick golang-go stunnel4 nodejs node-express

check-zoo: $(PROGRAM)
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_ZOO)"
	$(PYTEST) tests/zoo

zoo:
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_ZOO)"
	@$(MAKE) --no-print-directory $(BENCH) $(BUILD)/bench/program
	@$(PYTHON) -B tests/zoo/table.py $(BUILD)/bench $(if $(NOTE),--note)
	@$(if $(NOTE),$(MAKE) --no-print-directory pages)

.PHONY: check-zoo zoo
