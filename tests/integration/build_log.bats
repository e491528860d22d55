#!/usr/bin/env bats
# Where a build's log is read, and what its trouble does to the build: nothing. Without containers.
bats_require_minimum_version 1.5.0
load ../lib/helper
load local.bash

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    mkdir -p "$BATS_TEST_TMPDIR/work/app"
    cd "$BATS_TEST_TMPDIR/work"
    export BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR CRDEPLOY_PLATFORM=local
    start_local
    {
        printf 'FROM scratch\nCOPY Dockerfile /\n'
        for i in 1 2 3; do printf '# crdeploy-local-none: say line %s\n# crdeploy-local-none: sleep 1\n' "$i"; done
    } >app/Dockerfile
}
teardown() { stop_local; }

fault() { api POST /local/faults "$1" >/dev/null; }
# told FILE: each of the lines once, and in order.
told() { [ "$(grep -o 'line [0-9]$' "$1" | tr '\n' ' ')" = "line 1 line 2 line 3 " ]; }
image=us-central1-docker.pkg.dev/local/apps/app

@test "a log in Cloud Logging is shown as it grows, each line once" {
    crdeploy build app --tag "$image" --service-account builder@local.iam.gserviceaccount.com >out 2>err
    cat err
    told err
    [ "$(api GET /v1/projects/local/builds | jq -r '.builds[0].options.logging, .builds[0].logsBucket')" = "CLOUD_LOGGING_ONLY
null" ]
}

@test "a log object that is busy is read to its end all the same" {
    fault '{"match": "GET *log-*", "action": "status", "status": 503, "times": 3}'
    fault '{"match": "GET *log-*", "action": "lost", "times": 1}'
    crdeploy build app --tag "$image" >out 2>err
    cat err
    told err
    grep -qx DONE err
}

@test "a log object that may not be read is looked for in Cloud Logging" {
    fault '{"match": "GET *log-*", "action": "status", "status": 403, "times": -1}'
    crdeploy build app --tag "$image" >out 2>err
    cat err
    told err
}

@test "a log that cannot be read leaves a green build green, and is noted once" {
    fault '{"match": "GET *log-*", "action": "status", "status": 403, "times": -1}'
    fault '{"match": "POST *entries:list*", "action": "status", "status": 403, "times": -1}'
    crdeploy build app --tag "$image" >out 2>err
    cat err
    grep -q "^$image@sha256:" out
    [ "$(grep -c 'cannot be read' err)" -eq 1 ]
}

@test "Ctrl-C cancels; again, it says how to" {
    local pid
    fault '{"match": "POST *:cancel*", "action": "status", "status": 503, "times": -1}'
    crdeploy build app --tag "$image" >out 2>err 3>&- &
    pid=$!
    for _ in $(seq 100); do
        ! grep -q 'line 1' err || break
        sleep 0.1
    done
    kill -INT "$pid"
    for _ in $(seq 100); do
        ! grep -q 'Ctrl-C again' err || break
        sleep 0.1
    done
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    cat err
    [ "$status" -eq 130 ]
    api DELETE /local/faults >/dev/null
    # What is advised works as it is written.
    bash -c "$(sed -n 's/^hint: cancel it: //p' err)" >cancelled
    [ "$(jq -r .id cancelled)" = "$(api GET /v1/projects/local/builds | jq -r '.builds[0].id')" ]
}
