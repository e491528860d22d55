#!/usr/bin/env bats
# The build context of an example, against golden files in tests/data/golden/context; `make golden` writes those anew.
load ../lib/helper

golden=$BATS_TEST_DIRNAME/../data/golden/context

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    mkdir -p "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
    crdeploy init linear --from tensor-linear 2>/dev/null
    crdeploy generate --output out 2>/dev/null
}

# Every entry with its mode; directories end in a slash.
listing() {
    (cd out && find . -mindepth 1 \( -type d -printf '%m %P/\n' -o -printf '%m %P\n' \) | LC_ALL=C sort -k 2)
}

# same FILE: the context's file is the golden one.
same() {
    if [ -n "${GOLDEN-}" ]; then
        mkdir -p "$golden" && cp "out/$1" "$golden/$1"
    else
        diff -u "$golden/$1" "out/$1"
    fi
}

@test "the context holds the files it should, with the modes it should" {
    if [ -n "${GOLDEN-}" ]; then mkdir -p "$golden" && listing >"$golden/listing"; fi
    diff -u "$golden/listing" <(listing)
}

@test "the Dockerfile, the settings and the lock are as recorded" {
    same Dockerfile
    same crdeploy.json
    same crdeploy.lock
}
