#!/bin/bash
# SPDX-License-Identifier: ISC
# Builds the harnesses of fuzz/ with $CC, $CXX, $CFLAGS and $LIB_FUZZING_ENGINE into $OUT, each with its
# corpus, its dictionary, and the libraries that the machine that runs it may lack.
set -eu
cd "$(dirname "$0")/.."
[ -d fuzz ] || cd "$SRC/extauth-https"

build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

make -j2 fuzzers BUILD="$build" HARDENING= LINKING="-Wl,-rpath,\\\$\$ORIGIN/lib" \
	CC="$CC" CFLAGS="$CFLAGS" FUZZ_LINK="$CXX" FUZZ_ENGINE= \
	LIB_FUZZING_ENGINE="$LIB_FUZZING_ENGINE"

mkdir -p "$OUT/lib"
for harness in "$build"/fuzz/fuzz_*; do
	[ -x "$harness" ] || continue
	target=$(basename "$harness")
	name=${target#fuzz_}
	cp "$harness" "$OUT/$target"
	python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" fuzz/corpus/"$name"/*
	if [ -e "fuzz/$name.dict" ]; then
		cp "fuzz/$name.dict" "$OUT/$target.dict"
	fi
	# all but the C library, which must fit the machine
	ldd "$harness" | awk '$3 ~ /^\// { print $3 }' |
		grep -Ev '/(libc|libm|libdl|libpthread|librt|libgcc_s|libstdc\+\+)\.so' |
		xargs -I{} cp -n {} "$OUT/lib"
done
