#!/bin/bash
# What `make lint` asks other programs: layout, shell scripts, and mistakes in C. Run in the source directory.
#     tests/lint/static.sh "COMPILER FLAGS"
status=0
mapfile -t c < <(find src templates tests -name '*.[ch]' | LC_ALL=C sort)

mapfile -t shell < <(find scripts templates tests -name '*.sh' | LC_ALL=C sort)

# part NAME COMMAND...: says what failed, and goes on.
part() {
    echo "lint: $1"
    "${@:2}" || { status=1; echo "lint: $1 failed" >&2; }
}

# Each major version of clang-format lays out some lines differently, so one of them is the measure.
layout() {
    case $(clang-format --version) in
        *" version 14."*) clang-format --dry-run --Werror "${c[@]}" ;;
        *) echo "lint: the measure is clang-format 14 (Debian 12); $(clang-format --version) is not asked" ;;
    esac
}

# Not what needs ONNX Runtime's headers, which exist only where the image is built.
tidy() {
    local sources
    mapfile -t sources < <(printf '%s\n' "${c[@]}" | grep -E '^(src|templates)/.*\.c$' | xargs grep -L onnxruntime)
    printf '%s\0' "${sources[@]}" | FLAGS=$1 xargs -0 -P "$(nproc)" -n 4 \
        bash -c 'read -ra flags <<<"$FLAGS"; clang-tidy --quiet "$@" -- -std=c11 "${flags[@]}" 2>/dev/null' tidy
}

part "shell scripts" shellcheck -x -S warning scripts/demo scripts/test .ci/run "${shell[@]}"
part "layout" layout
part "cppcheck" cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability,performance --inline-suppr \
    --suppress=missingIncludeSystem --suppress=compareBoolExpressionWithInt --suppress=nullPointerRedundantCheck \
    --suppress=normalCheckLevelMaxBranches -j "$(nproc)" -D_GNU_SOURCE \
    '-DCR_VERSION=""' '-DCR_PKGDATADIR=""' '-DCR_PKGLIBEXECDIR=""' '-DCR_SRCDIR=""' \
    --include="$(pkg-config --variable=includedir jansson)/jansson.h" -Isrc -Itemplates/server src templates
part "clang-tidy" tidy "$1"
exit "$status"
