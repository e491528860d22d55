#!/usr/bin/env bats
# bootstrap's prove with a model made up for it (tests/lib/fake_model.c): which graph is served, and what the build says.
load ../lib/helper

setup() {
    prove=$BUILD/tests/lib/prove_fake
    context=$BATS_TEST_TMPDIR/context out=$BATS_TEST_TMPDIR/out weights=$BATS_TEST_TMPDIR/out/weights/model
    mkdir -p "$context/model" "$weights" "$out/settings/model"
    settings '[]'
    jq -n '{name: "m", task: "tensor", files: {model: "model.onnx"}, digests: {"model.onnx": "sha256:0", "model.data": "sha256:0"},
        graph: "all"}' >"$out/settings/model/model.json"
    printf prepared >"$weights/model.data"
}

# graph FILE JSON [MORE]: an ONNX file of one field, the name of its producer, and further bytes as printf has them.
graph() {
    local text
    text=$(jq -cn "{factor: 2, output: \"y\"} + $2")
    # shellcheck disable=SC2059
    printf "\x12\x$(printf %x "${#text}")%s${3-}" "$text" >"$1"
}
original() { graph "$context/model/m.onnx" "$@"; }
prepared() { graph "$weights/model.onnx" "$@"; }
settings() { # SAMPLES
    jq -n --argjson samples "$1" '{name: "m", task: "tensor", files: {model: "model/m.onnx"}, samples: $samples}' >"$context/crdeploy.json"
}
sample() { # DATA [RESPONSE DATA]: of three numbers
    jq -cn --argjson x "$1" --argjson y "${2-null}" '{inputs: [{name: "x", datatype: "FP32", shape: [3], data: $x}]} as $r |
        {request: $r} + if $y then {response: {outputs: [{name: "y", datatype: "FP32", shape: [3], data: $y}]}} else {} end | [.]'
}
serves_prepared() {
    [ "$(jq -r .graph "$out/settings/model/model.json")" = all ] && [ -e "$weights/model.data" ]
    never cmp -s "$context/model/m.onnx" "$weights/model.onnx"
}
serves_original() {
    [ "$(jq -r .graph "$out/settings/model/model.json")" = original ] && [ ! -e "$weights/model.data" ]
    cmp "$context/model/m.onnx" "$weights/model.onnx"
    [ "$(jq -r '.digests["model.onnx"]' "$out/settings/model/model.json")" = "sha256:$(sha256sum <"$weights/model.onnx" | cut -d' ' -f1)" ]
    [ "$(jq -r '.digests["model.data"]' "$out/settings/model/model.json")" = null ]
    [ "$(stat -c %Y "$weights/model.onnx")" = 0 ]
    said "warning: the original graph is served"
}

# As the Dockerfile runs it: the graph is chosen, and then the samples are verified by a process that is measured.
proves() {
    "$prove" "$context" "$out" && "$prove" "$context" "$out" "$BATS_TEST_TMPDIR/facts"
}

@test "a prepared graph that answers as the original is served" {
    original '{}'
    prepared '{factor: 2.0001}'
    run proves
    ended 0
    said "the prepared graph answers as the original"
    serves_prepared
}

@test "a prepared graph that answers differently is not: the original is served" {
    original '{}'
    prepared '{factor: 2.1}'
    run proves
    ended 0
    said "output 'y', element 0" "became"
    serves_original
}

@test "a prepared graph that does not open is not served either" {
    original '{}'
    prepared '{opens: false}'
    run proves
    ended 0
    serves_original
}

@test "nor one whose output has another name, or that refuses what the original takes" {
    original '{}'
    prepared '{output: "z"}'
    run proves
    ended 0
    said "output 'y' became 'z'"
    serves_original
    prepared '{takes: 3}'
    jq '.graph = "all"' "$out/settings/model/model.json" >"$BATS_TEST_TMPDIR/doc"
    cp "$BATS_TEST_TMPDIR/doc" "$out/settings/model/model.json"
    run proves
    ended 0
    said "refused the inputs"
    serves_original
}

@test "a graph that takes no inputs that are made up is compared by the samples" {
    original '{takes: 3}'
    prepared '{takes: 3, factor: 3}'
    settings "$(sample '[1,2,3]')"
    run proves
    ended 0
    said "sample 1: outputs[0].data[0]: expected 2, got 3"
    serves_original
}

@test "without such inputs and without samples nothing is compared, and the build says so" {
    original '{takes: 3}'
    prepared '{takes: 3, factor: 3}'
    run proves
    ended 0
    said "not compared with the original" "no sample"
    serves_prepared
}

@test "a graph that draws random numbers is not compared" {
    # graph 7 { node 1 { op_type 4: RandomNormal } }
    original '{}' '\x3a\x10\x0a\x0e\x22\x0cRandomNormal'
    prepared '{factor: 3}'
    run proves
    ended 0
    said "draws random numbers"
    serves_prepared
}

@test "the weights of the original that are in files of their own come with it" {
    # graph 7 { initializer 5 { external_data 13 { key 1: location, value 2: NAME } } }
    original '{}' '\x3a\x17\x2a\x15\x6a\x13\x0a\x08location\x12\x07sub/one'
    prepared '{opens: false}'
    mkdir -p "$context/model/sub"
    printf weights >"$context/model/sub/one"
    run proves
    ended 0
    serves_original
    cmp "$context/model/sub/one" "$weights/sub/one"
    [[ $(jq -r '.digests["sub/one"]' "$out/settings/model/model.json") == sha256:* ]]
}

@test "weights that lead out of the model, or onto another file, end the build" {
    prepared '{opens: false}'
    printf secret >"$context/one"
    original '{}' '\x3a\x16\x2a\x14\x6a\x12\x0a\x08location\x12\x06../one'
    run proves
    ended 1
    said "'../one'" "not beside the graph"
    original '{}' '\x3a\x1a\x2a\x18\x6a\x16\x0a\x08location\x12\x0amodel.onnx'
    prepared '{opens: false}'
    run proves
    ended 1
    said "'model.onnx'" "the name of another file"
}

@test "a sample with a wrong answer ends the build, whichever graph is served" {
    original '{}'
    prepared '{}'
    settings "$(sample '[1,2,3]' '[2,4,7]')"
    run proves
    ended 1
    said "sample 1 of 1 failed" "expected 7, got 6"
    prepared '{opens: false}'
    run proves
    ended 1
    said "sample 1 of 1 failed" "the original graph is served"
}

@test "a graph that nothing opens ends the build, with the runtime's own words" {
    original '{opens: false}'
    prepared '{opens: false}'
    run proves
    ended 1
    said "prove: " "opening the graph"
    said_not "is served"
}

@test "what is no graph ends the build" {
    printf 'not a graph' >"$context/model/m.onnx"
    prepared '{}'
    run proves
    ended 1
    said "m.onnx': this is not an ONNX graph"
}

@test "the memory that the samples took is left as a label, in steps of 16 MiB" {
    original '{}'
    prepared '{}'
    run proves
    ended 0
    said "MiB were resident"
    local peak
    peak=$(sed -n 's/^LABEL io.crdeploy.peak-memory="\([0-9]*\)"$/\1/p' "$BATS_TEST_TMPDIR/facts/usr/share/crdeploy/Dockerfile")
    [ "$peak" -gt 0 ]
    [ $((peak % (16 << 20))) = 0 ]
    [ "$(head -n 2 "$BATS_TEST_TMPDIR/facts/usr/share/crdeploy/Dockerfile")" = $'ARG IMAGE\nFROM ${IMAGE}' ]
}
