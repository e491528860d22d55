#!/usr/bin/env bats
# Many clients of the server at once: that none waits for good, and that they hold no more memory than there is for
# them. Counts and bytes, never rates; the times are only so that a server that hangs ends the test.

load ../lib/server.bash

crowd() { # OPTION=VALUE...: the client's JSON in $output
    output=$("$BUILD/tests/lib/crowd_client" "$port" "$@") || { echo "$* $output"; return 1; }
}

# The server is stopped while the first requests are sent, so it finds all of them ready at once.
serve_crowds() { # KEEP
    local clients body
    start CRDEPLOY_QUEUE=4096
    body=$(tensor x INT64 '[1]' '[7]')
    for clients in 127 128 129 256 512 513 600 2000; do
        crowd clients="$clients" keep="$1" pid="$pid" within=40
        is "$(jq .ok <<<"$output")" $((4 * clients))
        crowd clients="$clients" keep="$1" pid="$pid" within=40 path=/predict body="$body"
        is "$(jq .ok <<<"$output")" $((4 * clients))
        is "$(curl -sS -m 5 "$url/live")" '{"live":true}'
    done
    finish
    is "$ended" 0
}

@test "any number of clients that are ready at once is served, over connections that are kept" {
    serve_crowds 1
}

@test "any number of clients that are ready at once is served, over a connection for each request" {
    serve_crowds 0
}

rss_kib() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$pid/status"; }

# A sanitizer has memory of its own, beside what the server uses and after it was freed.
measurable() { ! nm "$SERVER" 2>/dev/null | grep -q '__[at]san_init'; }

# took_at_most KIB LIMIT
took_at_most() {
    [ "$1" -le "$2" ] || ! measurable || { echo "$1 KiB, more than $2"; return 1; }
}

# comes_back_to KIB: the resident memory, within two seconds
comes_back_to() {
    measurable || return 0
    for _ in $(seq 40); do
        [ "$(rss_kib)" -gt "$1" ] || return 0
        sleep 0.05
    done
    echo "$(rss_kib) KiB, more than $1"
    return 1
}

@test "ten thousand idle connections are held in 20 KiB each, others are served, and the memory comes back" {
    idle=$(($(ulimit -Hn) - 500))
    [ "$idle" -le 10000 ] || idle=10000
    [ "$idle" -ge 10000 ] || [ -z "$NO_SKIP" ]
    start
    before=$(rss_kib)
    "$BUILD/tests/lib/crowd_client" "$port" idle="$idle" clients=8 requests=2000 >"$BATS_TEST_TMPDIR/crowd" 3>&- &
    crowd=$!
    most=0
    while kill -0 "$crowd" 2>/dev/null; do
        now=$(rss_kib)
        [ "$now" -le "$most" ] || most=$now
        sleep 0.05
    done
    wait "$crowd"
    is "$(jq -c '[.idle, .ok]' "$BATS_TEST_TMPDIR/crowd")" "[$idle,16000]"
    took_at_most $((most - before)) $((20 * idle))
    comes_back_to $((before + 8192))
}

# A connection that stays open, as descriptor $opened; its first answer's status in $code.
open_one() {
    exec {opened}<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /live HTTP/1.1\r\nHost: x\r\n\r\n' >&"$opened"
    read -r -t 10 _ code _ <&"$opened"
}

@test "at its limit of connections the server says so, and serves again when one has left" {
    start CRDEPLOY_CONNECTIONS=3
    open_one && first=$opened && is "$code" 200
    open_one && is "$code" 200
    open_one && is "$code" 200
    for _ in 1 2 3; do
        run curl -sS -m 9 -i "$url/live"
        [[ $output == *"503 Service Unavailable"*"too many connections are open"* ]]
        [[ $output == *"Connection: close"* && $output == *"Retry-After: 1"* ]]
    done
    exec {first}>&-
    sleep 0.2
    is "$(curl -sS -m 5 "$url/live")" '{"live":true}'
    crowd clients=600 keep=0 within=40 # far above what is refused with an answer: the rest waits, and has its turn
    is "$(jq .answers <<<"$output")" 2400
    is "$(curl -sS -m 5 "$url/live")" '{"live":true}'
}

ticks() { awk '{print $14 + $15}' "/proc/$pid/stat"; }

@test "without a descriptor left the server waits and does not spin, and goes on when there is one" {
    start
    prlimit --pid "$pid" --nofile=$(($(ls "/proc/$pid/fd" | wc -l) + 2)):$(ulimit -Hn)
    open_one && first=$opened && is "$code" 200
    open_one && is "$code" 200
    exec {waiting}<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /live HTTP/1.1\r\nHost: x\r\n\r\n' >&"$waiting"
    sleep 0.3
    before=$(ticks)
    sleep 1.5
    [ $(($(ticks) - before)) -le 20 ] || { echo "$(($(ticks) - before)) of $(getconf CLK_TCK) ticks a second"; return 1; }
    grep -q 'no connection can be accepted: Too many open files' "$log"
    exec {first}>&-
    read -r -t 5 _ code _ <&"$waiting"
    is "$code" 200
}

# slow CLIENTS LENGTH SENT: in the background, until all have sent
slow() {
    python3 "$BATS_TEST_DIRNAME/../lib/slow_clients.py" "$port" "$@" >"$BATS_TEST_TMPDIR/slow" 3>&- &
    slow=$!
    for _ in $(seq 400); do
        grep -q sent "$BATS_TEST_TMPDIR/slow" && return 0
        sleep 0.05
    done
    return 1
}

# statuses: what the slow clients were answered, once all have been, in $output
statuses() {
    wait "$slow"
    output=$(tail -n 1 "$BATS_TEST_TMPDIR/slow" | jq -cS .)
}

@test "slow clients hold no more than the budget, the others are refused at once, and the memory comes back" {
    start CRDEPLOY_REQUEST_MB=64 CRDEPLOY_BODY_S=6
    before=$(rss_kib)
    slow 520 1048576 1048575 # a budget of 32 MiB for bodies: 32 of them
    most=$(rss_kib)
    run curl -sS -m 9 -i -H 'Content-Type: application/json' -d "$(tensor x INT64 '[1]' '[7]')" "$url/predict"
    [[ $output == *"503 Service Unavailable"*"Retry-After: 1"* ]]
    is "$(curl -sS -m 9 "$url/live")" '{"live":true}'
    took_at_most $((most - before)) $(((32 + 16) * 1024))
    statuses
    is "$output" '{"408":32,"503":488}'
    comes_back_to $((before + 8192))
    ask /predict "$(tensor x INT64 '[1]' '[7]')"
    is "$code" 200
    is "$(grep -c '"POST - 408\|"POST /predict 408' "$log")" 32
}

@test "bodies of unknown length count as they grow" {
    start CRDEPLOY_REQUEST_MB=16 CRDEPLOY_BODY_S=4
    before=$(rss_kib)
    slow 40 0 600000 # each grows to 1 MiB: 8 fit
    took_at_most $(($(rss_kib) - before)) $((16 * 1024))
    statuses
    is "$output" '{"408":8,"503":32}'
    comes_back_to $((before + 8192))
}

@test "a request that is sent byte by byte is answered 408 when its time is over, its head as well as its body" {
    start CRDEPLOY_BODY_S=1
    for text in 'GET /live HTTP/1.1\r\nHost: x\r\n' 'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n'; do
        exec {opened}<>"/dev/tcp/127.0.0.1/$port"
        # shellcheck disable=SC2059
        printf "$text" >&"$opened"
        for _ in 1 2 3 4 5 6 7 8; do sleep 0.3; printf 1 >&"$opened" || break; done 2>/dev/null &
        SECONDS=0
        run timeout 9 cat <&"$opened"
        [ "$SECONDS" -lt 6 ]
        [[ $output == *"408 Request Timeout"*"Connection: close"*'"code":"timeout"'* ]]
        exec {opened}>&-
    done
}

@test "a body that is many times as large once it is parsed is refused, and what large ones took comes back" {
    start CRDEPLOY_REQUEST_MB=100 CRDEPLOY_MAX_BODY=33554432
    before=$(rss_kib)
    python3 -c 'print("[" + "{}," * 349000 + "{}]")' >"$BATS_TEST_TMPDIR/objects"
    ask /predict "@$BATS_TEST_TMPDIR/objects"
    is "$code $(jq -r .error.code <<<"$output")" '413 too_large'
    [[ $output == *"bytes once it is parsed: at most 52428800 are taken"* ]]
    python3 -c 'print("{\"inputs\":[{\"name\":\"x\",\"datatype\":\"INT8\",\"shape\":[500000],\"data\":[" + "1," * 499999 + "1]}]}")' \
        >"$BATS_TEST_TMPDIR/numbers"
    ask /predict "@$BATS_TEST_TMPDIR/numbers"
    is "$code" 200
    # at most 32 MiB of what was freed is kept
    comes_back_to $((before + 36 * 1024))
}
