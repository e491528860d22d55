#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# The cause of a failed deploy where no container is needed to show it; tests/e2e/verdict.bats has the others.
load ../lib/helper
load local.bash

image=us-central1-docker.pkg.dev/local/r/app

setup_file() {
    load ../lib/helper
    load local.bash
    clean_home "$BATS_FILE_TMPDIR"
    start_local --server "$BUILD/tests/lib/canary_server"
    mkdir "$BATS_FILE_TMPDIR/context"
    echo 'FROM scratch' >"$BATS_FILE_TMPDIR/context/Dockerfile"
    cd "$BATS_FILE_TMPDIR/context" && crdeploy build --platform local --tag "$image:1" >&2
}
teardown_file() {
    load local.bash
    stop_local
}
setup() {
    export CRDEPLOY_PLATFORM=local CRDEPLOY_RETRY_MS=10
    PATH=$BUILD:$PATH
}
fault() { api POST /local/faults "$1" >/dev/null; }
# fails NAME CAUSE OPTION...
fails() {
    run --separate-stderr crdeploy deploy "$1" --json "${@:3}"
    [ "$status" -ne 0 ]
    [ "$(jq -r .error.cause <<<"$output")" = "$2" ] || { echo "$output"; return 1; }
}

@test "an image that is not there, and a secret that may not be read" {
    fails none image-not-found --image "$image:none"
    [[ $(jq -r .error.revision <<<"$output") = none-00001-* ]]
    fails hidden secret-denied --image "$image:1" --set-secrets KEY=key:3
    [[ $(jq -r .error.hint <<<"$output") = *"gcloud secrets add-iam-policy-binding key --project=local"* ]]
    [[ $(jq -r '.error.log[].text' <<<"$output") = *"keeps no secrets"* ]]
}

@test "a server that ends at once, and whose log cannot be read" {
    fails gone crash --image "$image:1" --set-env-vars CANARY=gone
    [[ $(jq -r .error.message <<<"$output") = *"ended with exit code"* ]]
    fault '{"match": "POST */entries:list", "action": "status", "status": 403, "times": -1}'
    run --separate-stderr crdeploy deploy dumb --image "$image:1" --set-env-vars CANARY=gone
    [ "$status" -ne 0 ]
    [[ $stderr = *"warning: the log of the revision cannot be read"* ]]
    [[ $stderr = *"revision 'dumb-"*"did not start: the container runs, but was not reached on port 8080"* ]]
    api DELETE /local/faults >/dev/null
}

@test "an image that may not be read" {
    fault '{"match": "POST */locations/us-east1/services*", "action": "fail-operation", "message": "Google Cloud Run Service Agent a@b.c must have permission to read the image, '"$image"':1."}'
    fails broad permission --image "$image:1" --region us-east1
    [[ $(jq -r .error.hint <<<"$output") = *"serviceAccount:a@b.c --role=roles/artifactregistry.reader"* ]]
}

@test "a secret that is refused with the request itself has its cause too" {
    fault '{"match": "POST */locations/us-west1/services*", "action": "status", "status": 400, "message": "Permission denied on secret: projects/1/secrets/key/versions/3 for Revision service account a@b.c."}'
    fails early secret-denied --image "$image:1" --region us-west1
    [[ $(jq -r .error.message <<<"$output") = *"was refused: the service account 'a@b.c' may not read the secret 'key'"* ]]
    [ "$(jq -r '.error.revision // ""' <<<"$output")" = "" ]
}

@test "of several regions the one that failed has its cause" {
    run --separate-stderr crdeploy deploy wide --image "$image:none" --region us-central1,us-east1 --json
    [ "$status" -ne 0 ]
    [ "$(jq -r '.regions[] | select(.region == "us-central1") | .error.cause' <<<"$output")" = image-not-found ]
}
