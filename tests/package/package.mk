# SPDX-License-Identifier: ISC
# Packages, the bill of materials, and whether a second build is the same.
# Included by the Makefile.

# Built in a copy, so that this folder stays clean; then checked by lintian.
deb:
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_DEB)"
	rm -rf build/deb
	mkdir -p build/deb/source
	tar -c --exclude=./build --exclude='./build-*' --exclude=./.git . | tar -x -C build/deb/source
	cd build/deb/source && dpkg-buildpackage -us -uc -b >../build.log 2>&1 || \
	  { tail -n 40 ../build.log; exit 1; }
	lintian --allow-root --fail-on error --tag-display-limit 0 build/deb/*.changes
	@ls -l build/deb/*.deb

check-package: deb
	$(PYTEST) tests/package/test_debian.py

SBOM = $(BUILD)/extauth-https.spdx.json

sbom: $(SBOM)

$(SBOM): $(PROGRAM) doc/sbom debian/changelog
	$(call say,GEN,$(PYTHON) doc/sbom $(PROGRAM) . $(CC) > $@)

repro:
	@$(MAKE) --no-print-directory deps DEPS="$(DEPS_DEB) python3 binutils"
	tests/package/repro build/repro

.PHONY: deb check-package sbom repro
