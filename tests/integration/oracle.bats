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

setup() {
    export srcdir=$top PATH=$BUILD:$PATH CRDEPLOY_PLATFORM=local CLOUDSDK_CORE_PROJECT=my-proj CLOUDSDK_RUN_REGION=us-central1
    mkdir -p "$BATS_FILE_TMPDIR/work" && cd "$BATS_FILE_TMPDIR/work" || return
    crdeploy services delete scorer --yes 2>/dev/null || true
}

# same FILE COUNT: at least COUNT cases, and every one as it should be.
same() {
    run "$BUILD/tests/lib/oracle" "$1"
    echo "$output"
    ended 0
    [ "${output##* of }" != "$output" ]
    local all=${output##* of }
    [ "${all%% *}" -ge "$2" ]
}

@test "traffic is moved as gcloud moves it" {
    same traffic 38
}

@test "a new service is as gcloud makes it" {
    same deploy 120
}

@test "a service is updated as gcloud updates it" {
    same update 51
}

@test "what gcloud refuses is refused, and names the value" {
    same refused 41
}
