#!/usr/bin/env bats
# crdeploy.lock: the files of the model, and the base image by the digest that a registry on loopback gives.
bats_require_minimum_version 1.5.0
load ../lib/helper

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    mkdir -p "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
    crdeploy init linear --from tensor-linear 2>/dev/null
}
teardown() {
    [ -z "${registry-}" ] || kill "$registry"
}

# registry MANIFEST: a registry that has this text as the base image's index, to whoever fetched a token first.
registry() {
    python3 "$BATS_TEST_DIRNAME/../lib/registry.py" "$1" "$BATS_TEST_TMPDIR/port" 3>&- &
    registry=$!
    until [ -s "$BATS_TEST_TMPDIR/port" ]; do sleep 0.05; done
    CRDEPLOY_ENDPOINT_DOCKER_HUB=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")
    export CRDEPLOY_ENDPOINT_DOCKER_HUB
}
index() {
    printf '{"schemaVersion":2,"manifests":[],"made":%s}' "$1" >"$BATS_TEST_TMPDIR/index"
    printf 'sha256:%s' "$(sha256sum "$BATS_TEST_TMPDIR/index" | cut -d' ' -f1)"
}
locked() {
    jq -r '.base.digest' crdeploy.lock
}

@test "the digest is found once, kept in the lock, and moved only by --update-base" {
    local one two
    one=$(index 1)
    registry "$BATS_TEST_TMPDIR/index"
    run --separate-stderr crdeploy lock
    ended 0
    said "nothing is locked"
    [ "$(locked)" = "$one" ]
    [ "$(jq -r '.files[].path' crdeploy.lock)" = model.onnx ]
    two=$(index 2)
    run crdeploy lock
    ended 0
    said "up to date"
    [ "$(locked)" = "$one" ]
    run crdeploy lock --check
    ended 0
    run crdeploy lock --check --update-base
    ended 3
    said "$two" "locked is" "$one"
    [ "$(locked)" = "$one" ]
    run --separate-stderr crdeploy lock --update-base --json
    ended 0
    [ "$(jq -r '.written, .lock.base.digest' <<<"$output")" = "true
$two" ]
    [ "$(locked)" = "$two" ]
}

@test "generate finds the digest, keeps it, and names the base image by it" {
    local one
    one=$(index 1)
    registry "$BATS_TEST_TMPDIR/index"
    run --separate-stderr crdeploy generate --output out
    ended 0
    [ "$(locked)" = "$one" ]
    grep -Fx "FROM docker.io/library/debian:trixie-slim@$one AS build" out/Dockerfile
    grep -F "io.crdeploy.base=\"docker.io/library/debian:trixie-slim@$one\"" out/Dockerfile
    cmp crdeploy.lock out/crdeploy.lock
    index 2 >/dev/null
    crdeploy generate --output again 2>/dev/null
    diff -r out again
}

@test "without a registry generate names the base image by its tag, with a warning, and lock --update-base fails" {
    run crdeploy generate --output out
    ended 0
    said "warning: the base image docker.io/library/debian:trixie-slim is named by its tag" "crdeploy lock"
    grep -Fx "FROM docker.io/library/debian:trixie-slim AS build" out/Dockerfile
    [ ! -e crdeploy.lock ]
    run crdeploy lock
    ended 0
    said "is named by its tag"
    [ "$(locked)" = null ]
    cp crdeploy.lock before
    run crdeploy lock --update-base
    ended 5
    cmp crdeploy.lock before
}

@test "check and the plan of a build look nothing up" {
    index 1 >/dev/null
    registry "$BATS_TEST_TMPDIR/index"
    crdeploy check >/dev/null 2>&1
    crdeploy build --plan --platform local >/dev/null 2>&1
    crdeploy lock --check >/dev/null 2>&1 || true
    [ ! -e "$BATS_TEST_TMPDIR/port.log" ]
}

@test "a changed file of the model is reported by lock --check and accepted by lock" {
    crdeploy lock 2>/dev/null >/dev/null
    printf x >>model.onnx
    run crdeploy lock --check
    ended 3
    said "'model.onnx' has" "locked are" "run 'crdeploy lock'"
    crdeploy lock >/dev/null 2>&1
    crdeploy lock --check >/dev/null
}

@test "a registry that sends other bytes than it names is not believed" {
    index 1 >/dev/null
    registry "$BATS_TEST_TMPDIR/index"
    export CRDEPLOY_ENDPOINT_DOCKER_HUB=$CRDEPLOY_ENDPOINT_DOCKER_HUB/lying
    run crdeploy lock --update-base
    ended 1
    said "the registry says that"
}
