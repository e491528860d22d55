#!/usr/bin/env bats
# crdeploy local load: a service from a file on the local platform.
load ../lib/helper
load local.bash

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    export BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR CRDEPLOY_PLATFORM=local
    start_local
    cd "$BATS_TEST_TMPDIR" || return
}
teardown() { stop_local; }

# state NAME: the one of the recordings, as a file.
state() { jq -c "select(.name == \"$1\")" "$top/tests/data/gcloud/states.jsonl" >"$1.json"; }

@test "a recorded service stands in the project and region of the settings, with revisions and policy" {
    state public
    run crdeploy local load public.json --project my-proj --region europe-west1
    ended 0
    said "loaded 'scorer' with 1 revision"
    run crdeploy services describe scorer --project my-proj --region europe-west1 --json
    ended 0
    [ "$(jq -r .name <<<"$output")" = projects/my-proj/locations/europe-west1/services/scorer ]
    [ "$(jq -r .urls[0] <<<"$output")" = "http://scorer.localhost:$INGRESS" ]
    [ "$(api GET /v2/projects/my-proj/locations/europe-west1/services/scorer:getIamPolicy | jq -c '.bindings | length')" = 2 ]
}

@test "what was there of that name is replaced, and the answer is JSON where it is asked for" {
    state split
    state plain
    crdeploy local load split.json 2>/dev/null
    run crdeploy local load plain.json --json
    ended 0
    [ "$(jq -c '[.name, .revisions]' <<<"$output")" = '["projects/local/locations/us-central1/services/scorer",1]' ]
    [ "$(crdeploy revisions list scorer --json | jq '.revisions | length')" = 1 ]
}

@test "a revision whose image is not here answers 503, and says which image" {
    state plain
    crdeploy local load plain.json 2>/dev/null
    run curl -sS -w '%{http_code}' -H "Authorization: Bearer $TOKEN" -H 'Host: scorer.localhost' "http://127.0.0.1:$INGRESS/"
    said 503 "gcr.io/my-proj/scorer:v1"
}

@test "a restart of the platform keeps what was loaded" {
    state rich
    crdeploy local load rich.json 2>/dev/null
    crdeploy services describe scorer --json | jq 'del(.uri, .urls)' >before
    stop_local
    start_local
    crdeploy services describe scorer --json | jq 'del(.uri, .urls)' >after
    cmp before after
}

@test "a file that is none is told with its name and its place, and changes nothing" {
    state plain
    crdeploy local load plain.json 2>/dev/null
    crdeploy services describe scorer --json >before
    echo '{"metadata": {' >cut.json
    echo '{"name": "scorer"}' >empty.json
    echo '{"name": "scorer", "template": {"containers": [{"image": "i", "ports": 8080}]}}' >type.json
    local file text
    while IFS='|' read -r file text; do
        run crdeploy local load "$file"
        [ "$status" -ne 0 ] || { echo "not refused: $file"; return 1; }
        said "$file" "$text"
    done <<'ROWS'
cut.json|:2:
empty.json|no container
type.json|ports
absent.json|No such file
ROWS
    crdeploy services describe scorer --json >after
    cmp before after
}
