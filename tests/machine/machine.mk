# SPDX-License-Identifier: ISC
# Another architecture, under qemu. Included by the Makefile; some minutes, more on a busy machine.

check-arm64:
	@$(MAKE) --no-print-directory deps DEPS="mmdebstrap qemu-system-arm cpio iproute2"
	@nice $(PYTHON) -B tests/machine/arm64.py

.PHONY: check-arm64

# The image of container/Containerfile without a container engine, for x86-64.
check-container:
	@$(MAKE) --no-print-directory deps DEPS="mmdebstrap iproute2 openssl python3-slixmpp $(DEPS_DEB)"
	@$(MAKE) --no-print-directory deb
	@nice $(PYTHON) -B tests/machine/container.py

.PHONY: check-container
