#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# The whole path without containers: init, build, deploy and predict against a local platform that runs the server's echo.
load ../lib/helper

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    export CRDEPLOY_PLATFORM=local
    mkdir -p "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
    crdeploy local up --runtime none --port 0 --ingress-port 0 2>/dev/null 3>&-
    crdeploy init linear --from tensor-linear 2>/dev/null
    sed -i '/^samples:/,$d' crdeploy.yaml # an echo knows no answers
}
teardown() { crdeploy local down 2>/dev/null || true; }

@test "build, deploy and predict pass a request through to the server and its answer back" {
    run --separate-stderr crdeploy build
    ended 0
    [[ $output =~ @sha256:[0-9a-f]{64}$ ]]
    run --separate-stderr crdeploy deploy --json
    ended 0
    [ "$(jq -r .service <<<"$output")" = linear ]
    [ "$(jq -r .created <<<"$output")" = true ]
    run --separate-stderr crdeploy predict --json @request.json
    ended 0
    [ "$(jq .status <<<"$output")" = 200 ]
    [ "$(jq -r .response.model_name <<<"$output")" = linear ]
}

@test "what has not changed is neither uploaded, built nor deployed again" {
    crdeploy deploy 2>/dev/null
    local before
    before=$(crdeploy deploy --json 2>/dev/null | jq -r .revision)
    [ "$(crdeploy build --json 2>/dev/null | jq -c '[.built, .uploaded, .bytes_uploaded]')" = '[false,false,0]' ]
    [ "$(crdeploy deploy --json 2>/dev/null | jq -r .revision)" = "$before" ]
    [ "$(crdeploy deploy --concurrency 2 --json 2>/dev/null | jq -r .revision)" != "$before" ]
}

@test "a model that is not what the lock says is told, file by file, and the lock follows" {
    crdeploy build 2>/dev/null
    [ "$(jq -r '.files[0].path' crdeploy.lock)" = model.onnx ]
    printf x >>model.onnx
    run crdeploy build
    ended 0
    said "crdeploy.lock: 'model.onnx' has $(stat -c %s model.onnx) bytes, locked are"
    [ "$(jq '.files[0].size' crdeploy.lock)" = "$(stat -c %s model.onnx)" ]
    run crdeploy build
    said_not "locked are"
}

@test "a request the server refuses, a model that fails and nobody at home are told apart" {
    crdeploy deploy 2>/dev/null
    run crdeploy predict '{"inputs": 1}'
    ended 6
    said "HTTP 400"
    run crdeploy predict '{"inputs": [{"name": "fail", "shape": [1], "datatype": "FP32", "data": [1]}]}'
    ended 7
    said "HTTP 500" "asked to fail"
    run crdeploy predict --url http://127.0.0.1:1 '{}'
    ended 5
}
