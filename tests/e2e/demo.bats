#!/usr/bin/env bats
# The whole path with real containers: what ./scripts/demo shows, and what must hold around it.
#
# One platform and one base image for the file: making them is most of the time. The tests run in order, and a test may
# use what those before it deployed; each leaves the service 'distilbert' answering.
bats_require_minimum_version 1.5.0
load ../lib/helper
load engine.bash

answer='"sugar is sweet , and so are you"'
question='{"context":"Roses are red, Violets are blue, Sugar is sweet, And so are you.", "question":"What am I?"}'

setup_file() {
    command -v podman >/dev/null && command -v buildah >/dev/null || return 0
    clean_home "$BATS_FILE_TMPDIR"
    mkdir -p "$BATS_FILE_TMPDIR/work"
    cd "$BATS_FILE_TMPDIR/work" || return 1
    crdeploy local up --port 0 --ingress-port 0 >&2
    crdeploy init distilbert --from tiny-distilbert-qa >&2
}

setup() {
    command -v podman >/dev/null && command -v buildah >/dev/null || lacking "podman or buildah" || return
    cd "$BATS_FILE_TMPDIR/work" || return
    export CRDEPLOY_PLATFORM=local
}

# The container of the service's newest revision.
container() {
    local revision
    revision=$(curl -sS -H "Authorization: Bearer $(jq -r .token "$(platform_dir)/daemon.json")" \
        "$(jq -r .url "$(platform_dir)/daemon.json")/v2/projects/local/locations/us-central1/services/distilbert" |
        jq -r .latestReadyRevision)
    engine ps --quiet --filter "label=crdeploy.local.revision=${revision##*/}" | head -n 1
}
image() {
    crdeploy build --json 2>/dev/null | jq -r .digest | sed 's/^sha256://' | sed 's|^|localhost/crdeploy:|'
}

@test "build, deploy and predict give the answer, and so does curl" {
    run --separate-stderr crdeploy build
    ended 0
    [[ $output =~ @sha256:[0-9a-f]{64}$ ]]
    run --separate-stderr crdeploy deploy --cpu 2 --memory 3G --concurrency 1
    ended 0
    [[ $output =~ ^http://[^[:space:]]+$ ]]
    echo "$output" >../url
    [ "$(crdeploy predict "$question" 2>/dev/null)" = "$answer" ]
    [ "$(crdeploy predict @request.json 2>/dev/null)" = "$(cat "$top/examples/tiny-distilbert-qa/expected.json")" ]
    [ "$(crdeploy predict - <request.json 2>/dev/null)" = "$answer" ]
    run curl -sS -d "$question" -H "Content-Type: application/json" -X POST "$(cat ../url)/predict"
    ended 0
    [ "$output" = "$answer" ]
}

@test "the image says that it is crdeploy's, so by its name alone it gets the concurrency of a model" {
    built=$(crdeploy build 2>/dev/null)
    mkdir -p "$BATS_TEST_TMPDIR/empty" && cd "$BATS_TEST_TMPDIR/empty"
    run --separate-stderr crdeploy deploy by-name --image "$built" --cpu 2 --memory 3G --dry-run --json
    ended 0
    [ "$(jq -c '[.requests[] | select(.method == "POST") | .body.template.maxInstanceRequestConcurrency]' <<<"$output")" = '[2]' ]
}

@test "predict --json wraps the answer" {
    crdeploy predict --json "$question" 2>/dev/null >../answer.json
    [ "$(jq -r '.status, .response' ../answer.json)" = "200
sugar is sweet , and so are you" ]
}

@test "the container has 2 CPUs and 3,000,000,000 bytes" {
    if [ "$(jq .limits "$(platform_dir)/runtime.json")" = false ]; then lacking "a cgroup that takes limits" || return; fi
    crdeploy predict "$question" >/dev/null
    [ "$(engine inspect "$(container)" --format '{{.HostConfig.NanoCpus}} {{.HostConfig.CpuQuota}} {{.HostConfig.CpuPeriod}}' |
        awk '{print ($1 > 0) ? $1 / 1e9 : $2 / $3}')" = 2 ]
    [ "$(engine inspect "$(container)" --format '{{.HostConfig.Memory}}')" = 3000000000 ]
}

@test "the image has no shell, runs as nobody in particular, and is under 60 MB without the model" {
    local name size
    name=$(image)
    [[ $(engine image inspect "$name" --format '{{.User}}') =~ ^[1-9][0-9]*(:[0-9]+)?$ ]]
    mkdir -p ../image
    engine save --format oci-archive "$name" | tar -xf - -C ../image
    for layer in ../image/blobs/sha256/*; do
        tar -tf "$layer" 2>/dev/null || true
    done | sort >../files
    grep -q model.json ../files
    never grep -E '(^|/)(sh|bash|dash|busybox|apt-get|dpkg|perl)$' ../files
    size=$(($(engine image inspect "$name" --format '{{.Size}}') - $(stat -c %s model.onnx)))
    echo "without the model: $size bytes"
    [ "$size" -lt 60000000 ]
}

@test "nothing but the model and its own files is in the layer of the weights" {
    mkdir -p ../image
    local layer first
    first=$(jq -r '.layers[0].digest' ../image/blobs/sha256/"$(jq -r '.manifests[0].digest' ../image/index.json | cut -d: -f2)" | cut -d: -f2)
    layer=../image/blobs/sha256/$first
    tar -tf "$layer" | grep -q '^model/'
    [ -z "$(tar -tf "$layer" | grep -v '^model/')" ]
}

@test "the server in the image is hardened, as the lint has it for what is built here" {
    local layer
    for layer in ../image/blobs/sha256/*; do
        tar -xf "$layer" -C .. server 2>/dev/null || true
    done
    run bash "$top/tests/lint/hardening.sh" ../server
    ended 0
    said "ok 1 - server is hardened"
    never grep -q '^not ok' <<<"$output"
}

@test "a second build of the same model uploads nothing and says so" {
    run crdeploy build
    ended 0
    said "nothing to upload"
    [ "$(crdeploy build --json 2>/dev/null | jq -c '[.built, .uploaded, .bytes_uploaded]')" = '[false,false,0]' ]
}

@test "a change of the manifest is a new revision that answers" {
    local before
    before=$(crdeploy deploy --json 2>/dev/null | jq -r .revision)
    printf 'deploy:\n  cpu: 2\n  memory: 2Gi\n  env: {GREETING: hello}\n' >>crdeploy.yaml
    run --separate-stderr crdeploy deploy --json
    ended 0
    [ "$(jq -r .created <<<"$output")" = false ]
    [ "$(jq -r .revision <<<"$output")" != "$before" ]
    [ "$(crdeploy predict "$question" 2>/dev/null)" = "$answer" ]
    [ "$(engine inspect "$(container)" --format '{{.HostConfig.Memory}}')" = 2147483648 ] ||
        [ "$(jq .limits "$(platform_dir)/runtime.json")" = false ]
    engine inspect "$(container)" --format '{{.Config.Env}}' | grep -q GREETING=hello
}

@test "an answer that stands beyond the model's window is found" {
    local dir=$top/tests/data/qa
    [ -s "$dir/long.json" ]
    jq -c .request "$dir/long.json" >../long.json
    [ "$(crdeploy predict @../long.json 2>/dev/null)" = "$(jq -c .response "$dir/long.json")" ]
}

@test "a request the model refuses is exit status 6, and says what is wrong with it" {
    run crdeploy predict '{"context": 1}'
    ended 6
    said context
    run crdeploy predict '{'
    ended 2
    run crdeploy predict --path /nowhere "$question"
    ended 6
    said 404
}

@test "a sample with a wrong answer fails the build, names both answers, and leaves nothing" {
    local before
    before=$(engine images --quiet --no-trunc | sort)
    mkdir -p "$BATS_TEST_TMPDIR/wrong" && cd "$BATS_TEST_TMPDIR/wrong"
    crdeploy init wrong --from tiny-distilbert-qa 2>/dev/null
    sed -i 's/response: "blue"/response: "green"/' crdeploy.yaml
    run crdeploy build
    ended 1
    said green blue "failed in step" "prove: sample"
    run crdeploy deploy
    [ "$status" -ne 0 ]
    run crdeploy predict --service wrong "$question"
    said "no service 'wrong'"
    # No image of it: only the stages that did succeed, as layers for the next build.
    [ -z "$(engine images --format '{{.Names}}' | tr ' ' '\n' | grep '/wrong:' | grep -v '/wrong:cache-')" ]
}

@test "an edit of the server's code leaves the layer of the weights as it was" {
    # layers DIGEST: the image's layers, the model's first.
    layers() { engine image inspect "$1" --format '{{range .RootFS.Layers}}{{println .}}{{end}}' | sed '/^$/d'; }
    local before after
    before=$(layers "$(image)")
    mkdir -p ../override/server
    { cat "$top/templates/server/log.c"; echo; echo 'const char log_edited[] = "edited";'; } >../override/server/log.c
    run --separate-stderr crdeploy build --template-dir ../override --json
    ended 0
    after=$(layers "localhost/crdeploy:$(jq -r .digest <<<"$output" | cut -d: -f2)")
    [ "$(head -n 1 <<<"$before")" = "$(head -n 1 <<<"$after")" ]
    [ "$before" != "$after" ]
}

@test "what is generated builds with a plain builder" {
    crdeploy generate --output "$BATS_TEST_TMPDIR/context"
    run --separate-stderr engine build --isolation=chroot --pull=never -t localhost/plain "$BATS_TEST_TMPDIR/context"
    ended 0
    engine rmi localhost/plain
}

@test "tensors: the second example answers as its README says" {
    mkdir -p "$BATS_TEST_TMPDIR/linear" && cd "$BATS_TEST_TMPDIR/linear"
    crdeploy init linear --from tensor-linear 2>/dev/null
    crdeploy deploy >/dev/null
    crdeploy predict @request.json 2>/dev/null | tee answer.json
    jq -e --slurpfile want "$top/examples/tensor-linear/expected.json" '. == $want[0]' answer.json
}

# graph NAME LEVEL [SAMPLE...]: a manifest for a graph of tests/data/graphs, and a shell in its directory. A sample is the name
# of the second input, its type, its value, and what comes out for 1 to 16.
graph() {
    local name=$1 level=$2
    mkdir -p "../$name" && cd "../$name" || return
    cp "$top/tests/data/graphs/$name.onnx" .
    printf 'name: %s\nmodel: {task: tensor, files: {model: %s.onnx}}\nbuild: {optimize: %s}\nsamples:\n' "$name" "$name" "$level" >crdeploy.yaml
    shift 2
    while [ $# -gt 0 ]; do
        printf '  - {request: %s,\n     response: {outputs: [{name: y, datatype: FP32, shape: [1, 16], data: [%s]}]}}\n' \
            "$(second "$1" "$2" "$3")" "$4" >>crdeploy.yaml
        shift 4
    done
}
second() { # NAME TYPE VALUE
    printf '{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 16], "data": [%s]}, {"name": "%s", "datatype": "%s", "shape": [], "data": [%s]}]}' \
        "$(seq -s ', ' 16)" "$@"
}

@test "a graph with branches keeps its weights inside, and answers both ways" {
    graph branches all flag BOOL true "$(seq -s ', ' 6 6 96)" flag BOOL false "$(seq -s ', ' 160 -10 10)"
    run crdeploy build
    ended 0
    said "the graph has subgraphs" "the prepared graph answers as the original" "2 of 2 samples answered as expected"
    run --separate-stderr crdeploy deploy
    ended 0
    [ "$(crdeploy predict "$(second flag BOOL true)" | jq -c '.outputs[0].data')" = "[$(seq -s , 6 6 96)]" ]
    [ "$(crdeploy predict "$(second flag BOOL false)" | jq -c '.outputs[0].data')" = "[$(seq -s , 160 -10 10)]" ]
}

@test "a graph with a loop answers, optimized a little or not at all" {
    for level in basic none; do
        graph repeats $level times INT64 1 "$(seq -s ', ' 32 -2 2)" times INT64 2 "$(seq -s ', ' 4 4 64)" \
            times INT64 0 "$(seq -s ', ' 16)"
        run crdeploy build
        ended 0
        said "the graph has subgraphs" "the prepared graph answers as the original" "3 of 3 samples answered as expected"
    done
}

@test "a graph that cannot be prepared is served as it came, and the build says so" {
    mkdir -p ../templates/bootstrap
    # Subgraphs overlooked, ONNX Runtime is asked for weights in a file of their own, and fails.
    sed 's/^\( *facts->subgraphs = \).*/\1false;/' "$top/templates/bootstrap/onnx_scan.c" >../templates/bootstrap/onnx_scan.c
    never cmp -s "$top/templates/bootstrap/onnx_scan.c" ../templates/bootstrap/onnx_scan.c
    graph branches all flag BOOL true "$(seq -s ', ' 6 6 96)" flag BOOL false "$(seq -s ', ' 160 -10 10)"
    run crdeploy build --template-dir ../templates
    ended 0
    said "warning: the original graph is served" "2 of 2 samples answered as expected"
}

@test "a daemon killed in the middle of a build leaves no build behind, and the next one starts over" {
    local pid
    sed -i 's/^description:.*/description: another/' crdeploy.yaml
    crdeploy build --rebuild >../killed.log 2>&1 &
    pid=$!
    for _ in $(seq 200); do
        ! grep -q 'STEP' ../killed.log || break
        sleep 0.1
    done
    grep -q STEP ../killed.log
    kill -KILL "$(jq .pid "$(platform_dir)/daemon.json")"
    status=0
    wait "$pid" || status=$?
    [ "$status" -ne 0 ]
    cat ../killed.log
    [ "$(crdeploy local status --json | jq -r .running)" = false ]
    crdeploy local up --port 0 --ingress-port 0
    [ -z "$(pgrep -f "buildah.*$(platform_dir)")" ]
    run crdeploy deploy
    ended 0
    [ "$(crdeploy predict "$question" 2>/dev/null)" = "$answer" ]
}

@test "the platform stops and starts, and its services are there again" {
    crdeploy local down
    run crdeploy local status
    said_not "http://"
    [ -z "$(engine ps --quiet)" ]
    crdeploy local up --port 0 --ingress-port 0
    [ "$(crdeploy predict "$question" 2>/dev/null)" = "$answer" ]
    crdeploy local logs distilbert | grep -q predict
}

@test "a port that is taken is named, with the way round" {
    local port
    port=$(jq -r .url "$(platform_dir)/daemon.json" | sed 's/.*://; s|/.*||')
    XDG_STATE_HOME=$BATS_TEST_TMPDIR/other run crdeploy local up --port "$port" --ingress-port 0
    [ "$status" -ne 0 ]
    said "$port" --port
    [ ! -e "$BATS_TEST_TMPDIR/other/crdeploy/local/daemon.json" ]
}

@test "without podman the packages to install are named" {
    mkdir -p "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/project"
    for tool in env sh bash; do ln -s "$(command -v $tool)" "$BATS_TEST_TMPDIR/bin/"; done
    cd "$BATS_TEST_TMPDIR/project"
    crdeploy init distilbert --from tiny-distilbert-qa 2>/dev/null
    bare() { env XDG_STATE_HOME="$BATS_TEST_TMPDIR/none" PATH="$BATS_TEST_TMPDIR/bin" "$BUILD/crdeploy" "$@"; }
    bare local up --port 0 --ingress-port 0 || true
    run bare build
    bare local down || true
    [ "$status" -ne 0 ]
    said podman "apt-get install"
}

@test "2 GiB are packed and uploaded in under 64 MiB of memory" {
    local room
    room=$(df --output=avail -k "$BATS_FILE_TMPDIR" | tail -n 1)
    if [ "$room" -lt 8000000 ]; then lacking "8 GB of free disk" || return; fi
    mkdir -p "$BATS_TEST_TMPDIR/big" && cd "$BATS_TEST_TMPDIR/big"
    crdeploy init big --from tensor-linear 2>/dev/null
    # Beside the graph stand weights that do not compress.
    head -c 2147483648 /dev/urandom >model.onnx.data
    crdeploy build >out 2>err &
    pid=$!
    peak=0
    while kill -0 "$pid" 2>/dev/null && ! grep -q '^uploaded' err; do
        now=$(awk '/^VmHWM/ {print $2}' "/proc/$pid/status" 2>/dev/null)
        [ "${now:-0}" -le "$peak" ] || peak=$now
        sleep 0.2
    done
    kill -INT "$pid" || true # the build itself is not what is looked at
    wait "$pid" || true
    echo "peak: $peak KiB" && tail -n 5 err
    grep -q 'uploaded 2.0 GiB' err
    [ "$peak" -gt 0 ] && [ "$peak" -lt 65536 ]
}
