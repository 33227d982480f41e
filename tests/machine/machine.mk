# SPDX-License-Identifier: ISC
# Another architecture, under qemu. Included by the Makefile; some minutes, more on a busy machine.

check-arm64:
	@$(MAKE) --no-print-directory deps DEPS="mmdebstrap qemu-system-arm cpio iproute2"
	@nice $(PYTHON) -B tests/machine/arm64.py

.PHONY: check-arm64
