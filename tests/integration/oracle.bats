#!/usr/bin/env bats
# crdeploy beside the recordings of gcloud (tests/data/gcloud): the same service, the same policy, a new revision where
# gcloud makes one, and a refusal where gcloud refuses or the limits forbid. tests/lib/oracle.c compares.

load ../lib/helper

setup_file() {
    clean_home "$BATS_FILE_TMPDIR"
    export XDG_STATE_HOME_FOR_TEST=$BATS_FILE_TMPDIR/state
    load local.bash
    start_local --server "$BUILD/tests/lib/tiny_server"
}

teardown_file() {
    load local.bash
    stop_local
}

# Aimed at Google, as gcloud was, but for the addresses: those are the local platform's.
setup() {
    local api
    for api in STORAGE BUILD RUN REGISTRY DOCKER LOGGING SERVICE_USAGE RESOURCE_MANAGER; do
        export "CRDEPLOY_ENDPOINT_$api=$URL"
    done
    export srcdir=$top CRDEPLOY_ACCESS_TOKEN=$TOKEN CLOUDSDK_CORE_PROJECT=my-proj CLOUDSDK_RUN_REGION=us-central1
    mkdir -p "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
    crdeploy services delete scorer --yes 2>/dev/null || true
}

# same FILE COUNT [NAME...]: at least COUNT cases, or those of the names, and every one as it should be.
same() {
    run "$BUILD/tests/lib/oracle" "$1" "${@:3}"
    echo "$output"
    ended 0
    [ "${output##* of }" != "$output" ]
    local all=${output##* of }
    [ "${all%% *}" -ge "$2" ]
}

@test "a new service is the one gcloud makes" {
    same deploy 120
}

@test "a service that is there is changed as gcloud changes it" {
    same update 51
}

@test "traffic is moved as gcloud moves it" {
    same traffic 38
}

@test "what gcloud refuses is refused" {
    same refused 41
}

@test "with the local platform asked for it is the same" {
    export CRDEPLOY_PLATFORM=local
    same deploy 2 image-tag-only sidecar
    same update 3 deploy-image-rich deploy-same-image update-env-plain
}
