#!/usr/bin/env bats
# image inspect: what the labels of an image say, and what is not known. No containers, so nothing is measured.
bats_require_minimum_version 1.5.0
load ../lib/helper
load local.bash

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    export BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR CRDEPLOY_PLATFORM=local
    start_local
    mkdir -p "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
}
teardown() {
    stop_local
}

@test "an image of crdeploy's is shown by its name, its tag and its digest" {
    crdeploy init linear --from tensor-linear 2>/dev/null
    crdeploy build --json >built.json
    for name in "$(jq -r .image built.json)" "$(jq -r .tag built.json)"; do
        run --separate-stderr crdeploy image inspect --json "$name"
        ended 0
        jq -e --slurpfile built built.json '.digest == $built[0].digest and .image == $built[0].image and .task == "tensor"
            and .samples == 1 and .base == "docker.io/library/debian:trixie-slim" and .peak_memory == null
            and .labels["org.opencontainers.image.title"] == "linear"' <<<"$output"
    done
}

@test "of another image everything is unknown, and that is said" {
    printf 'FROM scratch\nLABEL io.crdeploy.samples=many team=search\n' >Dockerfile
    crdeploy build --tag us-central1-docker.pkg.dev/local/apps/other:v1 >/dev/null 2>&1
    run crdeploy image inspect us-central1-docker.pkg.dev/local/apps/other:v1
    ended 0
    said "peak memory  unknown" "samples      unknown" "team=search" "the image was not built by crdeploy"
}

@test "an image that is not there, and a name that is none, are refused" {
    run crdeploy image inspect us-central1-docker.pkg.dev/local/apps/none:v1
    ended 1
    said "image 'us-central1-docker.pkg.dev/local/apps/none:v1' not found" "crdeploy build"
    run crdeploy image inspect debian:trixie-slim
    ended 3
    run crdeploy image inspect
    ended 2
}
