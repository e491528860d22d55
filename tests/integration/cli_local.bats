#!/usr/bin/env bats
# The command line on the local platform, without containers: what a user is told when something about it is not as it should be.
load ../lib/helper
load local.bash

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    example
}
teardown() { stop_local; }

# A crdeploy-local of this test.
platform() {
    export BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR
    start_local
}

@test "a lock that cannot be written is a warning: the image has its own" {
    platform
    mkdir crdeploy.lock
    run crdeploy build --platform local
    said "warning: the lock is only in the image" "crdeploy.lock'"
    ended 0
}

@test "a platform that runs but does not answer is said to, with the way out" {
    local dir=$XDG_STATE_HOME/crdeploy/local
    mkdir -p "$dir"
    sleep 60 3>&- &
    jq -n --argjson pid $! --argjson start "$(cut -d' ' -f22 /proc/$!/stat)" \
        '{pid: $pid, start_time: $start, url: "http://127.0.0.1:1", ingress_port: 2, token: "t"}' >"$dir/daemon.json"
    local words
    for words in build deploy 'predict {}'; do
        run bash -c "crdeploy $words --platform local"
        ended 5
        said "no answer from '127.0.0.1:1'" "crdeploy local down" "crdeploy local up" daemon.log
    done
    kill $!
}

@test "a platform that is not running is said to" {
    local verb
    for verb in status logs; do
        run crdeploy local "$verb"
        ended 5
        said "not running" "crdeploy local up"
    done
}

@test "a port that is taken is named, with a way round" {
    platform
    run env XDG_STATE_HOME="$BATS_TEST_TMPDIR/other" crdeploy local up --runtime none --port "${URL##*:}" --ingress-port 0
    [ "$status" -ne 0 ]
    said "${URL##*:}" --port
}

@test "logs are found in whatever project the service stands, and none is said aloud" {
    platform
    run crdeploy local logs nobody
    ended 0
    said "nothing has been said" "crdeploy local status"
    crdeploy build --platform local --project elsewhere
    run crdeploy deploy --platform local --project elsewhere # its one container has no model to serve
    run crdeploy local logs distilbert
    ended 0
    said "Starting new instance"
    run bash -c 'crdeploy local logs --json 2>/dev/null'
    [ "$(jq '.entries | length > 0' <<<"$output")" = true ]
}

@test "a service that is not there is said to, with the command that makes it" {
    platform
    run crdeploy predict --platform local '{}'
    ended 1
    said "no service 'distilbert'" "crdeploy deploy --platform local"
}
