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

# What a caller's shell may hold, exported.
secrets() {
    export HF_TOKEN=callers-secret CRDEPLOY_ACCESS_TOKEN=callers-secret GOOGLE_APPLICATION_CREDENTIALS=/callers-secret \
        CLOUDSDK_AUTH_ACCESS_TOKEN=callers-secret AWS_SECRET_ACCESS_KEY=callers-secret MY_OWN=callers-secret
}

@test "the daemon has nothing of its caller's environment but what it needs" {
    local pid
    secrets
    crdeploy local up --runtime none --port 0 --ingress-port 0
    pid=$(jq .pid "$XDG_STATE_HOME/crdeploy/local/daemon.json")
    tr '\0' '\n' <"/proc/$pid/environ" >environ
    crdeploy local down
    grep '^PATH=' environ
    grep '^XDG_STATE_HOME=' environ
    never grep callers-secret environ
}

@test "a daemon started by hand drops the environment that it does not need" {
    secrets
    platform
    tr '\0' '\n' <"/proc/$LOCAL_PID/environ" >environ
    grep '^PATH=' environ
    never grep callers-secret environ
    [ "$(cat "/proc/$LOCAL_PID/comm")" = crdeploy-local ]
}

@test "local down ends what a daemon that was killed left running" {
    local dir=$XDG_STATE_HOME/crdeploy/local child
    crdeploy local up --runtime none --port 0 --ingress-port 0
    crdeploy build --platform local
    run crdeploy deploy --platform local --min-instances 1 # its one container has no model to serve
    child=$(crdeploy local status --json 2>/dev/null | jq '[.instances[] | select(.running)][0].pid')
    kill -0 "$child"
    kill -9 "$(jq .pid "$dir/daemon.json")"
    run crdeploy local down
    ended 0
    for _ in $(seq 100); do kill -0 "$child" 2>/dev/null || break; sleep 0.05; done
    never kill -0 "$child"
    [ ! -e "$dir/daemon.json" ]
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

@test "nobody of the same user sees the memory of a program that holds a token, so no core dump has it" {
    local pid peer=() # without the right to look into every process, which root has
    [ "$(id -u)" != 0 ] || peer=(setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace)
    "${peer[@]}" sleep 60 3>&- & # of another program it is seen
    pid=$!
    until [ "$(cat "/proc/$pid/comm")" = sleep ]; do kill -0 "$pid" && sleep 0.02; done
    "${peer[@]}" readlink "/proc/$pid/exe"
    kill "$pid"
    mkfifo held
    "${peer[@]}" crdeploy predict --url http://127.0.0.1:1 - <held 3>&- &
    pid=$!
    exec 9>held
    until [ "$(cat "/proc/$pid/comm")" = crdeploy ]; do kill -0 "$pid" && sleep 0.02; done
    sleep 0.2
    never "${peer[@]}" readlink "/proc/$pid/exe"
    exec 9>&-
    wait "$pid" || true
    "${peer[@]}" crdeploy-local --port 0 --ingress-port 0 --runtime none >local.out 3>&- &
    LOCAL_PID=$!
    until [ -s local.out ]; do kill -0 "$LOCAL_PID" && sleep 0.02; done
    never "${peer[@]}" readlink "/proc/$LOCAL_PID/exe"
}
