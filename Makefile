# SPDX-License-Identifier: ISC
#
#   make                build build/extauth-https
#   make demo           everything it needs, then the main job on a reference API
#   make demo-migration from the Python script of 2014 to this program
#   make check          everything it needs, then every test that takes minutes at most:
#     make lint           compiler warnings, static analysis, formatting
#     make check-unit     the modules, by tables
#     make prove          machine-checked proofs of the pure modules
#     make mutants        break what is proved, and see tests or proofs fail
#     make fuzz-check     replay the corpora of all fuzz harnesses
#     make check-sandbox  the sandbox alone, tried from outside
#     make check-e2e      the program with the reference API
#     make check-tls      the TLS matrix: good and bad servers, credentials
#     make check-faults   every fault of API, names, host and processes, as a table
#     make check-breach   an attacker's code in worker and resolver: what it reaches, as a table
#     make check-ejabberd a real ejabberd with clients that log in
#     make check-prosody  the same with a real Prosody, and its module alone
#     make check-drill    one thing wrong at a time: what log and --check say, and what is true
#     make check-docs, check-install, check-package, check-instructions, check-bench, check-tables
#   make check-full     that, sanitizers, valgrind, coverage, chaos, reproducible builds
#   make check-releases  the suites in other releases of Debian; make matrix prints the results
#   make policy-survey  which system calls each process makes, and which rules nothing uses
#   make check-machine  booted Debians with systemd, AppArmor and ejabberd, in qemu
#   make check-arm64    build for arm64, and do the main job on an emulated machine
#   make check-container  container/Containerfile, as a cluster would run it
#   make static         a static program for systems without glibc, such as Alpine
#   make check-static   the suites against that, and a system with nothing but busybox
#   make clusterfuzzlite  what ClusterFuzzLite makes of .clusterfuzzlite
#   make fuzz           fuzz every parser with libFuzzer; FUZZ=request SECONDS=60
#   make fuzz-coverage  what the corpora reach; make fuzz-speed: executions in a second
#   make soak           ten minutes of random faults (SEED=N has a run again), or
#                       with CHANGES=1 of files, links and certificates that are replaced
#   make bench          speed and size next to other clients, in less than five minutes
#   make deps           install the Debian packages that are missing
#   make install        to $(DESTDIR)$(prefix); make uninstall removes it again
#   make deb            a Debian package in build/deb, and what lintian says of it
#   make sbom           what the program is made of, as SPDX: build/extauth-https.spdx.json
#   make repro          build all twice, in different folders, and compare every byte
#   make clean
#   make help           print this

prefix     = /usr/local
libexecdir = $(prefix)/libexec
sbindir    = $(prefix)/sbin
datadir    = $(prefix)/share
mandir     = $(datadir)/man
docdir     = $(datadir)/doc/extauth-https
bashdir    = $(datadir)/bash-completion/completions
unitdir    = $(prefix)/lib/systemd/system

CC     ?= gcc
CFLAGS ?= -O2 -g
PYTHON  = /usr/bin/python3
BUILD   = build
PROGRAM = $(BUILD)/extauth-https

# The development build of the sandbox names a forbidden call instead of killing:
# make SANDBOX=trap
ifeq ($(SANDBOX),trap)
BUILD   = build-trap
DEFINES = -DSANDBOX_TRAP
endif

# --- compiling ---------------------------------------------------------------

WARNINGS = -Wall -Wextra -Wconversion -Wshadow -Wformat=2 -Wimplicit-fallthrough \
           -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef

# The OpenSSF compiler hardening guide, as far as this compiler knows it.
HARDENING = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fPIE -fstack-protector-strong \
            -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard \
            -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks \
            -fno-strict-overflow -fno-strict-aliasing
LINKING   = -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code \
            -Wl,--as-needed -Wl,--no-undefined

# Each flag only when the compiler takes it: $(call taken,FLAGS)
taken = $(foreach flag,$(1),$(shell echo 'int main(void) { return 0; }' | \
          $(CC) -Werror -O2 $(flag) -x c - -o /dev/null 2>/dev/null && echo $(flag)))

ifeq ($(filter clean deps help,$(MAKECMDGOALS)),)
HARDENING := $(call taken,$(HARDENING))
LINKING   := $(call taken,$(LINKING))
endif

comma := ,

# One line per file; make V=1 shows the whole commands.
ifeq ($(V),1)
say = $(2)
else
say = @printf '  %-4s %s\n' '$(1)' '$@'; $(2)
endif

LIBRARIES = -lcurl -lssl -lcrypto -lseccomp -lcap-ng -lcjson -lyaml
# The name of the folder it is built in is not to be found in the program.
ANYWHERE  = -ffile-prefix-map=$(CURDIR)=.
COMPILE   = $(CC) -std=c17 $(CFLAGS) $(ANYWHERE) $(HARDENING) $(WARNINGS) $(DEFINES) -iquote src -MMD -MP

SOURCES = $(shell find src -name "*.c" | sort)
OBJECTS = $(SOURCES:%.c=$(BUILD)/%.o)
MODULES = $(filter-out $(BUILD)/src/main.o,$(OBJECTS))

SCHEMA     = $(BUILD)/extauth-https.schema.json
COMPLETION = $(BUILD)/extauth-https.bash

PAGE_8     = $(BUILD)/extauth-https.8

all: $(PROGRAM) $(SCHEMA) $(COMPLETION) $(PAGE_8)

$(PROGRAM): $(OBJECTS) $(BUILD)/policy.checked
	$(call say,LINK,$(CC) $(CFLAGS) $(LINKING) -o $@ $(OBJECTS) $(LIBRARIES))

# What cannot be included is named by its package.
HEADERS = curl/curl.h:libcurl4-openssl-dev openssl/ssl.h:libssl-dev seccomp.h:libseccomp-dev \
          cap-ng.h:libcap-ng-dev cjson/cJSON.h:libcjson-dev yaml.h:libyaml-dev stdio.h:libc6-dev

$(BUILD)/headers.checked: Makefile
	@mkdir -p $(@D)
	@missing=; for pair in $(HEADERS); do \
	  echo "#include <$${pair%:*}>" | $(CC) $(CFLAGS) -fsyntax-only -x c - 2>/dev/null || \
	  missing="$$missing $${pair#*:}"; done; \
	  [ -z "$$missing" ] || { echo "please install:$$missing" >&2; exit 1; }
	@touch $@

$(BUILD)/src/%.o: src/%.c Makefile | $(BUILD)/headers.checked
	@mkdir -p $(@D)
	$(call say,CC,$(COMPILE) -c $< -o $@)

# What runs while building, on the machine that builds:
# make CC=aarch64-linux-gnu-gcc CC_FOR_BUILD=gcc
CC_FOR_BUILD ?= $(CC)
HERE = $(CC_FOR_BUILD) -std=c17 -O1 $(WARNINGS) $(DEFINES) -iquote src

POLICY_FILES = $(wildcard policy/*.def policy/musl/*.def)

# A policy that breaks its own rules does not build.
$(BUILD)/policy.checked: $(BUILD)/policy_check
	@$<
	@touch $@

$(BUILD)/policy_check: tests/sandbox/policy_check.c tests/sandbox/powers.def src/sandbox/policy.c \
                       src/sandbox/policy.h $(POLICY_FILES) | $(BUILD)/headers.checked
	$(call say,LINK,$(HERE) $(filter %.c,$^) -o $@ -lseccomp)

# What follows from the table of settings, so that it cannot drift from it.
$(BUILD)/generate: doc/generate.c src/settings/settings.def src/settings/settings.h src/operator/cause.def Makefile
	@mkdir -p $(@D)
	$(call say,LINK,$(HERE) $< -o $@)

$(SCHEMA): $(BUILD)/generate doc/schema.json.in
	$(call say,GEN,$< schema < doc/schema.json.in > $@)

$(COMPLETION): $(BUILD)/generate doc/completion.bash
	$(call say,GEN,{ cat doc/completion.bash && $<  completion; } > $@)

# The manual says the same to each cause as --check does.
$(PAGE_8): $(BUILD)/generate doc/extauth-https.8
	$(call say,GEN,$< causes | sed -e '/cause.def here: CAUSES$$/{r /dev/stdin' -e 'd}' doc/extauth-https.8 > $@)

-include $(OBJECTS:.o=.d) $(wildcard $(BUILD)/unit/*.d)

# --- what has to be installed ------------------------------------------------

DEPS_BUILD = gcc libc6-dev libcurl4-openssl-dev libssl-dev libseccomp-dev libcap-ng-dev \
             libcjson-dev libyaml-dev
DEPS_DEMO  = $(DEPS_BUILD) python3 openssl
DEPS_DEB   = $(DEPS_BUILD) build-essential libcmocka-dev debhelper dpkg-dev fakeroot lintian
DEPS_CHECK = $(DEPS_DEMO) libcmocka-dev python3-pytest python3-pytest-xdist \
             python3-pytest-timeout python3-jsonschema binutils strace iproute2 \
             ejabberd $(DEPS_COUNT) prometheus faketime python3-slixmpp \
             prosody lua-check luarocks liblua5.4-dev socat \
             clang-tidy clang-format cppcheck shellcheck pyflakes3 \
             frama-c-base/ why3 z3 cvc4 \
             apparmor \
             mandoc stunnel4 caddy logrotate rsyslog \
             $(DEPS_DEB) man-db \
             systemd util-linux-extra
DEPS_FUZZ  = $(DEPS_BUILD) clang libclang-rt-dev llvm

DEPS ?= $(DEPS_CHECK)

deps:
	@tests/install-packages $(DEPS)

# --- trying and testing ------------------------------------------------------

# Each does all its own set-up: packages first, then make again, because what
# the compiler can do is looked up when make starts.
demo:
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_DEMO)"
	@$(MAKE) --no-print-directory $(PROGRAM)
	@$(PYTHON) tests/demo.py $(PROGRAM)

# From the Python script of 2014, as the manual has it.
demo-migration:
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_DEMO) nginx"
	@$(MAKE) --no-print-directory all
	@$(PYTHON) -B tests/demo_migration.py $(PROGRAM)

CHECKS = lint \
         check-unit \
         prove \
         mutants \
         fuzz-check \
         check-docs \
         check-sandbox \
         check-install \
         check-e2e \
         check-tls \
         check-faults \
         check-breach \
         check-ejabberd \
         check-prosody \
         check-drill \
         check-package \
         check-instructions \
         check-bench \
         check-tables

# Builds as many files at a time as there are processors.
BESIDE = $(MAKE) --no-print-directory -j$(shell nproc)

check:
	@$(MAKE) --no-print-directory deps
	@$(BESIDE) all unit-tests seams
	@$(MAKE) --no-print-directory $(CHECKS)

UNIT_TESTS = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))

check-unit: $(UNIT_TESTS)
	@for test in $(UNIT_TESTS); do $$test || exit 1; done

# Functions that a test takes the place of.
WRAP_test_exchange = clock_now https_perform https_drop
WRAP_test_supervisor = clock_now fork kill channel_open confirm_sealed landlock_abi \
                       confinement_restrict confinement_reaches settings_load watch_look \
                       announcement_write

$(BUILD)/unit/%: tests/unit/%.c $(MODULES)
	@mkdir -p $(@D)
	$(call say,LINK,$(COMPILE) $(LINKING) $(WRAP_$*:%=-Wl$(comma)--wrap=%) $< $(MODULES) -o $@ -lcmocka $(LIBRARIES))

prove:
	@tests/prove/prove.py --build $(BUILD)

# The pure modules, broken on purpose: a test or a proof must notice each time.
mutants: $(UNIT_TESTS)
	@tests/prove/mutants.py

# Variants of the program in which one function is replaced: see the README there.
SEAMS = $(patsubst tests/sandbox/seams/%.c,$(BUILD)/seams/%,$(wildcard tests/sandbox/seams/*.c))

$(BUILD)/seams/%: tests/sandbox/seams/%.c $(OBJECTS)
	@mkdir -p $(@D)
	$(call say,LINK,$(COMPILE) $(LINKING) -Wl$(comma)--wrap=$* $< $(OBJECTS) -o $@ $(LIBRARIES))

PYTEST = EXTAUTH_HTTPS=$(abspath $(PROGRAM)) $(PYTHON) -B -m pytest -p no:cacheprovider --timeout 120 -q -rfEs

# What gets to a machine.
check-install: all sbom
	$(PYTEST) tests/package/test_install.py tests/package/test_sbom.py

check-e2e: $(PROGRAM) $(SEAMS)
	@$(BESIDE) SANDBOX=trap
	$(PYTEST) -n 2 tests/api tests/e2e

check-faults: $(PROGRAM) $(SEAMS)
	$(PYTEST) -n 2 tests/faults

check-tls: $(PROGRAM)
	$(PYTEST) -n 2 tests/tls

# The manual, the schema, the example and the completion say what the program does.
check-docs: all
	$(PYTEST) tests/docs tests/migration

soak: $(PROGRAM)
	EXTAUTH_HTTPS=$(abspath $(PROGRAM)) nice $(PYTHON) -B tests/faults/$(if $(CHANGES),soak_changes,soak).py $(if $(SEED),--seed $(SEED))

check-ejabberd: $(PROGRAM)
	$(PYTEST) tests/ejabberd/test_accounts.py tests/ejabberd/test_day_two.py

check-prosody: $(PROGRAM)
	$(PYTEST) -n 2 tests/prosody

# One thing wrong at a time: is --check red when a user cannot log in, and only then? All cases are
# set up at once, which takes a busy machine minutes.
check-drill: $(PROGRAM)
	$(PYTEST) --timeout 600 tests/drill

# The API away, workers killed, a poisoned frame, and logins all the while; and what these tests stand on.
check-chaos: $(PROGRAM)
	$(PYTEST) --timeout 300 tests/ejabberd/test_harness.py tests/ejabberd/test_chaos.py

lint:
	@tests/lint

include tests/sandbox/sandbox.mk
include tests/breach/breach.mk
include fuzz/fuzz.mk
include tests/bench/bench.mk
include tests/full.mk
include tests/releases/releases.mk
include tests/machine/machine.mk
include container/static.mk

# --- installing --------------------------------------------------------------

MANUALS  = $(PAGE_8) doc/extauth-https.json.5 doc/extauth-https-api.7
POLICIES = $(shell find policy/apparmor policy/systemd -type f)
UNITS    = extauth-https.socket extauth-https@.service
# Prosody's plugin_paths can name it; prosodyctl install wants the rockspec in it.
luadir   = $(datadir)/extauth-https/prosody
VERSION  = $(shell sed -n 's/.*VERSION "\(.*\)"/\1/p' src/base/version.h)
ROCKSPEC = $(luadir)/mod_auth_extauth_https-$(VERSION)-1.rockspec

# Where a manual page goes: its section is behind the last dot.
manual = $(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))

# What servers run is in libexec, what operators run in sbin.
install: all
	install -D -m 0755 $(PROGRAM) $(DESTDIR)$(libexecdir)/extauth-https
	install -d $(DESTDIR)$(sbindir)
	ln -sf $(libexecdir)/extauth-https $(DESTDIR)$(sbindir)/extauth-https
	install -D -m 0644 $(SCHEMA) $(DESTDIR)$(datadir)/extauth-https/extauth-https.schema.json
	install -D -m 0644 $(COMPLETION) $(DESTDIR)$(bashdir)/extauth-https
	install -D -m 0644 doc/extauth-https.json $(DESTDIR)$(docdir)/examples/extauth-https.json
	install -D -m 0644 -t $(DESTDIR)$(docdir)/examples doc/examples/*
	install -D -m 0755 tests/api/conformance $(DESTDIR)$(docdir)/examples/conformance
	$(foreach page,$(MANUALS),install -D -m 0644 $(page) $(call manual,$(page)) && \
	  sed -i 's|/usr/libexec|$(libexecdir)|; s|/usr/share|$(datadir)|' $(call manual,$(page)) &&) :
	$(foreach file,$(POLICIES), \
	  install -D -m 0644 $(file) $(DESTDIR)$(datadir)/extauth-https/$(file) &&) :
	install -D -m 0644 -t $(DESTDIR)$(luadir) prosody/mod_auth_extauth_https.lua
	sed 's|@VERSION@|$(VERSION)|; s|@FOLDER@|$(luadir)|' prosody/rockspec.in >$(DESTDIR)$(ROCKSPEC)
	install -D -m 0644 -t $(DESTDIR)$(unitdir) $(UNITS:%=prosody/systemd/%)
	sed -i 's|/usr/libexec|$(libexecdir)|' $(DESTDIR)$(unitdir)/extauth-https@.service

# Folders that only we have go as well.
uninstall:
	rm -f $(DESTDIR)$(libexecdir)/extauth-https $(DESTDIR)$(sbindir)/extauth-https
	rm -f $(UNITS:%=$(DESTDIR)$(unitdir)/%)
	rm -f $(DESTDIR)$(bashdir)/extauth-https $(foreach page,$(MANUALS),$(call manual,$(page)))
	rm -rf $(DESTDIR)$(datadir)/extauth-https $(DESTDIR)$(docdir)

include tests/package/package.mk

clean:
	rm -rf build build-*

help:
	@sed -n '3,/^$$/s/^# \{0,1\}//p' Makefile

.PHONY: all demo-migration help deps demo check $(CHECKS) check-chaos soak install uninstall clean
.DELETE_ON_ERROR:
