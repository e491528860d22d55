#!/usr/bin/env bats
# Text of somebody else's in every place from which a command shows some: names, addresses, messages, logs and errors of an API
# that means harm. None of it reaches the terminal as anything but text.
bats_require_minimum_version 1.5.0
load ../lib/helper

setup() {
    local api
    clean_home "$BATS_TEST_TMPDIR"
    mkdir -p "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
    python3 "$top/tests/lib/hostile_api.py" >"$BATS_TEST_TMPDIR/port" 3>&- &
    SERVER=$!
    until [ -s "$BATS_TEST_TMPDIR/port" ]; do kill -0 $SERVER && sleep 0.02; done
    URL=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")
    for api in STORAGE BUILD RUN REGISTRY LOGGING SERVICE_USAGE RESOURCE_MANAGER IAM_CREDENTIALS OAUTH BILLING; do
        export "CRDEPLOY_ENDPOINT_$api=$URL"
    done
    export CRDEPLOY_ACCESS_TOKEN=t CRDEPLOY_RETRY_MS=1 CLOUDSDK_CORE_PROJECT=p CLOUDSDK_RUN_REGION=l
}
teardown() { kill "$SERVER"; }

# harmless FILE WHAT: no control but newline and tab, none of writing direction, and nothing but UTF-8.
harmless() {
    local found
    found=$(LC_ALL=C grep -aP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xd8\x9c' "$1" |
        cat -v)
    [ -z "$found" ] && iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || { echo "$2: not clean: $found"; return 1; }
}
# shows COMMAND...: what the API says is shown, with status 0 or not, and cleaned; on a terminal as in a pipe.
shows() {
    "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 || true
    grep -q EVIL "$BATS_TEST_TMPDIR/out" || { echo "$*: shows nothing foreign"; cat -v "$BATS_TEST_TMPDIR/out"; return 1; }
    harmless "$BATS_TEST_TMPDIR/out" "$*"
}

@test "what an API says steers no terminal, whatever command shows it" {
    local line
    while IFS= read -r line; do
        # shellcheck disable=SC2086
        shows crdeploy $line
        # shellcheck disable=SC2086
        shows crdeploy $line --json
    done <<'COMMANDS'
services list
services describe s
url s
open s
revisions list s
revisions describe r --service s
traffic s
traffic s --to-latest
logs s
services delete s --yes
deploy s --image gcr.io/p/i
build gs://b/o.tgz --tag gcr.io/p/i
diff s --image gcr.io/p/i
destroy s
doctor
COMMANDS
    shows crdeploy logs s --color=never
    shows env CLOUDSDK_CORE_ACCOUNT=$'EVIL\e[31m\u202e' crdeploy auth list
    shows crdeploy $'EVIL\e[31m\u202e'
    shows crdeploy $'EVIL\e[31m\u202e' --json
    shows crdeploy check $'EVIL\e[31m\u202e'
    shows crdeploy services list --debug http
    shows crdeploy predict --url "$URL/refuse" '{}'
}

@test "a log in colours has none but ours" {
    crdeploy logs s --color=always >out 2>&1
    grep -q $'\e\[2m' out
    sed 's/\x1b\[[0-9;]*m//g' out >plain
    harmless plain "logs in colours"
    never grep -q $'\e\[35m' out
}

@test "what the model answers goes into a pipe as it is, and to a terminal cleaned" {
    crdeploy predict --url "$URL/raw" '{}' >out
    grep -q $'\e\[35m' out
    TERM=dumb python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' crdeploy predict --url "$URL/raw" '{}' </dev/null >out
    grep -qF '"?[35m"' out
    never grep -q $'\e' out
    printf '{}\n{}\n' >lines
    crdeploy predict --url "$URL/raw" --batch --file lines >out
    [ "$(grep -c 35m out)" = 2 ]
}
