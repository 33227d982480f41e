# SPDX-License-Identifier: ISC
# Whole machines under qemu. Included by the Makefile. Without KVM they take a quarter of an hour
# each, more on a busy machine, so they run at night.

# A booted Debian 12 and 13 with the package, or RELEASE=trixie.
check-machine:
	@$(MAKE) --no-print-directory deps DEPS="mmdebstrap qemu-system-x86 e2fsprogs iproute2"
	@$(PYTHON) -B tests/machine/machine.py $(RELEASE)

# Another architecture: Debian 12 and 13, or RELEASE=trixie.
check-arm64:
	@$(MAKE) --no-print-directory deps DEPS="mmdebstrap qemu-system-arm cpio iproute2"
	@$(PYTHON) -B tests/machine/arm64.py $(RELEASE)

# The image of container/Containerfile without a container engine, for x86-64.
check-container:
	@$(MAKE) --no-print-directory deps DEPS="mmdebstrap iproute2 openssl python3-slixmpp $(DEPS_DEB)"
	@$(MAKE) --no-print-directory deb
	@nice $(PYTHON) -B tests/machine/container.py

.PHONY: check-machine check-arm64 check-container
