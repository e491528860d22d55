#!/usr/bin/env bats
# The command line without a platform: what is wrong is said with its place and a remedy, and nothing is left half-written.
load ../lib/helper

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    mkdir -p "$BATS_TEST_TMPDIR/empty"
    cd "$BATS_TEST_TMPDIR/empty" || return
}

# ---------------------------------------------------------------- the command line itself

@test "an unknown verb is answered with the nearest one" {
    run crdeploy deplyo
    ended 2
    said "there is no verb 'deplyo'" "did you mean 'deploy'?"
}

@test "an unknown option is answered with the nearest one" {
    run crdeploy deploy --concurency 1
    ended 2
    said "--concurency" "--concurrency"
}

@test "a group without its verb lists its verbs" {
    run crdeploy config
    ended 2
    said "config get" "config set"
}

@test "no argument at all shows what there is, and fails" {
    run crdeploy
    ended 2
    said deploy predict init
}

@test "a word that is no verb of its group is answered with the nearest one" {
    run crdeploy local upp
    ended 2
    said "there is no verb 'local upp'" "did you mean 'local up'?"
    run crdeploy help deplyo
    ended 2
    said "did you mean 'deploy'?"
    run crdeploy help deploy now
    ended 2
    said "'now'" "crdeploy help deploy"
}

@test "a group has a help of its own" {
    run crdeploy config --help
    ended 0
    said "config get" "config set" "config unset" "config list"
    said_not "local up"
    [ "$output" = "$(crdeploy help config)" ]
}

@test "an option where a verb should stand is answered with its place" {
    run crdeploy --json version
    ended 2
    said "crdeploy VERB --json"
}

@test "help and --help agree, for every verb" {
    local verb
    while read -r verb; do
        diff <(crdeploy help $verb) <(crdeploy $verb --help)
    done < <(printf '%s\n' init check generate build deploy predict limits 'local up' 'config set' version)
}

@test "version names the program and a number" {
    run crdeploy version
    ended 0
    [[ $output =~ ^crdeploy\ [0-9]+\.[0-9]+\.[0-9]+ ]]
    [ "$(crdeploy --version)" = "$output" ]
}

@test "results are on stdout, everything else on stderr" {
    example
    [ -z "$(crdeploy check --platform local --quiet 2>&1 >/dev/null)" ]
    run bash -c 'crdeploy check --cpu 3 2>/dev/null'
    said_not "error"
}

@test "a full disk is an error, not silence" {
    local words
    for words in limits version help 'deploy --help' 'limits --json' 'deploy --help --json'; do
        run bash -c "crdeploy $words >/dev/full"
        ended 1
        said "cannot write"
    done
}

@test "Ctrl-C while the weights are read ends at once and leaves nothing" {
    example
    truncate -s 4G model.onnx
    crdeploy generate --output out 3>&- &
    local pid=$!
    sleep 0.3
    kill -INT "$pid"
    run timeout 5 tail --pid="$pid" -f /dev/null
    ended 0
    run wait "$pid"
    ended 130
    [ -z "$(ls -d ./out* 2>/dev/null)" ]
}

@test "a pipe that is closed early does no harm" {
    run bash -c 'crdeploy limits | head -n 1; exit "${PIPESTATUS[1]}"'
    ended 0
}

@test "NO_COLOR and --color=never leave no escape sequences, --color=always does" {
    run env NO_COLOR=1 crdeploy nope
    said_not $'\e'
    example
    run crdeploy check --cpu 3 --color=never
    said_not $'\e'
    run crdeploy check --cpu 3 --color=always
    said $'\e'
}

@test "what a manifest or an argument says steers no terminal" {
    run crdeploy $'dep\e[31mloy'
    ended 2
    said 'dep?[31mloy'
    said_not $'\e'
    example
    printf '"\\e[31mkey": 1\n' >>crdeploy.yaml
    run crdeploy check
    ended 3
    said "'?[31mkey'"
    said_not $'\e'
}

@test "an option without its value does not take the next option for it" {
    local line
    example
    for line in "deploy x --image gcr.io/p/i --service-account --dry-run" "deploy x --image gcr.io/p/i --service-account -q" \
        "build --tag --dry-run" "generate --output --archive"; do
        run bash -c "crdeploy $line"
        ended 2
        said " needs a value" "hint: write --" "=${line##* } if '${line##* }' is the value"
    done
    [ ! -e ./--archive ]
    run crdeploy-local --state --runtime=none
    ended 2
    said "option '--state' needs a value"
    [ ! -e ./--runtime=none ]
}

# Every option and argument that names a file to read; NAME is where a FIFO, a directory or a device is put.
files_read() {
    cat <<'COMMANDS'
deploy x --image gcr.io/p/i --key-file NAME
services list --access-token-file NAME
services list --key-file NAME
auth login --client-file NAME
local load NAME
predict --url http://127.0.0.1:1 @NAME
predict --url http://127.0.0.1:1 --file NAME
predict --url http://127.0.0.1:1 --batch --file NAME
builds submit app --config NAME --dry-run
builds submit app --tag gcr.io/p/i --ignore-file ../NAME --dry-run
COMMANDS
}

@test "what is no file is refused at once where a file is meant" {
    local kind name line where
    example
    mkdir app && echo 'FROM scratch' >app/Dockerfile
    export CLOUDSDK_CORE_PROJECT=my-proj CLOUDSDK_RUN_REGION=us-central1 CRDEPLOY_ENDPOINT_RUN=http://127.0.0.1:1
    export CRDEPLOY_RETRY_MS=1 CRDEPLOY_ACCESS_TOKEN=t
    for kind in FIFO directory device; do
        name=not-a-file-$kind
        case $kind in
            FIFO) mkfifo "$name" ;;
            directory) mkdir "$name" ;;
            device) ln -s /dev/zero "$name" ;;
        esac
        while IFS= read -r line; do
            run timeout 10 bash -c "crdeploy ${line//NAME/$name}"
            [ "$status" -ne 0 ] && [ "$status" -ne 124 ] || { echo "crdeploy $line: $kind: $status $output"; false; }
            said "is a $kind, not a file" || { echo "crdeploy $line"; false; }
        done < <(files_read)
        for where in crdeploy.yaml model.onnx tokenizer.json; do
            mv "$where" kept
            ln -s "$name" "$where"
            run timeout 10 crdeploy build --dry-run
            [ "$status" -ne 0 ] && [ "$status" -ne 124 ] || { echo "$where: $kind: $status $output"; false; }
            said "$where"
            rm "$where" && mv kept "$where"
        done
        for where in GOOGLE_APPLICATION_CREDENTIALS CRDEPLOY_ACCESS_TOKEN_FILE CRDEPLOY_CREDENTIAL_FILE; do
            run timeout 10 env -u CRDEPLOY_ACCESS_TOKEN "$where=$name" crdeploy services list
            [ "$status" -ne 0 ] && [ "$status" -ne 124 ] || { echo "$where: $kind: $status $output"; false; }
        done
        run timeout 10 env -u CRDEPLOY_ENDPOINT_RUN CRDEPLOY_CA_FILE="$name" crdeploy services list
        said "is a $kind, not a file"
    done
}

@test "a shell's <(COMMAND) is a file to read" {
    mkdir -p app && echo 'FROM scratch' >app/Dockerfile
    run crdeploy builds submit app --config <(echo 'steps: [{name: docker, args: [build, -t, colour, .]}]') \
        --project p --region us-central1 --dry-run
    ended 0
    said colour
}

@test "reading makes no directory, and a home that cannot be written to is no reason to fail" {
    example
    XDG_CONFIG_HOME=/proc/none XDG_STATE_HOME=/proc/none XDG_CACHE_HOME=/proc/none crdeploy check
    XDG_CONFIG_HOME=/proc/none XDG_STATE_HOME=/proc/none XDG_CACHE_HOME=/proc/none crdeploy generate --output out
    XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/none crdeploy config list
    [ ! -e "$BATS_TEST_TMPDIR/none" ]
    XDG_CONFIG_HOME=/proc/none run crdeploy config set region europe-west1
    ended 1
    said /proc/none XDG_CONFIG_HOME
    XDG_STATE_HOME=/proc/none run crdeploy build --platform local
    ended 1
    said /proc/none XDG_STATE_HOME
}

# ---------------------------------------------------------------- --json

# document COMMAND...: stdout holds exactly one JSON document.
document() {
    run bash -c '"$@" 2>/dev/null' document "$@"
    [ "$(jq -s length <<<"$output")" = 1 ]
}

@test "--json gives exactly one document for every verb that works offline" {
    document crdeploy limits --json
    document crdeploy version --json
    document crdeploy config list --json
    document crdeploy local status --json
    document crdeploy help --json
    document crdeploy help local --json
    document crdeploy local --help --json
    document crdeploy deploy --help --json
    [ "$(jq -r '.options[] | select(.name == "memory").argument' <<<"$output")" = SIZE ]
    example
    document crdeploy check --json
    document crdeploy check --explain --json
    document crdeploy generate --json --output out
    document crdeploy init --force --json distilbert --from tiny-distilbert-qa
}

@test "--json gives errors as exactly one document, with code and exit status" {
    document crdeploy nope --json
    ended 2
    [ "$(jq -r .error.code <<<"$output")" = usage ]
    document crdeploy deploy --json --nope
    ended 2
    [ "$(jq -r .error.code <<<"$output")" = usage ]
    document crdeploy deploy --nope --json
    ended 2
    document crdeploy predict --json $'{\xff'
    ended 2
    document crdeploy build --json
    ended 3
    [ "$(jq -r .error.code <<<"$output")" = config ]
    [ "$(jq -r .error.exit_status <<<"$output")" = 3 ]
    example
    document crdeploy check --json --cpu 3 --memory 1Gi
    ended 3
    [ "$(jq -r .ok <<<"$output")" = false ]
    [[ $(jq -r '.problems[].place' <<<"$output") == *--cpu* ]]
    local verb
    for verb in build deploy 'generate --output out'; do
        document crdeploy $verb --json --cpu 3 --memory 3GB
        ended 3
        [ "$(jq -r '.error.message, .problems[].place' <<<"$output" | paste -sd' ')" = \
            "2 problems in 'crdeploy.yaml' --memory --cpu" ]
    done
}

@test "a problem is said once, to people" {
    example
    run crdeploy deploy --cpu 3 --memory 3G
    ended 3
    [ "$(grep -c 'is not offered' <<<"$output")" = 1 ]
    said "1 problem in 'crdeploy.yaml'"
}

# ---------------------------------------------------------------- the manifest

@test "without a manifest the way to one is said" {
    run crdeploy check
    ended 3
    said crdeploy.yaml "crdeploy init"
}

@test "an unknown key has its place and the nearest known one" {
    example
    sed -i 's/^  task:/  taks:/' crdeploy.yaml
    run crdeploy check
    ended 3
    said "crdeploy.yaml:$(grep -n taks: crdeploy.yaml | cut -d: -f1):3" taks task
}

@test "a repeated key has its place" {
    example
    printf 'name: again\n' >>crdeploy.yaml
    run crdeploy check
    ended 3
    said "crdeploy.yaml:$(wc -l <crdeploy.yaml):1" name
}

@test "a tab has its place" {
    example
    sed -i 's/^  task:/\ttask:/' crdeploy.yaml
    run crdeploy check
    ended 3
    said "crdeploy.yaml:$(grep -n $'\t' crdeploy.yaml | cut -d: -f1):" tab
    run bash -c 'crdeploy check --json 2>/dev/null'
    [ "$(jq -r '.problems[0].place' <<<"$output")" = "crdeploy.yaml:$(grep -n $'\t' crdeploy.yaml | cut -d: -f1):1" ]
}

@test "a model file that is missing is named with the place that names it" {
    example
    rm model.onnx
    run crdeploy check
    ended 3
    said "crdeploy.yaml:$(grep -n 'model: model.onnx' crdeploy.yaml | cut -d: -f1):" model.onnx
    run crdeploy generate --output out
    ended 3
    [ ! -e out ]
}

@test "every problem is reported at once" {
    example
    sed -i 's/^  task:/  taks:/; s/^  path:/  paht:/' crdeploy.yaml
    printf 'deploy: {cpu: 3, concurrency: 5000}\n' >>crdeploy.yaml
    run crdeploy check
    ended 3
    said taks paht cpu concurrency
}

# ---------------------------------------------------------------- limits

@test "--memory 3GB is refused with the way to write it" {
    example
    run crdeploy check --memory 3GB
    [ "$status" -ne 0 ]
    said 3GB 3G --memory
}

@test "--cpu 3 is refused with the nearest legal values" {
    example
    run crdeploy check --cpu 3 --memory 3G
    ended 3
    said --cpu
    [[ $output == *[^0-9]2[^0-9]* && $output == *[^0-9]4[^0-9]* ]]
}

@test "limits lists every rule with its bound, source, day and severity, by profile" {
    document crdeploy limits --json
    ended 0
    [ "$(jq -r '.limits[] | select(.id == "concurrency.range") | .bound.max' <<<"$output")" = 1000 ]
    [ "$(jq '[.limits[] | select((.source == "") or (.checked == "") or (.rule == ""))] | length' <<<"$output")" = 0 ]
    [ "$(jq -r '[.limits[].severity] | unique | join(" ")' <<<"$output")" = "error info warning" ]
    [ "$(jq '[.limits[] | select(.id == "region.known") | .bound.words[]] | length' <<<"$output")" -gt 40 ]
    document crdeploy limits --json --profile 2020-11
    ended 0
    [ "$(jq -r '.limits[] | select(.id == "concurrency.range") | .bound.max' <<<"$output")" = 80 ]
    [ "$(jq -r '.limits[] | select(.id == "memory.range") | .bound.max' <<<"$output")" = 4294967296 ]
}

@test "a profile is chosen, or none: --limits-profile, --no-limit-check" {
    example
    crdeploy check --cpu 8 --memory 16Gi
    run crdeploy check --cpu 8 --memory 16Gi --limits-profile 2020-11
    ended 3
    said "--cpu: error: cpu 8 is not offered" "--memory: error: memory 16Gi is too high" "--memory 4Gi"
    run crdeploy check --cpu 3 --memory 64Gi
    ended 3
    crdeploy check --cpu 3 --memory 64Gi --no-limit-check
    run crdeploy check --no-limit-check --limits-profile current
    ended 2
    said "exclude each other"
}

@test "generation, billing and GPU are checked in the manifest's own words" {
    example
    printf 'deploy:\n  cpu: 0.5\n  memory: 512Mi\n  cpu_throttling: false\n  execution_environment: gen2\n' >>crdeploy.yaml
    run crdeploy check
    ended 3
    said "use cpu_throttling: true, or cpu: 1" "use execution_environment: gen1, or cpu: 1"
    run env CRDEPLOY_GPU=1 crdeploy check --cpu 4 --memory 8Gi
    ended 3
    said "gpu 1 needs at least 16Gi: memory is 8Gi" "use --memory 16Gi, or --gpu 0"
}

@test "--cpu 4 --memory 1Gi is refused with both remedies" {
    example
    run crdeploy check --cpu 4 --memory 1Gi
    ended 3
    said "--memory: error" "--memory 2Gi" "or --cpu 2"
    run crdeploy check --cpu 4
    ended 3
    said "--cpu: error" "the default" "--memory 2Gi" "or --cpu 2"
}

@test "deploy refuses the same before anything is sent" {
    example
    run crdeploy deploy --platform local --cpu 3 --memory 3G
    ended 3
    said --cpu
    [ ! -e "$XDG_STATE_HOME/crdeploy/local/daemon.json" ]
}

@test "what is legal passes" {
    example
    run crdeploy check --platform local --cpu 2 --memory 3G --concurrency 1
    ended 0
}

@test "without a token the way to one is said" {
    example
    run crdeploy deploy --project p --region us-central1 --image us-central1-docker.pkg.dev/p/r/i:t
    ended 4
    said token
    run crdeploy build --project p --region us-central1
    ended 4
    said token
}

@test "without a project the way to one is said" {
    example
    CRDEPLOY_ACCESS_TOKEN=t run crdeploy deploy --region us-central1
    [ "$status" -ne 0 ]
    said project
}

# ---------------------------------------------------------------- predict

@test "a request that is none is refused with its place, before anything is sent" {
    run crdeploy predict
    ended 2
    said REQUEST
    run crdeploy predict @missing
    ended 1
    said "'missing'" "behind @"
    run crdeploy predict @
    ended 2
    said "@request.json"
    run crdeploy predict ''
    ended 2
    said "the request is empty"
    run bash -c 'crdeploy predict - </dev/null'
    ended 2
    said "standard input: the request is empty"
    printf '{\n"a" 1}' >bad.json
    run crdeploy predict @bad.json
    ended 2
    said "bad.json:2:"
}

@test "an address or a time that is none is refused before anything is sent" {
    local url
    for url in ftp://x host ''; do
        run crdeploy predict --url "$url" '{}'
        ended 2
        said "'$url' is no address" "--url https://"
    done
    run crdeploy predict --timeout -5 '{}'
    ended 2
    said "--timeout 60"
    run crdeploy predict --timeout soon '{}'
    ended 2
    said "'soon'" "--timeout=10"
}

@test "an address that is given needs no access token" {
    run crdeploy predict --url http://127.0.0.1:1/ '{}'
    ended 5
    said "http://127.0.0.1:1/predict" "something listens there"
}

# ---------------------------------------------------------------- precedence

# explained KEY: value and origin of a key, as `check --explain` tells them.
explained() {
    crdeploy check --explain "${@:2}" 2>/dev/null | grep -E "^ *$1[ :=]"
}

@test "option beats environment beats manifest beats configuration beats gcloud beats default" {
    example
    mkdir -p "$CLOUDSDK_CONFIG/configurations"
    [[ $(explained deploy.memory) == *1Gi*default* ]]
    echo default >"$CLOUDSDK_CONFIG/active_config"
    printf '[core]\nproject = from-gcloud\n[run]\nregion = europe-west1\n' >"$CLOUDSDK_CONFIG/configurations/config_default"
    [[ $(explained deploy.project) == *from-gcloud* ]]
    [[ $(explained deploy.region) == *europe-west1* ]]
    crdeploy config set project from-config
    [[ $(explained deploy.project) == *from-config* ]]
    printf 'deploy: {project: from-manifest}\n' >>crdeploy.yaml
    [[ $(explained deploy.project) == *from-manifest*crdeploy.yaml:* ]]
    export CRDEPLOY_PROJECT=from-environment
    [[ $(explained deploy.project) == *from-environment*CRDEPLOY_PROJECT* ]]
    [[ $(explained deploy.project --project from-option) == *from-option*--project* ]]
}

@test "the local platform brings its own project and region" {
    example
    [[ $(explained deploy.project --platform local) == *local* ]]
    [[ $(explained deploy.region --platform local) == *us-central1* ]]
}

@test "config: get, set, unset, list" {
    run crdeploy config get region
    [ "$status" -ne 0 ] || [ -z "$output" ]
    crdeploy config set region europe-west4
    [ "$(crdeploy config get region)" = europe-west4 ]
    run crdeploy config list
    said region europe-west4
    [ "$(stat -c %a "$XDG_CONFIG_HOME"/crdeploy/*)" = 600 ]
    crdeploy config unset region
    run crdeploy config list
    said_not europe-west4
    run crdeploy config set regoin x
    ended 2
    said region
}

# ---------------------------------------------------------------- init, generate

@test "init writes the example and nothing else" {
    crdeploy init mine --from tiny-distilbert-qa
    grep -q '^name: mine' crdeploy.yaml
    [ "$(ls | tr '\n' ' ')" = \
        "config.json crdeploy.yaml expected.json model.onnx request.json tokenizer.json tokenizer_config.json " ]
    cmp model.onnx "$top/examples/tiny-distilbert-qa/model.onnx"
}

@test "init overwrites nothing, and then writes nothing" {
    echo mine >tokenizer.json
    run crdeploy init distilbert --from tiny-distilbert-qa
    [ "$status" -ne 0 ]
    said tokenizer.json --force
    [ "$(ls)" = tokenizer.json ]
    [ "$(cat tokenizer.json)" = mine ]
    crdeploy init distilbert --from tiny-distilbert-qa --force
    cmp tokenizer.json "$top/examples/tiny-distilbert-qa/tokenizer.json"
}

@test "init of an unknown example names those there are" {
    run crdeploy init x --from tiny-distilbert
    [ "$status" -ne 0 ]
    said tiny-distilbert-qa
    [ -z "$(ls)" ]
}

@test "init --model says what is wrong with the directory, and what a model without a known task becomes" {
    run crdeploy init --model nowhere
    ended 3
    said "'nowhere'" "--model DIR"
    mkdir model
    run crdeploy init --model model
    ended 3
    said model.onnx
    cp "$top/examples/tensor-linear/model.onnx" model
    echo '{' >model/config.json
    run crdeploy init --model model
    ended 3
    said "model/config.json:2:" export
    [ ! -e crdeploy.yaml ]
    echo '{"architectures": ["GPT2LMHeadModel"]}' >model/config.json
    run crdeploy init --model model
    ended 0
    said tensors --task
    grep -q 'task: tensor' crdeploy.yaml
}

@test "init --model reads a directory in the Hugging Face layout" {
    cp -r "$top/examples/tiny-distilbert-qa" model
    rm model/crdeploy.yaml
    crdeploy init --model model mine
    grep -q 'question-answering' crdeploy.yaml
    grep -q 'model.onnx' crdeploy.yaml
    grep -q 'tokenizer.json' crdeploy.yaml
    crdeploy check --platform local
}

# listing DIR: path, mode and content of everything in it.
listing() {
    (cd "$1" && find . -type f -printf '%P %m\n' | LC_ALL=C sort && find . -type f | LC_ALL=C sort | xargs sha256sum)
}

@test "two generates from different directories and umasks are the same, byte for byte" {
    local one two
    mkdir -p "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b/c"
    cd "$BATS_TEST_TMPDIR/a"
    (umask 022 && crdeploy init distilbert --from tiny-distilbert-qa)
    one=$(umask 022 && crdeploy generate --json --output out | jq -r .sha256)
    cd "$BATS_TEST_TMPDIR/b/c"
    (umask 077 && LC_ALL=C TZ=Asia/Tokyo crdeploy init distilbert --from tiny-distilbert-qa)
    touch -d '2001-02-03' model.onnx
    two=$(umask 077 && LC_ALL=C TZ=Asia/Tokyo crdeploy generate --json --output out | jq -r .sha256)
    [[ $one =~ ^[0-9a-f]{64}$ ]]
    [ "$one" = "$two" ]
    [ "$(cd "$BATS_TEST_TMPDIR/a" && crdeploy generate --archive - 2>/dev/null | sha256sum)" = \
        "$(umask 077 && LC_ALL=C TZ=Asia/Tokyo crdeploy generate --archive - 2>/dev/null | sha256sum)" ]
    diff <(listing "$BATS_TEST_TMPDIR/a/out") <(listing "$BATS_TEST_TMPDIR/b/c/out")
}

@test "generate refuses a directory that has something in it" {
    example
    mkdir out && echo mine >out/notes
    run crdeploy generate --output out
    [ "$status" -ne 0 ]
    said "'out'"
    [ "$(ls out)" = notes ]
}

@test "generate replaces no device" {
    example
    mkfifo out
    run crdeploy generate --force --archive out
    ended 1
    said "'out'" "--archive -"
    [ -p out ]
}

@test "a generated context is what a plain builder takes" {
    example
    crdeploy generate --output out
    [ -s out/Dockerfile ] && [ -s out/crdeploy.json ] && [ -s out/crdeploy.lock ] && [ -s out/model/model.onnx ]
    never grep -rlE '\{\{[^}]*\}\}' out --include=Dockerfile --include='*.c' --include='*.h'
    jq -e . out/crdeploy.json out/crdeploy.lock >/dev/null
}

@test "a value of the manifest stays in its place" {
    example
    sed -i 's/^description:.*/description: "x\\nRUN touch \/evil \\" {{name}}"/' crdeploy.yaml
    crdeploy generate --output out
    never grep -q '^RUN touch' out/Dockerfile
}

@test "check tells what the model is expected to need, and warns of less" {
    example
    crdeploy check --json 2>/dev/null >checked
    jq -e '.forecast | .weights == 1612224 and .total == .base + .weights + .activations + .requests' checked
    printf '%s\n' 'server: {max_body: 32Mi}' >more && sed -i '/^server:/,/^$/d' crdeploy.yaml && cat more >>crdeploy.yaml
    run crdeploy check --memory 128Mi
    ended 0
    said "warning: memory 128Mi is less than the " "use --memory 256Mi"
    run crdeploy check --explain --cpu 4 --memory 2Gi
    said "memory: weights" "1.5 MiB" "default for cpu 4"
    printf 'version https://git-lfs.github.com/spec/v1\n' >model.onnx
    run crdeploy check
    ended 0
    said "is no ONNX graph" "git lfs pull"
}

@test "both examples check clean" {
    local dir
    for dir in "$top"/examples/*/; do
        (cd "$dir" && crdeploy check --platform local)
    done
}

@test "a path, a manifest and the working directory name the same project" {
    example
    crdeploy check --platform local .
    crdeploy check --platform local crdeploy.yaml
    cd / && crdeploy check --platform local "$BATS_TEST_TMPDIR/work"
}

@test "a program that is moved together with its share finds its templates" {
    local name
    mkdir -p "$BATS_TEST_TMPDIR/prefix/bin" "$BATS_TEST_TMPDIR/prefix/share/crdeploy"
    cp "$BUILD/crdeploy" "$BATS_TEST_TMPDIR/prefix/bin"
    for name in templates examples; do cp -r "$top/$name" "$BATS_TEST_TMPDIR/prefix/share/crdeploy"; done
    PATH=$BATS_TEST_TMPDIR/prefix/bin:$PATH
    echo "FROM scratch" >"$BATS_TEST_TMPDIR/prefix/share/crdeploy/templates/Dockerfile.mustache"
    example
    crdeploy generate --output out
    [ "$(cat out/Dockerfile)" = "FROM scratch" ]
}

@test "the commands that the READMEs and the manual show are commands" {
    local line count=0
    while IFS= read -r line; do
        line=${line%% #*}
        bash -c "$line --help" >/dev/null || { echo "not understood: $line"; return 1; }
        count=$((count + 1))
    done < <(sed -n 's/^    \$\{0,1\} *\(crdeploy [a-z].*\)$/\1/p' "$top"/README.md "$top"/examples/*/README.md
        sed -n 's/^ *crdeploy \(.*\)$/crdeploy \1/p' <(crdeploy help build) <(crdeploy help deploy) <(crdeploy help predict))
    [ "$count" -gt 15 ]
}

@test "the manifest that the README shows is one" {
    sed -n '/^```yaml$/,/^```$/p' "$top/README.md" | sed '1d;$d' >crdeploy.yaml
    cp "$top"/examples/tiny-distilbert-qa/{model.onnx,tokenizer.json} .
    run crdeploy check --platform local
    ended 0
}
