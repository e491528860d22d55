#!/usr/bin/env bats
# predict: where requests come from, many of them, how long they take, a service that starts, a private one, a tag.
# Against tests/lib/fixture_server, which answers by the path it is asked, and against the local platform.
bats_require_minimum_version 1.5.0
load ../lib/helper

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    export CRDEPLOY_RETRY_MS=10
    mkdir -p "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
}
teardown() {
    [ -z "$fixture" ] || kill "$fixture" 2>/dev/null || true
    [ -z "$platform" ] || crdeploy local down 2>/dev/null || true
}

# serve: the fixture on a port of its own; $at is its address.
serve() {
    PORT=0 "$BUILD/tests/lib/fixture_server" >"$BATS_TEST_TMPDIR/port" 3>&- &
    fixture=$!
    until grep -qs listening "$BATS_TEST_TMPDIR/port"; do kill -0 "$fixture" && sleep 0.02; done
    at=http://127.0.0.1:$(sed -n 's/^listening on //p' "$BATS_TEST_TMPDIR/port")
}
# ask PATH OPTION...: stdout and stderr apart.
ask() {
    local path=$1
    shift
    run --separate-stderr crdeploy predict --url "$at" --path "$path" "$@"
}
# told TEXT...: stderr has each of them.
told() {
    local output=$stderr
    said "$@"
}

# deployed: the tensor example on a platform without containers; the server is the echo.
deployed() {
    export CRDEPLOY_PLATFORM=local
    platform=yes
    crdeploy local up --runtime none --port 0 --ingress-port 0 2>/dev/null 3>&-
    crdeploy init linear --from tensor-linear 2>/dev/null
    sed -i '/^samples:/,$d' crdeploy.yaml # an echo knows no answers
    crdeploy deploy "$@" >uri 2>/dev/null
}

@test "a request comes from the command line, a file or standard input" {
    serve
    echo '{"a": 1}' >request.json
    local want='{"a": 1}'
    for words in "$want" @request.json -; do
        ask /echo "$words" <request.json
        ended 0
        [ "$output" = "$want" ]
    done
    for file in request.json -; do
        ask /echo --file "$file" <request.json
        [ "$output" = "$want" ]
    done
    ask /echo --file request.json '{}'
    ended 2
    told "given twice"
    ask /echo
    ended 2
    told "REQUEST is missing"
}

@test "what does not go together is refused before anything is sent" {
    at=http://127.0.0.1:1
    ask / --batch --repeat 2 @x
    ended 2
    told "do not go together"
    ask / --parallel 2 '{}'
    told "--batch" "--repeat"
    ask / --parallel 257 --batch -
    told "1 to 256"
    ask / --repeat -1 '{}'
    told "--repeat 20"
    ask / --batch '{}'
    told "--file FILE"
    ask / --wait soon '{}'
    ended 2
    told "--wait: 'soon'"
    printf '{"a": 1}\n{"a": 2}\n' >lines
    ask / @lines
    ended 2
    told "lines:2:" "with --batch"
}

@test "a batch is answered line by line in the order it was asked, however many run at a time" {
    serve
    seq 60 -1 1 >lines # the first ones take longest
    for n in 1 8; do
        ask /nap --batch --file lines --parallel "$n"
        ended 0
        [ "$output" = "$(cat lines)" ]
        told "60 requests, 0 failed; min "
    done
    printf '1\n\n  \n2\r\n3' >lines # blank lines are none, and the last one needs no end
    ask /nap --batch - <lines
    [ "$output" = $'1\n2\n3' ]
    ask /nap --batch - </dev/null
    ended 0
    [ -z "$output" ]
}

@test "a line of a batch that fails says so in its place, and the others go on" {
    serve
    printf '{"a": 1}\n{"a"\n{"a": 3}\n' >lines
    ask /echo --batch --parallel 2 @lines
    ended 2
    [ "$(sed -n 1p <<<"$output")" = '{"a":1}' ]
    [ "$(sed -n 2p <<<"$output" | jq -r .error.code)" = usage ]
    [[ $(sed -n 2p <<<"$output" | jq -r .error.message) == "lines:2:"*"no JSON"* ]]
    [ "$(sed -n 3p <<<"$output")" = '{"a":3}' ]
    told "3 requests, 1 failed" "1 of 3 requests failed"
    printf '1\n2\n' >lines
    ask /status/500 --batch @lines
    ended 7
    [ "$output" = $'{"error":{"message":"as asked"}}\n{"error":{"message":"as asked"}}' ]
    ask /status/422 --batch @lines
    ended 6
}

@test "a batch with --json is one document, row by row" {
    serve
    printf '1\n{\n3\n' >lines
    ask /nap --json --timing --batch --parallel 3 @lines
    ended 2
    [ "$(jq -c '[.results[].line]' <<<"$output")" = '[1,2,3]' ]
    [ "$(jq -c '[.results[].response]' <<<"$output")" = '[1,null,3]' ]
    [ "$(jq -r '.results[1].error.code' <<<"$output")" = usage ]
    [ "$(jq -c '[.stats.requests, .stats.failed]' <<<"$output")" = '[3,1]' ]
    jq -e '.results[0].timing.total_ms >= .results[0].timing.first_byte_ms' <<<"$output"
    ask /nap --json --batch - </dev/null
    [ "$(jq -c '[.results, .stats.requests, .stats.min_ms]' <<<"$output")" = '[[],0,null]' ]
}

@test "--repeat tells how long answers took" {
    serve
    ask /echo --repeat 20 --parallel 4 '{"a": 1}'
    ended 0
    [ "$output" = '{"a": 1}' ]
    told "20 requests, 0 failed; min " "median" "95 % within" "max"
    ask /echo --repeat 5 --json '{"a": 1}'
    [ "$(jq -c '[.response, .stats.requests, .stats.failed]' <<<"$output")" = '[{"a":1},5,0]' ]
    jq -e '.stats | .min_ms > 0 and .min_ms <= .median_ms and .median_ms <= .p95_ms and .p95_ms <= .max_ms' <<<"$output"
    ask /status/500 --repeat 3 '{}'
    ended 7
    told "3 of 3 requests failed" "as asked"
}

@test "--timing tells the steps of a request, and cold or warm where the server says it" {
    serve
    ask /cold --timing '{}'
    ended 0
    [ "$output" = '{}' ]
    told "DNS " "connected " "TLS -" "first byte " "cold, 7 ms in the server"
    ask /echo --timing '{}'
    told "cold or warm is not said"
    ask /cold --timing --json '{}'
    [ "$(jq -c '[.cold, .server_ms, .timing.tls_ms, .timing.kept]' <<<"$output")" = '[true,7,null,false]' ]
    jq -e '.timing | 0 < .connect_ms and .connect_ms <= .first_byte_ms and .first_byte_ms <= .total_ms' <<<"$output"
    ask /echo --json '{}'
    [ "$(jq -c '[.cold, .server_ms, .timing]' <<<"$output")" = '[null,null,null]' ]
}

@test "a service that starts is waited for, and not longer than is said" {
    serve
    ask /busy/2 --json '{"a": 1}'
    ended 0
    [ "$(jq -c '[.status, .tries, .response]' <<<"$output")" = '[200,3,{"a":1}]' ]
    told "HTTP 503: waiting for the service"
    ask /status/503 --wait 0 '{}'
    ended 7
    told "HTTP 503" "asked 1 time" "--wait waits longer"
    ask /status/429 --wait 1 '{}'
    ended 6
    told "HTTP 429" "--wait"
}

@test "what is answered before a batch is stopped stays, in order" {
    serve
    mkfifo more
    crdeploy predict --url "$at" --path /nap --batch --parallel 2 --json - <more >out 2>err 3>&- &
    local predict=$!
    exec 9>more
    printf '1\n2\n3\n' >&9
    until [ "$(grep -c '"line"' out)" = 3 ]; do kill -0 "$predict" && sleep 0.02; done
    kill -TERM "$predict"
    status=0
    wait "$predict" || status=$? # not by run: the process is not a child of its subshell
    exec 9>&-
    [ "$status" -eq 130 ] || { cat out err; echo "$status"; false; }
    [ "$(jq -c '[.results[].response]' out)" = '[1,2,3]' ]
}

@test "a private service is asked with an identity token, and without one it says what is missing" {
    deployed --no-allow-unauthenticated
    run --separate-stderr crdeploy predict --json --timing @request.json
    ended 0
    [ "$(jq .status <<<"$output")" = 200 ]
    [ "$(jq -c '.cold' <<<"$output")" = true ]
    run --separate-stderr crdeploy predict --json @request.json
    [ "$(jq -c '.cold' <<<"$output")" = false ]
    at=$(cat uri)
    CRDEPLOY_PLATFORM=managed ask /predict '{}'
    ended 6
    told "HTTP 403" "the service is private" "CRDEPLOY_IDENTITY_TOKEN"
    CRDEPLOY_PLATFORM=managed CRDEPLOY_IDENTITY_TOKEN=wrong ask /predict '{}'
    ended 6
    told "$at"
}

@test "a tag's revision is asked at the tag's address" {
    deployed
    crdeploy traffic linear --update-tags green=LATEST 2>/dev/null
    run --separate-stderr crdeploy predict --tag green --json @request.json
    ended 0
    [[ $(jq -r .url <<<"$output") == *"//green---"* ]]
    at=$(cat uri)
    ask /predict --tag green --json @request.json
    ended 0
    [[ $(jq -r .url <<<"$output") == *"//green---"* ]]
    run --separate-stderr crdeploy predict --tag red @request.json
    ended 1
    told "has no tag 'red'" "--update-tags"
}
