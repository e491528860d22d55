#!/bin/sh
# Headers are the manual: each opens with a comment that starts with its own name and says what it is for.
# shellcheck source=tests/lint/tap.sh
. "$(dirname "$0")/tap.sh"
opening() {
    sources src templates tests | grep '\.h$' | while read -r header; do
        sed -n '1,2p' "$header" | tr -d '\n' | sed 's/ \* / /' | grep -qF "/* ${header##*/} - " ||
            echo "$header:1: open with '/* ${header##*/} - what it is for'"
    done
}
verdict "every header opens with what it is for" "$(opening)"

guards() {
    sources src templates tests | grep '\.h$' | while read -r header; do
        grep -qE '^#ifndef [A-Z0-9_]+_H$|^#pragma once' "$header" || echo "$header: has no include guard"
    done
}
verdict "every header has a guard" "$(guards)"
done_testing
