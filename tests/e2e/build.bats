#!/usr/bin/env bats
# Somebody's own Dockerfile, without a manifest, built and run with real containers: a small Flask app on Debian's packages.
#
# One platform and one base image for the file; the tests run in order, and those after the first use its layers.
bats_require_minimum_version 1.5.0
load ../lib/helper
load engine.bash

image=us-central1-docker.pkg.dev/local/apps/flask

setup_file() {
    command -v podman >/dev/null && command -v buildah >/dev/null || return 0
    clean_home "$BATS_FILE_TMPDIR"
    mkdir -p "$BATS_FILE_TMPDIR/work/app"
    cd "$BATS_FILE_TMPDIR/work" || return 1
    crdeploy local up --port 0 --ingress-port 0 >&2
    head -c 1000000 /dev/urandom >app/weights.bin
    cat >app/Dockerfile <<'DOCKERFILE'
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-flask && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY weights.bin .
COPY app.py .
ENV PORT=8080
EXPOSE 8080
CMD ["python3", "app.py"]
DOCKERFILE
    cat >app/app.py <<'PYTHON'
import os
from flask import Flask, jsonify, request

app = Flask(__name__)


@app.route("/predict", methods=["POST"])
def predict():
    return jsonify(answer=request.get_json()["question"] + " indeed", bytes=os.path.getsize("weights.bin"))


app.run(host="0.0.0.0", port=int(os.environ["PORT"]))
PYTHON
}

setup() {
    command -v podman >/dev/null && command -v buildah >/dev/null || lacking "podman or buildah" || return
    cd "$BATS_FILE_TMPDIR/work" || return
    export CRDEPLOY_PLATFORM=local
}

# layers TAG: the digests of the image's layers.
layers() {
    engine image inspect "$image:$1" --format '{{range .RootFS.Layers}}{{println .}}{{end}}' | sed '/^$/d'
}
api() { # METHOD PATH [BODY]
    local body=()
    [ $# -lt 3 ] || body=(-H 'Content-Type: application/json' --data-binary "$3")
    curl -sS -X "$1" -H "Authorization: Bearer $(jq -r .token "$(platform_dir)/daemon.json")" "${body[@]}" \
        "$(jq -r .url "$(platform_dir)/daemon.json")$2"
}
builds() { api GET "/v1/projects/local/locations/global/builds$1"; }

# broken NAME: a directory whose Dockerfile is what stands on stdin.
broken() {
    mkdir -p "$BATS_TEST_TMPDIR/$1"
    cat >"$BATS_TEST_TMPDIR/$1/Dockerfile"
    printf %s "$BATS_TEST_TMPDIR/$1"
}

@test "a directory with its own Dockerfile becomes an image that answers" {
    local body host
    run --separate-stderr crdeploy build app --tag "$image:one"
    ended 0
    [[ $output =~ ^us-central1-docker.pkg.dev/local/apps/flask@sha256:[0-9a-f]{64}$ ]]
    body=$(jq -n --arg image "$output" '{template: {containers: [{image: $image, ports: [{containerPort: 8080}]}]}}')
    api POST "/v2/projects/local/locations/us-central1/services?serviceId=flask" "$body" >/dev/null
    host=http://127.0.0.1:$(jq -r .ingress_port "$(platform_dir)/daemon.json")/predict
    for _ in $(seq 100); do
        ! curl -sSf -m 20 -H 'Host: flask.localhost' -H 'Content-Type: application/json' -d '{"question": "yes"}' "$host" \
            >"$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/error" || break
        # A service that asks for a token is as good: it is the container that is looked at.
        curl -sS -m 20 -H "Authorization: Bearer $(crdeploy auth print-identity-token --audiences http://flask.localhost 2>/dev/null)" \
            -H 'Host: flask.localhost' -H 'Content-Type: application/json' -d '{"question": "yes"}' "$host" \
            >"$BATS_TEST_TMPDIR/answer" && grep -q answer "$BATS_TEST_TMPDIR/answer" && break
        sleep 0.2
    done
    cat "$BATS_TEST_TMPDIR/answer"
    [ "$(jq -c . "$BATS_TEST_TMPDIR/answer")" = '{"answer":"yes indeed","bytes":1000000}' ]
}

@test "an app that is no model is deployed with the concurrency that Cloud Run gives" {
    run --separate-stderr crdeploy deploy by-name --image "$image:one" --cpu 2 --memory 1Gi --dry-run --json
    ended 0
    [ "$(jq -c '[.requests[] | select(.method == "POST") | .body.template.maxInstanceRequestConcurrency]' <<<"$output")" = '[null]' ]
}

@test "an edit of the code rebuilds in seconds, and no layer before it changes" {
    local start=$SECONDS before
    before=$(layers one)
    sed -i 's/ indeed/ again/' app/app.py
    run --separate-stderr crdeploy build app --tag "$image:two"
    ended 0
    [ $((SECONDS - start)) -le 20 ]
    [[ $stderr == *"RUN apt-get"*"Using cache"* ]]
    [[ $stderr == *"COPY weights.bin"*"Using cache"* ]]
    # Base, packages and weights are as they were; the code, the last layer, is not.
    layers two >"$BATS_TEST_TMPDIR/after"
    diff <(echo "$before") "$BATS_TEST_TMPDIR/after" || true
    [ "$(wc -l <"$BATS_TEST_TMPDIR/after")" -ge 4 ]
    [ "$(head -n -1 "$BATS_TEST_TMPDIR/after")" = "$(head -n -1 <<<"$before")" ]
    [ "$(tail -n 1 "$BATS_TEST_TMPDIR/after")" != "$(tail -n 1 <<<"$before")" ]
}

@test "a RUN that fails ends with what the program said, and its last lines" {
    run crdeploy build "$(broken run <<<'FROM debian:trixie-slim
RUN echo first; echo "fatal error: model.h: no such header" >&2; exit 3')" --tag "$image:never" --suppress-logs
    ended 1
    said "the last lines of what failed" $'\nfirst\n' "failed in step 1 of 1, 'docker build': fatal error: model.h: no such header"
    [ "$(builds "?pageSize=1" | jq -r '.builds[0] | .status, .steps[0].status, .steps[0].exitCode')" = "FAILURE
FAILURE
3" ]
}

@test "a program that the image lacks, and a base image that is nowhere, have their advice" {
    run crdeploy build "$(broken lacks <<<'FROM debian:trixie-slim
RUN no-such-program')" --tag "$image:never" --suppress-logs
    ended 1
    said "no-such-program" "hint: the image has no such program"
    run crdeploy build "$(broken base <<<'FROM localhost:1/no/such:image')" --tag "$image:never" --suppress-logs
    ended 1
    said "base image 'localhost:1/no/such:image'" "hint: check the image in FROM"
}

@test "a Dockerfile that was not sent is said to be missing" {
    mkdir "$BATS_TEST_TMPDIR/none"
    cat >"$BATS_TEST_TMPDIR/none/cloudbuild.yaml" <<YAML
steps:
- {name: gcr.io/cloud-builders/docker, args: [build, -t, "$image:never", .]}
YAML
    run crdeploy builds submit "$BATS_TEST_TMPDIR/none" --config "$BATS_TEST_TMPDIR/none/cloudbuild.yaml"
    ended 1
    said "lstat /workspace/Dockerfile: no such file" "hint: the context has no Dockerfile at its root"
}

@test "Ctrl-C in the middle leaves a cancelled build and no process" {
    local dir pid id
    dir=$(broken slow <<<'FROM debian:trixie-slim
RUN echo begun; exec sleep 987')
    crdeploy build "$dir" --tag "$image:never" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    for _ in $(seq 200); do
        ! grep -qx begun "$BATS_TEST_TMPDIR/out" || break
        sleep 0.1
    done
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    cat "$BATS_TEST_TMPDIR/out"
    [ "$status" -eq 130 ]
    id=$(sed -n "s/.*interrupted; the build '\(.*\)' was cancelled.*/\1/p" "$BATS_TEST_TMPDIR/out")
    [ "$(builds "/$id" | jq -r .status)" = CANCELLED ]
    [ -z "$(pgrep -f '[s]leep 987')" ]
    [ -z "$(pgrep -f "buildah.*$(platform_dir)")" ]
}
