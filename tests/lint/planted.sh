#!/bin/bash
# A lint that cannot fail proves nothing: each is given a small tree with one breach planted, and must find it.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lint/tap.sh
. "$here/tap.sh"
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

# plant LINT FILE TEXT: a tree that holds nothing but this file.
plant() {
    local tree=$work/$((++trees))
    mkdir -p "$tree/$(dirname "$2")" "$tree/src/base" "$tree/templates" "$tree/tests/unit"
    printf '%b' "$3" >"$tree/$2"
    if srcdir=$tree bash "$here/$1" 2>/dev/null | grep -q '^not ok'; then verdict "$1 finds: $4" ''; else verdict "$1 finds: $4" "it passed"; fi
}
# clean LINT FILE TEXT: the same without a breach, so that a lint which always fails is found as well.
clean() {
    local tree=$work/$((++trees))
    mkdir -p "$tree/$(dirname "$2")" "$tree/src/base" "$tree/templates" "$tree/tests/unit"
    printf '%b' "$3" >"$tree/$2"
    verdict "$1 passes: $4" "$(srcdir=$tree bash "$here/$1" 2>&1 | grep '^not ok\|^#')"
}
plant layers.sh src/core/plan.c '#include "gcp/http.h"\n' "core reaching for gcp"
plant layers.sh src/local/main.c '#include "core/plan.h"\n' "local reaching past core/limits"
plant layers.sh src/cli/opt.c '#include <curl/curl.h>\n' "libcurl outside its one file"
plant layers.sh src/base/str.h '#include <jansson.h>\n' "jansson in base"
plant layers.sh templates/server/task.c '#include "base/str.h"\n' "a template that does not read alone"
clean layers.sh src/local/main.c '#include "core/limits.h"\n#include "base/str.h"\n' "local using core/limits"
plant banned.sh src/base/str.c 'void f(char *s)\n{\n    strcpy(s, "");\n}\n' "strcpy"
plant banned.sh src/core/plan.c 'void f(void)\n{\n    exit(1);\n}\n' "exit in a library"
plant banned.sh src/gcp/run.c 'void f(void)\n{\n    printf("x");\n}\n' "printf in gcp"
plant banned.sh src/gcp/auth.c 'char *f(void)\n{\n    return getenv("HOME");\n}\n' "getenv in gcp"
clean banned.sh src/gcp/run.c '/* never strcpy(), nor exit() */\nconst char *s = "system(";\nint f(void) { return own_exit(1) + snprintf(0, 0, ""); }\n' "names in comments and strings, and longer names"
plant names.sh tests/unit/test_nothing.c '' "a test of no module"
plant headers.sh src/base/str.h '#ifndef STR_H\n#define STR_H\n#endif\n' "a header that says nothing"
clean headers.sh src/base/str.h '/*\n * str.h - strings.\n */\n#ifndef STR_H\n#define STR_H\n#endif\n' "a header that does"
plant templates.sh templates/server/new.c '' "a template that is not listed"
plant templates.sh templates/room.mk 'nobase_dist_pkgdata_DATA += templates/a.c \\\\\n    templates/b.c\n' "listed templates that are not there"
clean templates.sh templates/room.mk 'nobase_dist_pkgdata_DATA +=\n' "no template and none listed"
plant words.sh README.md 'see /wor''k/x\n' "a path of one machine"
plant words.sh src/base/str.c '/* TO''DO */\n' "a marker"
plant sizes.sh src/base/str.c "$(printf '\\n%.0s' $(seq 500))" "a long file"
plant sizes.sh src/base/str.c "/* $(printf 'x%.0s' $(seq 120)) */\n" "a wide line"

# soft FLAGS WHAT: a program built with every hardening but one, which the lint must miss; without FLAGS it must pass.
soft() {
    local program=$work/soft$((++trees))
    # shellcheck disable=SC2086
    gcc -O2 -fPIE -pie -fstack-protector-strong -fcf-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -Wl,-z,relro -Wl,-z,now $1 \
        -o "$program" "$work/soft.c" || { verdict "hardening.sh finds: $2" "the program does not build"; return; }
    bash "$here/hardening.sh" "$program" >"$work/found"
    if [ -z "$1" ]; then verdict "hardening.sh passes: $2" "$(grep '^not ok\|^#' "$work/found")"
    elif [ "$(grep -c '^not ok' "$work/found")" -eq 1 ]; then verdict "hardening.sh finds: $2" ''
    else verdict "hardening.sh finds: $2" "$(cat "$work/found")"; fi
}
cat >"$work/soft.c" <<'EOF'
#include <stdio.h>
#include <string.h>
int copy(char *to, const char *from, size_t n) { return snprintf(to, n, "%s", from); }
int main(int argc, char **argv)
{
    char text[64];

    memcpy(text, argv[0], (size_t)argc);
    return copy(text, argv[0], sizeof(text));
}
EOF
for n in $(seq 20); do echo "int landing$n(int n) { return n + $n; }"; done >>"$work/soft.c"
if [ "$(uname -m)" = x86_64 ]; then
    soft '' "a hardened program"
    soft '-fcf-protection=none' "no control-flow protection"
    soft '-fno-pie -no-pie' "a fixed address"
    soft '-Wl,-z,norelro' "relocations that stay writable"
    soft '-Wl,-z,lazy' "lazy binding"
    soft '-Wl,-z,execstack' "an executable stack"
    soft '-fno-stack-protector' "no stack protector"
    soft '-U_FORTIFY_SOURCE' "no FORTIFY_SOURCE"
fi
done_testing
