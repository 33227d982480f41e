# SPDX-License-Identifier: ISC
# A static program for systems without glibc: see README.md here. Included by the Makefile.
#
#   make static         build/static/extauth-https, from Debian's sources, with musl; OLDER=1 takes
#                       a source that is not the newest, where that cannot be had
#   make check-static   the suites against it, and a system with nothing but busybox

STATIC      = build/static
DEPS_STATIC = gcc libc6-dev linux-libc-dev musl-tools dpkg-dev perl gperf libseccomp-dev binutils

# The macros of musl's sys/socket.h convert signs. -u: how libraries.c finds musl's version.
STATIC_MAKE = $(BESIDE) BUILD=$(STATIC) CC=$(abspath $(STATIC)/cc) CC_FOR_BUILD=$(CC) DEFINES=-DFOR_MUSL \
              CFLAGS="-O2 -g -Wno-sign-conversion" LINKING="-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack \
              -Wl,-z,separate-code -Wl,--no-undefined -Wl,-u,__libc_version"

static:
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_STATIC)"
	@container/static-libraries $(STATIC) $(CC)
	@$(STATIC_MAKE) $(STATIC)/extauth-https
	@container/static-verify $(STATIC)/extauth-https

# What differs by construction is left out.
check-static: static
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_STATIC) $(DEPS_DEMO) busybox-static python3-pytest \
		python3-pytest-xdist python3-pytest-timeout python3-jsonschema strace iproute2 faketime"
	@$(STATIC_MAKE) unit-tests seams $(STATIC)/breach/extauth-https
	@$(PYTHON) tests/demo.py $(STATIC)/extauth-https
	@$(STATIC_MAKE) check-unit
	@echo "left out: test_it_needs_no_other_libraries_than_those_promised: it has none"
	@echo "left out: test_it_checks_its_stack_and_its_buffers: reads the names of a library's functions"
	@echo "left out: test_every_file_was_compiled_with: libgcc is in it, which Debian has compiled"
	@echo "left out: test_the_development_build: there is none with musl"
	@echo "left out: the names that musl does not look up, by TCP or by modules of glibc"
	$(STATIC_PYTEST) -n 2 tests/static tests/e2e tests/sandbox/test_names.py tests/breach \
		-k "not needs_no_other_libraries and not its_stack_and_its_buffers and not compiled_with \
		and not development_build and not asked_by_tcp and not libnss_myhostname"

STATIC_PYTEST = EXTAUTH_HTTPS=$(abspath $(STATIC)/extauth-https) $(PYTHON) -B -m pytest -p no:cacheprovider \
                --timeout 120 -q -rfEs

# make policy-survey, of the static program
static-survey: static
	@$(STATIC_MAKE) policy-survey

.PHONY: static check-static static-survey
