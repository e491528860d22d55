#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# What `logs` shows of a service and `open` of its address, on a local platform without containers. Lines are put into the log of
# the revision as a container engine does.
load ../lib/helper
load local.bash

IMAGE=us-central1-docker.pkg.dev/local/r/app:1
SERVICES=/v2/projects/local/locations/us-central1/services

setup_file() {
    load ../lib/helper
    load local.bash
    clean_home "$BATS_FILE_TMPDIR"
    start_local --server "$BUILD/tests/lib/canary_server"
    mkdir "$BATS_FILE_TMPDIR/context"
    echo 'FROM scratch' >"$BATS_FILE_TMPDIR/context/Dockerfile"
    cd "$BATS_FILE_TMPDIR/context" && crdeploy build --platform local --tag "$IMAGE" >&2
}
teardown_file() {
    load local.bash
    stop_local
}
setup() {
    export CRDEPLOY_PLATFORM=local CRDEPLOY_RETRY_MS=10
    PATH=$BUILD:$PATH
}

# service NAME [MEMBERS]: of this image, open to anybody, ready.
service() {
    local name reply
    name=$(api POST "$SERVICES?serviceId=$1" '{"template": {"revision": "'"$1-1"'", "containers": [{"image": "'$IMAGE'"'"$2"'}]},
        "invokerIamDisabled": true, "traffic": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100, "tag": "blue"}]}' |
        jq -r .name)
    for _ in $(seq 400); do
        reply=$(api GET "/v2/$name")
        [ "$(jq -r .done <<<"$reply")" = true ] && break
        sleep 0.05
    done
}
# line NAME STREAM TEXT: said now.
line() {
    echo "$(date -u +%Y-%m-%dT%H:%M:%S.%N+00:00) $2 F $3" >>"$LOCAL_STATE/logs/${SERVICES#/v2/}/$1/revisions/$1-1.log"
}
# appears FILE TEXT: within a while.
appears() {
    for _ in $(seq 400); do
        grep -qF -- "$2" "$1" && return
        sleep 0.05
    done
    printf 'never said: %s\nsaid: %s\n' "$2" "$(cat "$1")"
    return 1
}

@test "a service's log has its lines in order, with time and severity, requests in short and payloads as text" {
    service plain
    line plain stdout 'loading weights'
    line plain stderr '{"severity":"WARNING","message":"no lock","file":"model.bin","time":"x"}'
    curl -s -o /dev/null "http://plain.localhost:$INGRESS/asked?x=1"
    run --separate-stderr crdeploy logs plain
    ended 0
    [[ ${lines[0]} =~ ^20[0-9-]{8}\ [0-9:]{8}\.[0-9]{3}\ INFO\ +Starting\ new\ instance\.$ ]]
    [[ $output =~ -\ +loading\ weights ]]
    [[ $output =~ WARNING\ +no\ lock\ file=model\.bin ]]
    [[ $output =~ INFO\ +GET\ 200\ [0-9]+\ ms\ /asked\?x=1 ]]
}

@test "severity, revision, limit and time choose" {
    service picky
    line picky stdout '{"severity":"INFO","message":"fine"}'
    line picky stdout '{"severity":"ERROR","message":"broken"}'
    line picky stdout '{"severity":"CRITICAL","message":"worse"}'
    run --separate-stderr crdeploy logs picky --severity error
    [ "${#lines[@]}" -eq 2 ]
    [[ ${lines[0]} = *broken && ${lines[1]} = *worse ]]
    run --separate-stderr crdeploy logs picky --limit 1
    [ "${#lines[@]}" -eq 1 ]
    [[ $output = *worse ]]
    run --separate-stderr crdeploy logs picky --revision picky-2
    [ -z "$output" ]
    [[ $stderr = *"the log of 'picky' has nothing of this since"* ]]
    run --separate-stderr crdeploy logs picky --since 2020-01-01 --revision picky-1 --severity critical
    [ "${#lines[@]}" -eq 1 ]
    run --separate-stderr crdeploy logs picky --since 2100-01-01
    [ -z "$output" ]
}

@test "--json is one document, and colours come only when they are asked for" {
    service json
    line json stdout '{"severity":"ERROR","message":"broken"}'
    run --separate-stderr crdeploy logs json --json --severity error
    [ "$(jq -r '.entries[].jsonPayload.message' <<<"$output")" = broken ]
    run --separate-stderr crdeploy logs json
    [[ $output != *$'\033'* ]]
    run --separate-stderr crdeploy logs json --color always
    [[ $output = *$'\033[31m'ERROR* ]]
}

@test "what is no severity, time or limit is refused before anything is asked" {
    run crdeploy logs x --severity loud
    ended 2
    said "'loud'" warning
    run crdeploy logs x --since never
    ended 2
    said "'never'" 10m
    run crdeploy logs x --limit 99999
    ended 2
    run crdeploy logs
    ended 2
    said "no service is named"
}

@test "--tail shows each line once as it comes, and Ctrl-C ends it cleanly" {
    service tail
    for n in $(seq 20); do line tail stdout "old $n."; done
    crdeploy logs tail --tail >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    pid=$!
    appears "$BATS_TEST_TMPDIR/out" "old 20."
    for n in 1 2 3; do
        line tail stdout "new $n."
        appears "$BATS_TEST_TMPDIR/out" "new $n."
    done
    curl -s -o /dev/null "http://tail.localhost:$INGRESS/now"
    appears "$BATS_TEST_TMPDIR/out" "/now"
    kill -INT $pid
    wait $pid
    [ ! -s "$BATS_TEST_TMPDIR/err" ]
    [ "$(sort "$BATS_TEST_TMPDIR/out" | uniq -d)" = "" ]
    [ "$(grep -c 'old ' "$BATS_TEST_TMPDIR/out")" -eq 10 ] # those before are ten, and no more come later
}

@test "--tail --json is a line for each entry" {
    service rows
    crdeploy logs rows --tail --json >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    pid=$!
    line rows stdout "one"
    appears "$BATS_TEST_TMPDIR/out" '"one"'
    kill -TERM $pid
    wait $pid
    [ "$(jq -s 'map(select(.textPayload == "one")) | length' "$BATS_TEST_TMPDIR/out")" -eq 1 ]
}

@test "open shows a service, or a tag of it, in the browser" {
    service shown
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "$1" >%q\n' "$BATS_TEST_TMPDIR/opened" >"$BATS_TEST_TMPDIR/browser"
    chmod +x "$BATS_TEST_TMPDIR/browser"
    BROWSER=$BATS_TEST_TMPDIR/browser run --separate-stderr crdeploy open shown
    ended 0
    [ "$output" = "http://shown.localhost:$INGRESS" ]
    touch "$BATS_TEST_TMPDIR/opened"
    appears "$BATS_TEST_TMPDIR/opened" "http://shown.localhost:$INGRESS"
    BROWSER=$BATS_TEST_TMPDIR/browser run --separate-stderr crdeploy open shown --tag blue --json
    [ "$(jq -c . <<<"$output")" = '{"url":"http://blue---shown.localhost:'"$INGRESS"'","opened":true}' ]
    appears "$BATS_TEST_TMPDIR/opened" "http://blue---shown"
}

@test "open without a browser prints the address; what is not there is named" {
    service alone
    run --separate-stderr env -u BROWSER -u DISPLAY -u WAYLAND_DISPLAY crdeploy open alone
    ended 0
    [ "$output" = "http://alone.localhost:$INGRESS" ]
    [[ $stderr = *"there is no browser here"* ]]
    run crdeploy open alone --tag green
    ended 1
    said "has no tag 'green'"
    run crdeploy open alone --console
    ended 2
    said "has no console"
    run crdeploy open alone --console --tag green
    ended 2
}

@test "what a container writes steers no terminal" {
    service rude
    line rude stdout $'EVIL \e[35m\u009b31m\u202e'
    crdeploy logs rude >"$BATS_TEST_TMPDIR/out" 2>&1
    crdeploy local logs rude >>"$BATS_TEST_TMPDIR/out" 2>&1
    [ "$(grep -c 'EVIL ?\[35m?31m?$' "$BATS_TEST_TMPDIR/out")" = 2 ] || { cat -v "$BATS_TEST_TMPDIR/out"; false; }
}

# foreign_uri URI COMMAND...: crdeploy against an API that gives a service this address.
foreign_uri() {
    local port
    rm -f "$BATS_TEST_TMPDIR/port"
    URI=$1 python3 - >"$BATS_TEST_TMPDIR/port" 3>&- <<'PY' &
import http.server, json, os

class Service(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"name": "projects/p/locations/l/services/s", "uri": os.environ["URI"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

server = http.server.HTTPServer(("127.0.0.1", 0), Service)
print(server.server_port, flush=True)
server.handle_request()
PY
    until [ -s "$BATS_TEST_TMPDIR/port" ]; do sleep 0.02; done
    port=$(cat "$BATS_TEST_TMPDIR/port")
    run env CRDEPLOY_PLATFORM=managed CRDEPLOY_ENDPOINT_RUN="http://127.0.0.1:$port" CRDEPLOY_ACCESS_TOKEN=t \
        BROWSER="$BATS_TEST_TMPDIR/browser" crdeploy "${@:2}" --project p --region l
    wait
}

@test "open gives a browser nothing but an address" {
    local uri
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "$1" >%q\n' "$BATS_TEST_TMPDIR/opened" >"$BATS_TEST_TMPDIR/browser"
    chmod +x "$BATS_TEST_TMPDIR/browser"
    for uri in --version -remote 'file:///etc/passwd' 'javascript:alert(1)' 'https://a b' 'https://a"b' $'https://a\e[31mb' \
        'https://a'"'"'b' 'https://exämple' 'http://' 'https:///x' 'https://a`b' 'ftp://a' $'https://a\nb' ' https://a'; do
        foreign_uri "$uri" open s
        ended 1
        said "is not an address that a browser is given"
        [ ! -e "$BATS_TEST_TMPDIR/opened" ]
    done
    foreign_uri 'https://s-abc.a.run.app/x?y=%20#z' open s
    ended 0
    touch "$BATS_TEST_TMPDIR/opened"
    appears "$BATS_TEST_TMPDIR/opened" 'https://s-abc.a.run.app/x?y=%20#z'
}
