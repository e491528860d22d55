# local.bash - for bats: a crdeploy-local of its own for each file, on free ports, with a state directory of its own.
#
#   setup_file()    { load local.bash; start_local [OPTION...]; }
#   teardown_file() { load local.bash; stop_local; }
#
# start_local exports URL, TOKEN, INGRESS (port), LOCAL_STATE, LOCAL_PID, and XDG_STATE_HOME, under which crdeploy finds the daemon.

BUILD=${BUILD:-$PWD}

start_local() {
    export XDG_STATE_HOME="${XDG_STATE_HOME_FOR_TEST:-$BATS_FILE_TMPDIR/state}"
    export LOCAL_STATE="$XDG_STATE_HOME/crdeploy/local"
    mkdir -p "$XDG_STATE_HOME"
    "$BUILD/crdeploy-local" --port 0 --ingress-port 0 --runtime none "$@" \
        >"$BATS_FILE_TMPDIR/local.out" 2>"$BATS_FILE_TMPDIR/local.err" 3>&- &
    export LOCAL_PID=$!
    for _ in $(seq 200); do
        [ -s "$BATS_FILE_TMPDIR/local.out" ] && break
        kill -0 "$LOCAL_PID" 2>/dev/null || break
        sleep 0.05
    done
    if ! [ -s "$LOCAL_STATE/daemon.json" ]; then
        cat "$BATS_FILE_TMPDIR/local.err" >&2
        return 1
    fi
    URL=$(jq -r .url "$LOCAL_STATE/daemon.json")
    TOKEN=$(jq -r .token "$LOCAL_STATE/daemon.json")
    INGRESS=$(jq -r .ingress_port "$LOCAL_STATE/daemon.json")
    export URL TOKEN INGRESS
}

stop_local() {
    [ -n "${LOCAL_PID:-}" ] || return 0
    kill -TERM "$LOCAL_PID" 2>/dev/null || return 0
    wait "$LOCAL_PID" 2>/dev/null || true
    while kill -0 "$LOCAL_PID" 2>/dev/null; do sleep 0.05; done
}

# api METHOD PATH [BODY]: prints the reply's body; its status is in $STATUS_FILE's last line through `api_status`.
api() {
    local body=()
    [ $# -ge 3 ] && body=(-H 'Content-Type: application/json' --data-binary "$3")
    curl -sS -o "$BATS_TEST_TMPDIR/api.body" -w '%{http_code}' -X "$1" -H "Authorization: Bearer $TOKEN" "${body[@]}" \
        "$URL$2" >"$BATS_TEST_TMPDIR/api.status" || return
    cat "$BATS_TEST_TMPDIR/api.body"
}

api_status() { cat "$BATS_TEST_TMPDIR/api.status"; }
