# SPDX-License-Identifier: ISC
# Other releases of Debian. Included by the Makefile. Each takes ten minutes, so they run at night.

# make check-releases RELEASE=trixie, or of several; all of them without.
check-releases:
	@$(MAKE) --no-print-directory deps DEPS="mmdebstrap iproute2"
	@nice $(PYTHON) -B tests/releases/releases.py $(RELEASE)

# The results of the last run.
matrix:
	@$(PYTHON) -B tests/releases/matrix.py

.PHONY: check-releases matrix
