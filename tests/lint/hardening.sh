#!/bin/bash
# The programs as they were built are hardened, which flags in a makefile do not prove: hardening.sh [PROGRAM...]. Without
# a program: the three that `make` builds, and the server as the makefile of the build context builds it.
# shellcheck source=tests/lint/tap.sh
. "$(dirname "$0")/tap.sh"

# lacks PROGRAM WORDS WHAT PATTERN: fails unless the output of `readelf WORDS` has the pattern.
lacks() {
    local words
    read -ra words <<<"$2"
    readelf -W "${words[@]}" "$1" 2>&1 | grep -qE -- "$4" || echo "$1: $3"
}

# Where an indirect call may land begins with endbr64. The property of the whole program says nothing here: the linker
# drops it as soon as one object of the C library lacks it. A few such places come from the compiler's own start-up code.
lacks_landings() {
    local n
    readelf -h "$1" | grep -q 'Machine:.*X86-64' || return 0
    n=$(objdump -d -j .text "$1" | grep -c endbr64)
    [ "$n" -ge 20 ] || echo "$1: built without -fcf-protection: $n functions begin with endbr64"
}

breaches() {
    lacks "$1" -h "no position-independent executable" 'Type: +DYN '
    lacks "$1" -d "no position-independent executable (FLAGS_1)" 'FLAGS_1.* PIE'
    lacks "$1" -l "no GNU_RELRO segment: relocations stay writable" ' GNU_RELRO '
    lacks "$1" -d "no BIND_NOW: the table of addresses stays writable" 'BIND_NOW|FLAGS_1.* NOW'
    lacks "$1" -l "the stack is executable" ' GNU_STACK .* RW +0x'
    lacks "$1" --dyn-syms "no stack protector: __stack_chk_fail is not used" ' __stack_chk_fail(@|$)'
    lacks "$1" --dyn-syms "no FORTIFY_SOURCE: no checked function of the C library is used" ' __[a-z]+_chk(@|$)'
    lacks_landings "$1"
}

programs=("$@")
if [ $# -eq 0 ]; then
    work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
    programs=("$BUILD/crdeploy" "$BUILD/crdeploy-local" "$BUILD/templates/server/crdeploy-server-echo" "$work/server/server-echo")
    cp -r "$top/templates/server" "$work/server" && chmod -R u+w "$work"
    log=$(make -C "$work/server" -j2 server-echo MAKEFLAGS= CFLAGS='-O2 -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror' 2>&1) ||
        verdict "the server builds with the makefile of the build context" "$log"
fi
for program in "${programs[@]}"; do
    verdict "$(basename "$program") is hardened" "$(breaches "$program")"
done
done_testing
