# The server with the echo in place of ONNX Runtime, over loopback, for tests/integration/server*.bats.
# shellcheck shell=bash

setup() {
    BUILD=${BUILD:-$PWD}
    SERVER=$BUILD/templates/server/crdeploy-server-echo
    dir=$BATS_TEST_TMPDIR/model
    mkdir -p "$dir"
    model linear tensor '{}'
}

teardown() {
    if [ -n "${pid:-}" ]; then
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    fi
}

# model NAME TASK SERVER: what a model directory holds
model() {
    printf 'no graph' >"$dir/model.onnx"
    jq -n --arg name "$1" --arg task "$2" --argjson server "$3" \
        '{name: $name, task: $task, files: {model: "model.onnx"}, server: $server}' >"$dir/model.json"
}

# start [NAME=VALUE...]: runs the server, sets pid and url; UNDER may name a program to run it under.
start() {
    log=$BATS_TEST_TMPDIR/log
    : >"$log"
    # shellcheck disable=SC2086
    env MODEL_DIR="$dir" LISTEN_ADDR=127.0.0.1 PORT=0 "$@" ${UNDER:-} "$SERVER" >"$log" 2>"$log.err" 3>&- &
    pid=$!
    for _ in $(seq 400); do
        port=$(sed -n 's/.*"listening on 127.0.0.1:\([0-9]*\) .*/\1/p' "$log")
        [ -n "$port" ] && grep -q '"ready: ' "$log" && break
        kill -0 "$pid" || { cat "$log" "$log.err"; return 1; }
        sleep 0.05
    done
    url=http://127.0.0.1:$port
}

# finish: SIGTERM, and the server's exit status
finish() {
    kill -TERM "$pid"
    wait "$pid" && ended=0 || ended=$?
    pid=
}

# ask PATH BODY [CURL OPTION...]: body in $output, status in $code
ask() {
    local path=$1 body=$2
    shift 2
    output=$(curl -sS -m 20 -w '%{http_code}' -H 'Content-Type: application/json' "$@" --data-binary "$body" "$url$path")
    code=${output##*$'\n'}
    output=${output%$'\n'*}
}

tensor() { # NAME DATATYPE SHAPE DATA
    printf '{"inputs":[{"name":"%s","datatype":"%s","shape":%s,"data":%s}]}' "$@"
}

is() {
    [ "$1" = "$2" ] || { printf 'is:     %s\nwanted: %s\n' "$1" "$2"; return 1; }
}
