# SPDX-License-Identifier: ISC
# The sandbox from outside. What needs root says so; as root it all runs a second
# time as an ordinary user, who may not be able to read this folder.
SANDBOX_TESTS = $(addprefix $(BUILD)/sandbox/,test_bpf test_filter test_deaths test_walls)
TESTED        = $(addprefix $(BUILD)/src/,sandbox/policy.o sandbox/sandbox.o base/fault.o base/log.o \
                sandbox/walls.o base/file.o base/safe_path.o base/writer.o base/view.o)

# Modules for looking up names, and their daemons. They are not installed: that would
# change how this machine looks up names. The tests skip what is missing.
NAME_PACKAGES = libnss-resolve systemd-resolved libsystemd-shared libnss-myhostname \
                libnss-mymachines libnss-mdns libnss-ldapd nscd

$(BUILD)/nss/.unpacked:
	@mkdir -p $(@D)
	@cd $(@D) && if apt-get download -qq $(NAME_PACKAGES) 2>/dev/null; then \
		for package in *.deb; do dpkg-deb --extract $$package . && rm $$package; done; \
		touch .unpacked; \
	else \
		echo "packages of name modules cannot be downloaded"; \
	fi

check-sandbox: $(PROGRAM) $(SANDBOX_TESTS) $(BUILD)/nss/.unpacked
	@$(BESIDE) --output-sync=target $(SANDBOX_TESTS:$(BUILD)/sandbox/%=try-%) try-as-nobody
	$(PYTEST) -n 2 tests/sandbox

# After a change of policy/*.def: what is printed of them, for those who read before they build.
policy-list: $(PROGRAM)
	@{ sed '/^```$$/q' policy/POLICY.md && $(PROGRAM) --print-policy && echo '```'; } >$(BUILD)/POLICY.md
	@cp $(BUILD)/POLICY.md policy/POLICY.md

.PHONY: policy-list

# What each process calls, in a sandbox that kills for nothing, held against the policies: a
# library that needs another call is found before a user finds it. Tests are the load here;
# strace slows the program, so one that fails is none of the survey's business. What forbids,
# breaks or measures the sandbox itself is left out.
SURVEYED = tests/e2e tests/tls tests/sandbox/test_names.py \
           $(addprefix tests/faults/test_table_,answers.py api.py names.py paths.py workers.py)

policy-survey: $(PROGRAM) $(BUILD)/seams/seccomp_init $(BUILD)/policy_table $(BUILD)/nss/.unpacked
	@rm -rf $(BUILD)/survey && mkdir -p $(BUILD)/survey && mkdir -m 1777 $(BUILD)/survey/traces
	@$(BUILD)/policy_table >$(BUILD)/survey/policies.json
	@cp tests/instrumented/traced $(BUILD)/traced
	-EXTAUTH_HTTPS=$(abspath $(BUILD)/traced) $(INSTRUMENTED) $(SURVEYED) \
		>$(BUILD)/survey/tests.log 2>&1
	@echo "the load: $$(tail -n 1 $(BUILD)/survey/tests.log)"
	@tests/sandbox/survey.py $(BUILD)/survey/policies.json $(BUILD)/survey/traces
	@rm -r $(BUILD)/survey/traces

.PHONY: policy-survey

$(BUILD)/policy_table: tests/sandbox/policy_table.c src/sandbox/policy.c src/sandbox/policy.h \
                       $(POLICY_FILES) | $(BUILD)/headers.checked
	$(call say,LINK,$(HERE) $(filter %.c,$^) -o $@ -lseccomp)

try-%: $(BUILD)/sandbox/%
	@$<

try-as-nobody: $(BUILD)/sandbox/test_deaths $(BUILD)/sandbox/test_walls
	@if [ "$$(id -u)" -eq 0 ]; then \
		for test in $^; do setpriv --reuid nobody --regid nogroup --clear-groups \
			/proc/self/fd/9 9<$$test || exit 1; done; \
	else \
		echo "not tried as root: that needs root"; \
	fi

.PHONY: try-as-nobody

$(BUILD)/sandbox/%.o: tests/sandbox/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$(COMPILE) -iquote tests/unit -c $< -o $@)

$(BUILD)/sandbox/expected_aarch64.o: tests/sandbox/expected.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$(COMPILE) -DEXPECT_AARCH64 -c $< -o $@)

# The kernel's headers have x86's numbers where they are for x86, and arm64's everywhere.
EXPECTED = $(addprefix $(BUILD)/sandbox/,expected_aarch64.o hostile.o \
           $(if $(filter x86_64-%,$(shell $(CC) -dumpmachine)),expected.o))

$(BUILD)/sandbox/test_bpf: $(addprefix $(BUILD)/sandbox/,test_bpf.o bpf.o)
	$(call say,LINK,$(CC) $(CFLAGS) $(LINKING) $^ -o $@ -lcmocka)

$(BUILD)/sandbox/test_filter: $(addprefix $(BUILD)/sandbox/,test_filter.o bpf.o) $(EXPECTED) $(TESTED)
	$(call say,LINK,$(CC) $(CFLAGS) $(LINKING) $^ -o $@ -lseccomp)

$(BUILD)/sandbox/test_walls: $(BUILD)/sandbox/test_walls.o $(TESTED)
	$(call say,LINK,$(CC) $(CFLAGS) $(LINKING) $^ -o $@ -lseccomp)

$(BUILD)/sandbox/test_deaths: $(BUILD)/sandbox/test_deaths.o $(EXPECTED) $(TESTED)
	$(call say,LINK,$(CC) $(CFLAGS) $(LINKING) $^ -o $@ -lseccomp)

-include $(wildcard $(BUILD)/sandbox/*.d)

