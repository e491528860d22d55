#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# Every call of a build against every way it can fail. Each ends in success or in a clear error, in bounded time; the object
# has the checksum of one that arrived without a fault; and there is never more than one build.
load ../lib/helper
load local.bash

setup_file() {
    load ../lib/helper
    load local.bash
    clean_home "$BATS_FILE_TMPDIR"
    start_local
    cd "$BATS_FILE_TMPDIR" || return
    local api
    for api in STORAGE BUILD RUN REGISTRY IAM_CREDENTIALS LOGGING OAUTH STS SERVICE_USAGE DOCKER; do
        export "CRDEPLOY_ENDPOINT_$api=$URL"
    done
    export CRDEPLOY_RETRY_MS=4 CRDEPLOY_REGION=us-central1
    export GOOGLE_APPLICATION_CREDENTIALS=$BATS_FILE_TMPDIR/credential.json
    curl -sS -f -o /dev/null -H "Authorization: Bearer $TOKEN" "$URL/local/auth" -d '{
        "clients": [{"clientId": "client", "clientSecret": "client-secret"}],
        "refreshTokens": [{"token": "refresh-token", "clientId": "client", "email": "u@example.com"}]}'
    echo '{"type": "authorized_user", "client_id": "client", "client_secret": "client-secret",
        "refresh_token": "refresh-token"}' >"$GOOGLE_APPLICATION_CREDENTIALS"
    mkdir small big slow
    printf '%s\n' 'FROM scratch' 'COPY data /data' >small/Dockerfile
    cp small/Dockerfile big/
    printf '%s\n' 'FROM scratch' '# crdeploy-local-none: sleep 60' >slow/Dockerfile
    head -c 1000 /dev/urandom >small/data
    head -c $((17 << 20)) /dev/urandom >big/data # two chunks of 8 MiB, and one that is less
    reference small
    reference big
}

teardown_file() {
    load local.bash
    stop_local
}

setup() {
    cd "$BATS_FILE_TMPDIR" || return
    project=none
}

ask() { curl -sS -f -H "Authorization: Bearer $TOKEN" "$URL$1" "${@:2}"; }

# build DIR PROJECT [OPTION...]: everything is new in a project that is: bucket, object, repository, and the token.
build() {
    rm -rf "$XDG_CACHE_HOME"
    timeout 30 crdeploy build --no-cache --project "$2" --tag "us-central1-docker.pkg.dev/$2/crdeploy/app:1" "${@:3}" "$1"
}

# sum PROJECT: checksum of the one object of the project's bucket; nothing when there is none.
sum() { ask "/storage/v1/b/$1_cloudbuild/o?prefix=source" 2>/dev/null | jq -r '.items[]?.crc32c'; }

# The object that a build without faults makes, byte for byte what is in the directory.
reference() {
    local name
    build "$1" "reference-$1" >/dev/null 2>"$1.err"
    name=$(ask "/storage/v1/b/reference-$1_cloudbuild/o?prefix=source" | jq -r '.items[0].name')
    ask "/reference-$1_cloudbuild/$name" | tar -xzO ./data data 2>/dev/null | cmp - "$1/data"
    sum "reference-$1" >"$1.sum"
}

# fault MATCH [SKIP] JSON
fault() { ask /local/faults -o /dev/null -d '{"match": "'"$1"'", "skip": '"${3:-0}"', '"$2"'}'; }

# verdict DIR PROJECT WHAT: of the run that just ended.
verdict() {
    local builds object
    builds=$(ask "/v1/projects/$2/locations/global/builds" | jq '.builds | length')
    object=$(sum "$2")
    if [ "$status" -eq 0 ]; then
        [[ $output == *@sha256:* ]] && [ "$builds" -eq 1 ] && [ -n "$object" ]
    else
        [[ $status =~ ^[1-5]$ && $stderr == *"crdeploy: "??????????* && $builds -le 1 ]]
    fi && { [ -z "$object" ] || [ "$object" = "$(cat "$1.sum")" ]; } && return
    echo "$3: exit status $status, $builds builds, object '$object', not '$(cat "$1.sum")': $output$stderr"
    return 1
}

transient=('"action": "status", "status": 408' '"action": "status", "status": 429, "retry_after": 1'
    '"action": "status", "status": 500' '"action": "status", "status": 503' '"action": "reset"'
    '"action": "reset", "after_bytes": 50' '"action": "lost", "rst": 1' '"action": "lost"' '"action": "truncate"'
    '"action": "expire-token"')
lasting=('"action": "status", "status": 503' '"action": "reset"' '"action": "status", "status": 403'
    '"action": "bad-json"')

serial=0
# trial DIR MATCH SKIP FAULT [MATCH SKIP FAULT]...: faults that pass must be outlived, and must have happened.
trial() {
    local dir=$1 what="${*:2}"
    serial=$((serial + 1))
    project=t$BATS_TEST_NUMBER-$serial
    while [ $# -gt 1 ]; do
        fault "$2" "$4" "$3"
        set -- "$1" "${@:5}"
    done
    run --separate-stderr build "$dir" "$project"
    left=0
    [[ $(ask /local/faults) =~ \[\] ]] || left=1
    [ "$left" -eq 0 ] || ask /local/faults -o /dev/null -X DELETE
    verdict "$dir" "$project" "$what"
}

# outlives DIR MATCH SKIP: every fault that passes, once; and every one that stays ends in a clear error.
outlives() {
    local row
    for row in "${transient[@]}"; do
        trial "$1" "$2" "$3" "$row"
        [ "$status" -eq 0 ] || { echo "$2, $row: exit status $status: $stderr"; return 1; }
        [ "$left" -eq 0 ] || { echo "$2, $row: did not happen"; return 1; }
    done
    for row in "${lasting[@]}"; do
        trial "$1" "$2" "$3" "$row"', "times": -1'
    done
}

@test "the token" {
    unset 'transient[-1]' # what gives tokens is asked without one
    outlives small "POST /token" 0
}
@test "the bucket: get" { outlives small "GET /storage/v1/b/*_cloudbuild" 0; }
@test "the bucket: insert" { outlives small "POST /storage/v1/b" 0; }
@test "the bucket: list" { outlives small "GET /storage/v1/b" 0; }
@test "the object: get" { outlives small "GET /storage/v1/b/*_cloudbuild/o/*" 0; }
@test "the upload: start" { outlives small "POST /upload/*" 0; }
@test "the upload: first chunk" { outlives big "PUT /upload/*" 0; }
@test "the upload: a chunk in the middle" { outlives big "PUT /upload/*" 1; }
@test "the upload: last chunk, which makes the object" { outlives big "PUT /upload/*" 2; }
@test "the repository: get" { outlives small "GET */repositories/*" 0; }
@test "the repository: create" { outlives small "POST */repositories" 0; }
@test "the repository: its operation" { outlives small "GET */operations/*" 0; }
@test "the build: create" { outlives small "POST */builds" 0; }
@test "the build: get" { outlives small "GET */builds/*" 0; }
@test "the build: its log" { outlives small "GET /storage/v1/b/*logs*/o/*" 0; }

@test "the upload: the question how much is held" {
    local row
    for row in "${transient[@]}"; do
        trial big "PUT /upload/*" 1 '"action": "reset", "after_bytes": 300000' "PUT /upload/*" 1 "$row"
        [ "$status" -eq 0 ] && [ "$left" -eq 0 ] || { echo "$row: exit status $status: $stderr"; return 1; }
    done
    trial big "PUT /upload/*" 1 '"action": "reset", "after_bytes": 300000' "PUT /upload/*" 1 '"status": 503, "action": "status", "times": -1'
    ended 5
}

@test "the upload: the service keeps less than it was sent" {
    trial big "PUT /upload/*" 0 '"action": "persist", "persist": 262144' "PUT /upload/*" 1 '"action": "persist", "persist": 0'
    ended 0
    [ "$left" -eq 0 ]
}

@test "the build: looked for after the answer to its creation was lost" {
    local row
    for row in "${transient[@]}"; do
        trial small "POST */builds" 0 '"action": "lost"' "GET */builds" 0 "$row"
        [ "$status" -eq 0 ] && [ "$left" -eq 0 ] || { echo "$row: exit status $status: $stderr"; return 1; }
    done
}

# How often a request was answered, by a fault that is none; those that another fault took are not counted.
count_of() { ask /local/faults | jq --arg match "$1" '1000 - (.faults[] | select(.match == $match).times)'; }

@test "a token that expires in the middle is renewed, and nothing is repeated" {
    local match
    fault "PUT /upload/*" '"action": "expire-token"' 1
    fault "GET */builds/*" '"action": "expire-token"'
    for match in "POST /token" "POST /upload/*" "PUT /upload/*" "POST */repositories" "POST */builds"; do
        fault "$match" '"action": "delay", "delay_ms": 0, "times": 1000'
    done
    run --separate-stderr build big middle
    verdict big middle "expired twice"
    ended 0
    [ "$(count_of 'POST /token')" -eq 3 ]
    [ "$(count_of 'PUT /upload/*')" -eq 3 ]
    for match in "POST /upload/*" "POST */repositories" "POST */builds"; do [ "$(count_of "$match")" -eq 1 ]; done
    ask /local/faults -X DELETE
}

# stop_it PROJECT: Ctrl-C as soon as the build is there; sets status and stderr.
stop_it() {
    local pid
    rm -rf "$XDG_CACHE_HOME"
    crdeploy build --no-cache --project "$1" --tag "us-central1-docker.pkg.dev/$1/crdeploy/app:1" slow \
        >/dev/null 2>"$1.err" 3>&- &
    pid=$!
    for _ in $(seq 200); do
        grep -q '^build: WORKING' "$1.err" && break
        sleep 0.05
    done
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    stderr=$(cat "$1.err")
}

@test "the build: cancel" {
    local row state
    for row in "${transient[@]}" '"action": "status", "status": 403'; do
        project=cancel-$((++serial))
        fault "POST *:cancel" "$row"
        stop_it "$project"
        state=$(ask "/v1/projects/$project/locations/global/builds" | jq -c '[.builds[].status]')
        [ "$status" -eq 130 ] && [[ $stderr == *"interrupted"* ]] || { echo "$row: exit status $status: $stderr"; return 1; }
        [[ $row == *403* || $state == '["CANCELLED"]' ]] || { echo "$row: $state: $stderr"; return 1; }
        ask /local/faults -o /dev/null -X DELETE
    done
}
