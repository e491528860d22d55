# shellcheck shell=sh
# Sourced by every lint. A lint collects breaches, one a line, "FILE:LINE: what is wrong", and gives its verdict in TAP.
top=${srcdir:-.}
cases=0

# verdict NAME BREACHES: one test case; it passes when there are no breaches.
verdict() {
    cases=$((cases + 1))
    if [ -z "$2" ]; then
        echo "ok $cases - $1"
    else
        printf '%s\n' "$2" | sed "s|^$top/||; s/^/# /"
        echo "not ok $cases - $1"
    fi
}

# done_testing: the plan may come last.
done_testing() {
    echo "1..$cases"
}

# sources DIR... : our C, in a fixed order.
sources() {
    for dir; do
        [ ! -d "$top/$dir" ] || find "$top/$dir" -mindepth 1 -name '.*' -prune -o -name '*.[ch]' -print
    done | LC_ALL=C sort
}

# Everything we wrote: what git would track, without asking git, since a release has none.
written() {
    find "$top" -type d \( -name .git -o -name 'build*' -o -name autom4te.cache -o -name _build \) -prune -o -type f \
        ! -name Makefile.in ! -name aclocal.m4 ! -name configure ! -name '*~' ! -name '*.onnx' ! -name 'crdeploy-*.tar.*' -print |
        LC_ALL=C sort
}

# code FILE: the lines without comments and with empty strings, so that a word in prose is no call.
code() {
    sed -e 's/\\"//g' -e 's/"[^"]*"/""/g' -e "s/'[^']*'/' '/g" -e 's://.*$::' -e 's:/\*.*\*/::g' \
        -e 's:/\*.*$::' -e 's:^ *\*[ /].*$::' -e 's:^ *\*$::' "$1"
}
