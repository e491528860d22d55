#!/bin/bash
# One fuzz target, from its committed corpus: tests/fuzz/fuzz.sh SOURCE-DIRECTORY TARGET SECONDS. Called by `make fuzz`.
# Builds in build-fuzz beside the caller's directory; what is found stays there under found-TARGET.
set -euo pipefail
src=$(cd "$1" && pwd) target=$2 secs=$3 dir=$PWD/build-fuzz
mkdir -p "$dir/found-$target"
cd "$dir"
[ -f Makefile ] || "$src/configure" -q CC=clang --enable-sanitizers=fuzzer-no-link,address,undefined
make -s -j"$(nproc)" "tests/fuzz/replay_$target"
# The program that replays the corpus is linked again, with libFuzzer's main in place of its own.
rm "tests/fuzz/replay_$target"
link=$(make -n V=1 "tests/fuzz/replay_$target" | grep -- "-o tests/fuzz/replay_$target")
# shellcheck disable=SC2001
link=$(sed "s#-o tests/fuzz/replay_$target#-fsanitize=fuzzer -o tests/fuzz/fuzz_$target#; s#[^ ]*replay\.o##" <<<"$link")
eval "${link#*; }"
corpus=$src/tests/fuzz/corpus/$target
exec "tests/fuzz/fuzz_$target" -max_total_time="$secs" -rss_limit_mb=1024 -print_final_stats=0 "found-$target" "$corpus"
