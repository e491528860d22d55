#!/usr/bin/env bats
# Uploads as large as weights are: killed in the middle, and how much memory they take. No containers.
load ../lib/helper
load local.bash

CHUNK=$((8 << 20))

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    export BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR
    start_local
    mkdir -p "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
    printf 'FROM scratch\nCOPY . /\n' >Dockerfile
}
# The platform may be unpacking gigabytes by then: it is not asked to end that first.
teardown() {
    kill -KILL "$LOCAL_PID"
    wait "$LOCAL_PID" || true
    cd / && rm -rf "$BATS_TEST_TMPDIR/work" "$XDG_STATE_HOME"
}

BUILD_IT=(crdeploy build --platform local --async --tag us-central1-docker.pkg.dev/local/crdeploy/x)
received() { api GET /local/status | jq .upload_bytes; }
objects() { api GET '/storage/v1/b/local_cloudbuild/o?prefix=source/'; }
sessions() { find "$XDG_STATE_HOME/crdeploy/uploads" -type f "$@" | wc -l; }

# What went into the object, byte for byte.
same_as() {
    local name
    name=$(objects | jq -r '.items[0].name | @uri')
    curl -sS -H "Authorization: Bearer $TOKEN" "$URL/storage/v1/b/local_cloudbuild/o/$name?alt=media" | tar -xzO "$1" | cmp - "$1"
}

# AddressSanitizer is slow, and keeps what is freed: less is sent there, and memory is not measured.
sanitized() { grep -q __asan_init "$BUILD/crdeploy"; }

@test "killed in the middle of 1 GiB, the next one sends at most one chunk twice" {
    local at pid size mib=1024
    if sanitized; then mib=128; fi
    head -c ${mib}M /dev/urandom >weights
    at=$(((RANDOM % (mib * 3 / 4) + mib / 20) << 20))
    echo "killed behind $at bytes"
    "${BUILD_IT[@]}" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    while [ "$(received)" -lt $at ]; do
        kill -0 $pid || { cat "$BATS_TEST_TMPDIR/out"; false; }
    done
    kill -KILL $pid
    wait $pid || true
    [ "$(objects | jq '.items | length')" -eq 0 ]
    [ "$(sessions -perm 600)" -eq 1 ]
    run "${BUILD_IT[@]}"
    ended 0
    said "going on with an upload that was cut short"
    size=$(objects | jq -r '.items[0].size')
    echo "$(received) bytes arrived for an object of $size"
    [ "$(received)" -ge "$size" ]
    [ "$(received)" -le $((size + CHUNK)) ]
    [ "$(sessions)" -eq 0 ]
    same_as weights
}

# A background child of a shell ignores SIGINT; SIGTERM is taken the same way.
@test "stopped in the middle, it cancels the session and leaves nothing" {
    local pid status=0
    head -c 512M /dev/urandom >weights
    "${BUILD_IT[@]}" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    while [ "$(received)" -lt $((32 << 20)) ]; do
        kill -0 $pid || { cat "$BATS_TEST_TMPDIR/out"; false; }
    done
    kill -TERM $pid
    wait $pid || status=$?
    [ "$status" -eq 130 ]
    [ "$(sessions)" -eq 0 ]
    [ -d "$LOCAL_STATE/data" ]
    [ -z "$(ls -A "$LOCAL_STATE/data")" ]
    [ "$(objects | jq '.items | length')" -eq 0 ]
}

# peak COMMAND...: the most memory it held at once, in KiB.
peak() {
    local pid most=0 now
    "$@" >>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    while now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$pid/status 2>/dev/null) && [ -n "$now" ]; do
        most=$now
        sleep 0.02
    done
    wait $pid || { cat "$BATS_TEST_TMPDIR/out" >&2; return 1; }
    echo "$most"
}

@test "4 GiB take the memory of 256 MiB, and no more than 64 MiB" {
    local small large i
    if sanitized; then return 0; fi
    head -c 256M /dev/urandom >shard-00
    small=$(peak "${BUILD_IT[@]}")
    for i in $(seq 1 15); do ln shard-00 "shard-$(printf %02d "$i")"; done
    large=$(peak "${BUILD_IT[@]}")
    echo "256 MiB: $small KiB, 4 GiB: $large KiB"
    [ "$(received)" -gt $((17 << 28)) ]
    [ "$large" -le $((64 << 10)) ]
    [ "$large" -le $((small + (4 << 10))) ]
}

@test "what is there already is not sent again" {
    head -c 1M /dev/urandom >weights
    touch -d 2020-01-01 weights
    run "${BUILD_IT[@]}"
    ended 0
    before=$(received)
    run "${BUILD_IT[@]}"
    ended 0
    said "the build context is unchanged"
    [ "$(received)" -eq "$before" ]
}
