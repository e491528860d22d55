#!/usr/bin/env bats
# The server with the echo in place of ONNX Runtime, over loopback: routing, limits, queueing, draining.
# NO_SKIP=1 turns a missing program into a failure.

load ../lib/server.bash

@test "a tensor goes in and comes out, on both paths" {
    start
    ask /predict "$(tensor x FP32 '[1,2]' '[[1,2.5]]')"
    is "$code" 200
    is "$output" '{"model_name":"linear","outputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1.0,2.5]}]}'
    ask /v2/models/linear/infer "$(tensor x INT64 '[1]' '[7]')"
    is "$code" 200
    is "$(jq -c .outputs[0].data <<<"$output")" '[7]'
    finish
    is "$ended" 0
}

@test "a question is answered with a bare JSON string" {
    cp "$BATS_TEST_DIRNAME/../../examples/tiny-distilbert-qa/tokenizer.json" "$dir"
    jq -n '{name: "qa", task: "question-answering", files: {model: "model.onnx", tokenizer: "tokenizer.json"}}' >"$dir/model.json"
    start
    ask /predict '{"context": "Roses are red", "question": "What am I?"}'
    is "$code" 200
    is "$output" '"roses"'
    ask /v2 ''
    is "$code" 404
    finish
}

@test "an unpacked build context is served as it is" {
    mkdir "$dir/model"
    mv "$dir/model.onnx" "$dir/model"
    jq '.files.model = "model/model.onnx" | .samples = []' "$dir/model.json" >"$dir/crdeploy.json"
    rm "$dir/model.json"
    start
    is "$(curl -sS "$url/" | jq -r .files.model)" model/model.onnx
}

@test "refusals are JSON and say why" {
    start CRDEPLOY_MAX_BODY=200
    ask /nowhere '{}'
    is "$code $(jq -r .error.code <<<"$output")" '404 not_found'
    ask /predict 'no json'
    is "$code $(jq -r .error.code <<<"$output")" '400 bad_request'
    ask /predict '{}'
    is "$code $(jq -r .error.message <<<"$output")" '400 inputs is missing, or not an array of tensors'
    ask /predict ''
    is "$code" 400
    is "$(curl -sS -m 9 -o /dev/null -w '%{http_code}' -d '{}' "$url/predict")" 415 # curl says it is a form
    is "$(curl -sS -m 9 -H 'Content-Type: text/plain' -d '{}' "$url/predict" | jq -r .error.code)" unsupported_media_type
    is "$(curl -sS -m 9 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json; charset=utf-8' -d '{}' "$url/predict")" 400
    is "$(curl -sS -m 9 -o /dev/null -w '%{http_code}' -H 'Content-Type:' -d '{}' "$url/predict")" 400
    ask /predict "$(printf '%0201d' 0)"
    is "$code $(jq -r .error.code <<<"$output")" '413 too_large'
    ask /predict "$(printf '%0201d' 0)" -H 'Transfer-Encoding: chunked'
    is "$code" 413
    ask /predict "$(printf '%0200d' 0)"
    is "$code" 400
    run curl -sS -m 9 -i "$url/predict"
    [[ $output == *"405 Method Not Allowed"*Allow:\ POST* ]]
    run curl -sS -m 9 -i -X DELETE "$url/ready"
    [[ $output == *"405 Method Not Allowed"*Allow:\ GET,\ HEAD* ]]
}

@test "a body of megabytes is refused with an answer, not with a broken connection" {
    start
    head -c 8000000 /dev/zero >"$BATS_TEST_TMPDIR/zeros"
    ask /predict "@$BATS_TEST_TMPDIR/zeros"
    is "$code" 413
    ask /predict "@$BATS_TEST_TMPDIR/zeros" -H 'Expect:'
    is "$code" 413
    ask /predict "@$BATS_TEST_TMPDIR/zeros" -H 'Expect:' -H 'Transfer-Encoding: chunked'
    is "$code" 413
}

@test "requests that no client should send are refused or answered, none is taken for two, and the server goes on" {
    start CRDEPLOY_BODY_S=1 CRDEPLOY_IDLE_S=2
    run python3 "$BATS_TEST_DIRNAME/../lib/odd_requests.py" "$port"
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
    ask /predict "$(tensor x INT64 '[1]' '[7]')"
    is "$code" 200
    finish
    is "$ended" 0
}

@test "HEAD has the headers of GET and no body" {
    start
    run curl -sS -m 9 -I "$url/"
    [[ $output == *"200 OK"*"Content-Type: application/json"*"Content-Length: "[1-9]* ]]
}

@test "one connection carries many requests" {
    start
    run curl -sS -m 9 -o /dev/null -w '%{num_connects} ' "$url/live" "$url/nowhere" "$url/ready"
    [[ $output == *"1 "*"0 "*"0 "* ]] || { echo "$output"; return 1; }
}

@test "requests sent without waiting are answered in their order" {
    start
    exec 8<>"/dev/tcp/127.0.0.1/$port"
    body=$(tensor x INT64 '[1]' '[7]')
    printf 'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%sGET /nowhere HTTP/1.1\r\nHost: x\r\n\r\nGET /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' \
        "${#body}" "$body" >&8
    run timeout 10 cat <&8
    exec 8>&-
    is "$(grep -ao 'HTTP/1.1 [0-9]*' <<<"$output" | tr '\n' ' ')" 'HTTP/1.1 200 HTTP/1.1 404 HTTP/1.1 200 '
}

@test "a connection that says nothing, or half of something, is closed" {
    start CRDEPLOY_IDLE_S=1
    for text in '' 'POST /predict HTTP/1.1\r\nHost:' 'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{'; do
        exec 8<>"/dev/tcp/127.0.0.1/$port"
        # shellcheck disable=SC2059
        printf "$text" >&8
        SECONDS=0
        timeout 10 cat <&8 >/dev/null
        [ "$SECONDS" -lt 6 ]
        exec 8>&-
    done
    is "$(curl -sS -m 9 "$url/live")" '{"live":true}'
    finish
    is "$ended" 0
}

@test "a megabyte of context is read or refused within the time a request has, and the next is answered" {
    cp "$BATS_TEST_DIRNAME/../../examples/tiny-distilbert-qa/tokenizer.json" "$dir"
    jq -n '{name: "qa", task: "question-answering", files: {model: "model.onnx", tokenizer: "tokenizer.json"}}' >"$dir/model.json"
    start CRDEPLOY_WAIT_S=5
    { printf '{"question":"what?","context":"'; head -c 1040000 /dev/zero | tr '\0' '?'; printf '"}'; } >"$BATS_TEST_TMPDIR/long"
    SECONDS=0
    ask /predict "@$BATS_TEST_TMPDIR/long"
    [ "$SECONDS" -lt 12 ]
    [ "$code" = 200 ] || is "$code $(jq -r .error.code <<<"$output")" '503 unavailable'
    ask /predict '{"context": "Roses are red", "question": "What?"}'
    is "$code $output" '200 "roses"'
}

@test "SIGTERM while the model is loaded ends with 0, whatever is not there yet" {
    rm "$dir/model.onnx"
    mkfifo "$dir/model.onnx" # opening it takes until someone writes
    env MODEL_DIR="$dir" LISTEN_ADDR=127.0.0.1 PORT=0 "$SERVER" >"$BATS_TEST_TMPDIR/log" 3>&- &
    pid=$!
    for _ in $(seq 100); do
        port=$(sed -n 's/.*"listening on 127.0.0.1:\([0-9]*\) .*/\1/p' "$BATS_TEST_TMPDIR/log")
        [ -z "$port" ] || break
        sleep 0.05
    done
    is "$(curl -sS -m 9 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/ready")" 503
    is "$(curl -sS -m 9 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/live")" 200
    SECONDS=0
    finish
    is "$ended" 0
    [ "$SECONDS" -lt 3 ]
}

@test "the reply says how long it took and whether it was the first" {
    start
    run curl -sS -m 9 -i -d "$(tensor delay_ms INT64 '[1]' '[50]')" -H 'Content-Type: application/json' "$url/predict"
    [[ $output == *"X-Crdeploy-Cold: true"* ]]
    ms=$(sed -n 's/^X-Crdeploy-Ms: \([0-9]*\)\..*/\1/p' <<<"$output")
    [ "$ms" -ge 50 ] && [ "$ms" -lt 5000 ]
    run curl -sS -m 9 -i -d "$(tensor x INT64 '[1]' '[5]')" -H 'Content-Type: application/json' "$url/predict"
    [[ $output == *"X-Crdeploy-Cold: false"* ]]
}

@test "the queue is bounded, and what is refused says when to come again" {
    start CRDEPLOY_QUEUE=1
    for i in 1 2 3 4 5 6; do
        curl -sS -m 20 -i -d "$(tensor delay_ms INT64 '[1]' '[700]')" -H 'Content-Type: application/json' "$url/predict" \
            >"$BATS_TEST_TMPDIR/reply.$i" 3>&- &
    done
    for job in $(jobs -p); do [ "$job" = "$pid" ] || wait "$job"; done
    is "$(grep -l '200 OK' "$BATS_TEST_TMPDIR"/reply.* | wc -l)" 2
    is "$(grep -l '503 Service Unavailable' "$BATS_TEST_TMPDIR"/reply.* | wc -l)" 4
    is "$(grep -l 'Retry-After: 1' "$BATS_TEST_TMPDIR"/reply.* | wc -l)" 4
}

@test "SIGTERM lets what is under way be answered, takes nothing new, and ends with 0" {
    start
    curl -sS -m 20 -i -d "$(tensor delay_ms INT64 '[1]' '[1500]')" -H 'Content-Type: application/json' "$url/predict" \
        >"$BATS_TEST_TMPDIR/reply" 3>&- &
    asker=$!
    sleep 0.5
    kill -TERM "$pid"
    sleep 0.3
    run curl -sS -m 5 "$url/live"
    [ "$status" -ne 0 ]
    wait "$asker"
    grep -q '200 OK' "$BATS_TEST_TMPDIR/reply"
    grep -qi 'Connection: close' "$BATS_TEST_TMPDIR/reply"
    wait "$pid"
    pid=
}

@test "SIGTERM on an idle server with an open connection ends at once" {
    start
    exec 8<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /live HTTP/1.1\r\nHost: x\r\n\r\n' >&8
    read -r line <&8
    [[ $line == *"200 OK"* ]]
    SECONDS=0
    finish
    is "$ended" 0
    [ "$SECONDS" -lt 3 ]
    exec 8>&-
}

@test "a request that outlasts the drain is cut, and a second signal cuts at once" {
    start CRDEPLOY_DRAIN_S=1
    curl -sS -m 20 -d "$(tensor delay_ms INT64 '[1]' '[8000]')" -H 'Content-Type: application/json' "$url/predict" >/dev/null 2>&1 3>&- &
    sleep 0.5
    SECONDS=0
    finish
    is "$ended" 1
    [ "$SECONDS" -lt 4 ]
    grep -q 'stopping with 1 requests unanswered' "$log"

    start
    curl -sS -m 20 -d "$(tensor delay_ms INT64 '[1]' '[8000]')" -H 'Content-Type: application/json' "$url/predict" >/dev/null 2>&1 3>&- &
    sleep 0.5
    kill -TERM "$pid"
    sleep 0.3
    SECONDS=0
    finish
    is "$ended" 1
    [ "$SECONDS" -lt 3 ]
}

@test "each request is one line that Cloud Logging can lift apart" {
    start GOOGLE_CLOUD_PROJECT=my-proj
    ask /predict '{}' -A agent/1 -H 'X-Forwarded-For: 203.0.113.9, 198.51.100.7' \
        -H 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    curl -sS -o /dev/null "$url/ready"
    curl -sS -o /dev/null -I -H 'X-Cloud-Trace-Context: 105445aa7843bc8bf206b12000100000/1;o=1' "$url/"
    finish
    line=$(grep '"HEAD / 200' "$log")
    is "$(jq -c '[."logging.googleapis.com/trace", ."logging.googleapis.com/spanId", ."logging.googleapis.com/trace_sampled"]' <<<"$line")" \
        '["projects/my-proj/traces/105445aa7843bc8bf206b12000100000","0000000000000001",true]'
    jq -es 'length >= 5 and all(.[]; .severity and .message and .time)' "$log"
    line=$(grep '"POST /predict 400' "$log")
    is "$(jq -r '."logging.googleapis.com/trace"' <<<"$line")" projects/my-proj/traces/4bf92f3577b34da6a3ce929d0e0e4736
    is "$(jq -c '.httpRequest | [.requestMethod, .requestUrl, .status, .requestSize, .userAgent, .remoteIp, .protocol]' <<<"$line")" \
        '["POST","/predict",400,"2","agent/1","198.51.100.7","HTTP/1.1"]'
    is "$(jq -r .severity <<<"$line")" WARNING
    is "$(grep '"GET /ready 200' "$log" | jq -r .severity)" DEBUG
}

@test "where Cloud Run does not say the project, the metadata server does" {
    python3 - >"$BATS_TEST_TMPDIR/metadata" 3>&- <<'PY' &
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        good = self.path == "/computeMetadata/v1/project/project-id" and self.headers["Metadata-Flavor"] == "Google"
        self.send_response(200 if good else 403)
        self.end_headers()
        self.wfile.write(b"from-metadata")
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.handle_request()
PY
    for _ in $(seq 100); do [ -s "$BATS_TEST_TMPDIR/metadata" ] && break; sleep 0.05; done
    start K_SERVICE=linear GCE_METADATA_HOST="127.0.0.1:$(cat "$BATS_TEST_TMPDIR/metadata")"
    curl -sS -o /dev/null -H 'X-Cloud-Trace-Context: 105445aa7843bc8bf206b12000100000/255;o=0' "$url/"
    finish
    is "$(grep '"GET / 200' "$log" | jq -c '[."logging.googleapis.com/trace", ."logging.googleapis.com/spanId"]')" \
        '["projects/from-metadata/traces/105445aa7843bc8bf206b12000100000","00000000000000ff"]'
}

@test "what keeps it from starting is said, with a status" {
    rm "$dir/model.onnx"
    run env MODEL_DIR="$dir" LISTEN_ADDR=127.0.0.1 PORT=0 "$SERVER"
    [ "$status" -eq 1 ]
    [[ $output == *'"CRITICAL"'*"model.onnx' cannot be opened"* ]]
    model linear poetry '{}'
    run env MODEL_DIR="$dir" LISTEN_ADDR=127.0.0.1 PORT=0 "$SERVER"
    [ "$status" -eq 1 ]
    [[ $output == *"unknown task 'poetry'"* ]]
    model linear tensor '{}'
    start
    run env MODEL_DIR="$dir" LISTEN_ADDR=127.0.0.1 PORT="$port" "$SERVER"
    [ "$status" -eq 1 ]
    [[ $output == *"cannot listen on 127.0.0.1:$port: Address already in use"* ]]
    run env MODEL_DIR="$dir" PORT=x "$SERVER"
    [ "$status" -eq 1 ]
    [[ $output == *"PORT is 'x'"* ]]
}

@test "two instances side by side do not disturb one another" {
    start
    first=$pid first_url=$url
    start
    is "$(curl -sS "$first_url/live")" '{"live":true}'
    is "$(curl -sS "$url/live")" '{"live":true}'
    kill -TERM "$first"
    wait "$first"
    is "$(curl -sS "$url/live")" '{"live":true}'
}

# Under valgrind, or with what is built in when configure was given sanitizers: the two do not go together.
@test "nothing is leaked or read wrongly under load" {
    local UNDER=
    if ! nm "$SERVER" 2>/dev/null | grep -q __asan_init; then
        if ! command -v valgrind >/dev/null; then
            [ -z "$NO_SKIP" ] || return 1
            skip "valgrind is missing"
        fi
        UNDER="valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99"
    fi
    start CRDEPLOY_QUEUE=4
    for i in 1 2 3 4 5 6 7 8; do
        for _ in 1 2 3 4 5; do
            curl -sS -m 60 -o /dev/null -d "$(tensor x FP32 '[2,2]' '[1,2,3,4]')" -H 'Content-Type: application/json' \
                "$url/predict" "$url/" "$url/nowhere"
            curl -sS -m 60 -o /dev/null -d '{' -H 'Content-Type: application/json' "$url/predict"
        done 3>&- &
    done
    for job in $(jobs -p); do [ "$job" = "$pid" ] || wait "$job"; done
    finish
    [ "$ended" -eq 0 ] || { cat "$log.err"; return 1; }
    [ ! -s "$log.err" ] || { cat "$log.err"; return 1; }
}
