#!/bin/sh
# The committed manual pages and completions are what the option tables produce today, and mandoc can read them.
# shellcheck source=tests/lint/tap.sh
. "$(dirname "$0")/tap.sh"
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

"$BUILD/crdeploy" __doc list >"$work/list" || verdict "crdeploy __doc list" "failed"
verdict "there is something to document" "$([ -s "$work/list" ] || echo "crdeploy __doc list printed nothing")"
while read -r kind path; do
    "$BUILD/crdeploy" __doc "$kind" >"$work/fresh" 2>"$work/stderr" || cat "$work/stderr" >>"$work/fresh"
    verdict "$path is fresh: else run 'make docs'" "$(diff -u "$top/$path" "$work/fresh" 2>&1)"
done <"$work/list"

if command -v mandoc >/dev/null; then
    verdict "the manual pages are well formed" \
        "$(find "$top/man" -name '*.[1-8]' -print0 | xargs -0 -r mandoc -Tlint -Wwarning 2>&1)"
else
    cases=$((cases + 1))
    echo "ok $cases # SKIP mandoc is missing"
fi
done_testing
