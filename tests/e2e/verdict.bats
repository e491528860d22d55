#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# Containers that do not start, each for another reason, really run: `deploy` names the cause and what mends it, from what the
# platform reports as Cloud Run does. A service for each test, and one whose first revision goes on serving.
load ../lib/helper
load engine.bash

image=us-central1-docker.pkg.dev/local/crdeploy/start
probe=tcpSocket.port=8080,periodSeconds=1,timeoutSeconds=1,failureThreshold=3

# build_image TAG ENTRYPOINT: an image of its own with the program, one for another processor, and a text.
build_image() {
    printf 'FROM scratch\nCOPY start arm plain /\nENTRYPOINT ["%s"]\n' "$2" >"$BATS_FILE_TMPDIR/context/Dockerfile"
    "$BUILD/tests/e2e/runtime_tool" auto "$XDG_STATE_HOME/crdeploy/local" build "$BATS_FILE_TMPDIR/context" "$image:$1" >&2
}

setup_file() {
    command -v podman >/dev/null && command -v buildah >/dev/null || return 0
    clean_home "$BATS_FILE_TMPDIR"
    export CRDEPLOY_PLATFORM=local
    mkdir -p "$BATS_FILE_TMPDIR/context"
    cd "$BATS_FILE_TMPDIR/context" || return 1
    "${CC:-cc}" -static -O1 -o start "$top/tests/e2e/start_tool.c" || return 1
    # e_machine, the half word at 18 of an ELF header: 183 is AArch64
    { head -c 18 start && printf '\xb7\x00' && tail -c +21 start; } >arm
    echo 'no program' >plain
    chmod +x arm
    build_image works /start && build_image arm /arm && build_image gone /nowhere && build_image plain /plain || return 1
    cd "$BATS_FILE_TMPDIR" || return 1
    crdeploy local up --port 0 --ingress-port 0 >&2
    crdeploy deploy app --image "$image:works" --startup-probe "$probe" --allow-unauthenticated --json >"$BATS_FILE_TMPDIR/first.json"
}
setup() {
    command -v podman >/dev/null && command -v buildah >/dev/null || lacking "podman or buildah" || return
    cd "$BATS_FILE_TMPDIR" || return
}

# fails CAUSE OPTION...: so does the deploy, for that cause; the document is in $output, and in $message and $hint.
fails() {
    local cause=$1
    shift
    run --separate-stderr crdeploy deploy "${service:-v$BATS_TEST_NUMBER}" --image "$image:works" --startup-probe "$probe" --json "$@"
    [ "$status" -ne 0 ] || { echo "it started: $output"; return 1; }
    [ "$(jq -r '.error | [.code, .cause] | join(" ")' <<<"$output")" = "build $cause" ] || { echo "$output"; return 1; }
    message=$(jq -r .error.message <<<"$output") hint=$(jq -r .error.hint <<<"$output")
    [[ $message == "revision '"*"' did not start: "* ]] || { echo "$message"; return 1; }
}
# tells MESSAGE HINT: parts of them.
tells() {
    [[ $message == *"$1"* ]] || { printf 'does not tell: %s\ntells: %s\n' "$1" "$message"; return 1; }
    [[ $hint == *"$2"* ]] || { printf 'does not hint: %s\nhints: %s\n' "$2" "$hint"; return 1; }
}
# logged TEXT: a last line of the container.
logged() { jq -e --arg text "$1" '.error.log | any(.text | contains($text))' <<<"$output" >/dev/null || { echo "$output"; return 1; }; }

@test "a server on another port" {
    fails wrong-port --set-env-vars 'MODE=port 3000'
    tells "listens on port 3000, and is asked on port 8080" "--port 3000"
    logged "Listening on 0.0.0.0:3000"
}

@test "a server on 127.0.0.1" {
    if [ "$(jq -r .network "$XDG_STATE_HOME/crdeploy/local/runtime.json")" = host ]; then lacking "a network of a container's own" || return; fi
    fails loopback --set-env-vars 'MODE=loopback'
    tells "listens on 127.0.0.1:8080" "0.0.0.0"
}

@test "a container that takes more memory than it has" {
    if [ "$(jq .limits "$XDG_STATE_HOME/crdeploy/local/runtime.json")" = false ]; then lacking "a cgroup that takes limits" || return; fi
    fails out-of-memory --set-env-vars 'MODE=memory' --memory 256Mi \
        --startup-probe tcpSocket.port=8080,periodSeconds=10,timeoutSeconds=1,failureThreshold=6
    tells "of 256 MiB" "--memory 512Mi"
    logged "loading weights"
}

@test "a container that is still loading when its time is over" {
    fails too-slow --set-env-vars 'MODE=late'
    tells "was not ready within 3 s, its log ends with 'loading weights: 40%'" "--startup-probe tcpSocket.port=8080"
}

@test "a container that says nothing may be any of these" {
    fails not-listening --set-env-vars 'MODE=silent'
    tells "its log does not say where it listens" "--port"
}

@test "a container that ends with an exit code, and one that ends by a signal" {
    fails crash --set-env-vars 'MODE=exit 3'
    tells "ended with exit code 3 before it answered: 'error: model.bin ends too early'" "crdeploy logs"
    logged "Container called exit(3)."
    fails crash --set-env-vars 'MODE=crash'
    tells "signal 11 (SIGSEGV)" ""
}

@test "a program for another processor" {
    fails wrong-architecture --image "$image:arm"
    tells "'/arm' is not made for the processor" "linux/amd64"
}

@test "a command that is not in the image, the image's own or the revision's" {
    fails missing-file --image "$image:gone"
    tells "the command '/nowhere' is not in the image" "ENTRYPOINT"
    service=own fails missing-file --command serve --args=-v
    tells "the command 'serve' is not in the image" "'serve -v': --command"
}

@test "a file that may not be executed" {
    fails permission --image "$image:plain"
    tells "'/plain' may not be executed" "chmod +x"
}

@test "a probe that asks for what is not answered with success" {
    fails probe --set-env-vars 'MODE=status 404' \
        --startup-probe httpGet.path=/healthy,httpGet.port=8080,periodSeconds=1,timeoutSeconds=1,failureThreshold=2
    tells "GET /healthy on port 8080 is not answered with success" "--startup-probe httpGet.path="
}

@test "an image that is not there" {
    fails image-not-found --image "$image:none"
    tells "'$image:none' is not in its registry" "gcloud artifacts docker images list $image"
}

@test "an image that may not be read" {
    local daemon=$XDG_STATE_HOME/crdeploy/local/daemon.json
    crdeploy deploy denied --image "$image:works" --startup-probe "$probe"
    curl -sS -f -o /dev/null -X POST -H "Authorization: Bearer $(jq -r .token "$daemon")" "$(jq -r .url "$daemon")/local/faults" \
        -d '{"match": "PATCH */services/denied*", "times": -1, "action": "fail-operation", "message": "Google Cloud Run Service Agent service-1@serverless-robot-prod.iam.gserviceaccount.com must have permission to read the image, '"$image"':works. Ensure that the provided container image URL is correct."}'
    service=denied fails permission --set-env-vars MODE=serve
    tells "Cloud Run may not read the image '$image:works'" "--role=roles/artifactregistry.reader"
}

@test "a secret that may not be read" {
    fails secret-denied --update-secrets TOKEN=tok:latest
    tells "may not read the secret 'tok'" "gcloud secrets add-iam-policy-binding tok --project=local"
}

@test "without --json the last lines stand above the cause, and the first revision still answers" {
    run crdeploy deploy app --image "$image:works" --set-env-vars 'MODE=exit 3'
    [ "$status" -ne 0 ]
    said "    error: model.bin ends too early" "crdeploy: error: revision 'app-" "hint: "
    run curl -s -o /dev/null -w '%{http_code}' "$(jq -r .url "$BATS_FILE_TMPDIR/first.json")"
    [ "$output" = 200 ]
}
