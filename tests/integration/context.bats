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

@test "build.snapshot takes every package from that day's archive, and is in the image's labels" {
    CRDEPLOY_BUILD_SNAPSHOT=20261101T000000Z crdeploy generate --output dated 2>/dev/null
    grep -F 'deb [check-valid-until=no] http://snapshot.debian.org/archive/%s' dated/Dockerfile
    grep -F 'debian/20261101T000000Z "" debian/20261101T000000Z -updates debian-security/20261101T000000Z -security' \
        dated/Dockerfile
    grep -F 'org.opencontainers.image.created="2026-11-01T00:00:00Z"' dated/Dockerfile
    never grep -q snapshot out/Dockerfile
    never grep -rq check-valid-until out/Dockerfile
}

@test "a snapshot's time that does not exist is refused with its place and an example" {
    local wrong
    for wrong in 20261301T000000Z 2026-11-01 20261101T000000 20260230T000000Z 20261101T240000Z; do
        mkdir -p wrong && cp model.onnx request.json expected.json wrong/
        { cat crdeploy.yaml && printf '\nbuild:\n  snapshot: %s\n' "$wrong"; } >wrong/crdeploy.yaml
        run crdeploy check wrong
        ended 3
        said "crdeploy.yaml:" "'$wrong' is not a valid time of a snapshot" "such as 20261101T000000Z"
    done
}
