#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# How the ingress of the local platform shares requests among revisions, and that none is lost while that changes.
load ../lib/helper
load local.bash

IMAGE=us-central1-docker.pkg.dev/p/r/app:1
SERVICES=/v2/projects/p/locations/us-central1/services

setup_file() {
    load local.bash
    start_local --server "$BUILD/tests/lib/canary_server"
    mkdir "$BATS_FILE_TMPDIR/context"
    echo 'FROM scratch' >"$BATS_FILE_TMPDIR/context/Dockerfile"
    tar -C "$BATS_FILE_TMPDIR/context" -czf "$BATS_FILE_TMPDIR/context.tgz" Dockerfile
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR api POST '/storage/v1/b?project=p' '{"name":"sources"}' >/dev/null
    curl -sS -f -o /dev/null -H "Authorization: Bearer $TOKEN" --data-binary "@$BATS_FILE_TMPDIR/context.tgz" \
        "$URL/upload/storage/v1/b/sources/o?uploadType=media&name=a.tgz"
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR settle POST /v1/projects/p/locations/global/builds \
        '{"source":{"storageSource":{"bucket":"sources","object":"a.tgz"}},"images":["'"$IMAGE"'"],
        "steps":[{"name":"gcr.io/cloud-builders/docker","args":["build","-t","'"$IMAGE"'","."]}]}' v1
}
teardown_file() {
    load local.bash
    stop_local
}

# settle METHOD PATH BODY [VERSION]: calls, and waits until the operation has ended well.
settle() {
    local name done
    name=$(api "$1" "$2" "$3" | jq -r .name)
    for _ in $(seq 600); do
        done=$(api GET "/${4:-v2}/$name")
        [ "$(jq -r .done <<<"$done")" = true ] && break
        sleep 0.05
    done
    jq -e '.done and (.error | not)' <<<"$done" >/dev/null || { echo "$done"; return 1; }
}

template() { echo '"template": {"revision": "'"$1"'", "containers": [{"image": "'$IMAGE'"}]}'; }
row() { echo '{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": "'"$1"'", "percent": '"$2${3:+, \"tag\": \"$3\"}"'}'; }
traffic() { settle PATCH "$SERVICES/$1?updateMask=traffic" '{"traffic": ['"$2"']}'; }

# service NAME: with revisions NAME-1 to NAME-3, all requests to the first, open to anybody.
service() {
    settle POST "$SERVICES?serviceId=$1" "{$(template "$1-1"), \"invokerIamDisabled\": true}"
    for n in 2 3; do
        settle PATCH "$SERVICES/$1?updateMask=template,traffic" "{$(template "$1-$n"), \"traffic\": [$(row "$1-1" 100)]}"
    done
}
load_client() { "$BUILD/tests/lib/load_client" "$INGRESS" "$@"; }

@test "of ten thousand requests each revision gets its percents, exactly" {
    service even
    traffic even "$(row even-1 50), $(row even-2 30), $(row even-3 20)"
    run --separate-stderr load_client even.localhost count=10000 at=8
    ended 0
    [ "$(jq -c '[.failed, .revisions]' <<<"$output")" = '[0,{"even-1":5000,"even-2":3000,"even-3":2000}]' ]
    traffic even "$(row even-1 1), $(row even-3 99)"
    run --separate-stderr load_client even.localhost count=10000 at=8
    ended 0
    [ "$(jq -c '[.failed, .revisions]' <<<"$output")" = '[0,{"even-1":100,"even-3":9900}]' ]
}

@test "a tag has an address of its own, with its share and without one" {
    service tags
    traffic tags "$(row tags-1 60 old), $(row tags-2 40), $(row tags-3 0 next)"
    run api GET "$SERVICES/tags"
    [ "$(jq -r '.trafficStatuses[] | "\(.revision) \(.percent // 0) \(.tag) \(.uri)"' <<<"$output")" = \
        "tags-1 60 old http://old---tags.localhost:$INGRESS
tags-2 40 null null
tags-3 0 next http://next---tags.localhost:$INGRESS" ]
    for pair in old:tags-1 next:tags-3; do
        run --separate-stderr load_client "${pair%:*}---tags.localhost" count=20
        [ "$(jq -c '[.failed, .revisions]' <<<"$output")" = "[0,{\"${pair#*:}\":20}]" ]
    done
    run curl -s -o /dev/null -w '%{http_code}' "http://gone---tags.localhost:$INGRESS/"
    [ "$output" = 404 ]
}

@test "no request is lost while revisions come and routes change" {
    local at revision
    service moving
    "$BUILD/tests/lib/load_client" "$INGRESS" moving.localhost at=4 >"$BATS_TEST_TMPDIR/load" 2>"$BATS_TEST_TMPDIR/load.err" 3>&- &
    local load=$!
    for at in 10 50 90; do
        traffic moving "$(row moving-1 $((100 - at))), $(row moving-2 $at)"
    done
    settle PATCH "$SERVICES/moving?updateMask=template,traffic" \
        "{$(template moving-4), \"traffic\": [{\"type\": \"TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST\", \"percent\": 100}]}"
    traffic moving "$(row moving-3 100)"
    load_client moving.localhost count=20 >/dev/null # all of it has arrived there
    kill -TERM "$load"
    wait "$load"
    cat "$BATS_TEST_TMPDIR/load.err"
    [ "$(jq -c .failed "$BATS_TEST_TMPDIR/load")" = 0 ]
    for revision in 1 2 4; do
        [ "$(jq ".revisions.\"moving-$revision\" > 0" "$BATS_TEST_TMPDIR/load")" = true ]
    done
}

@test "every request stands in the log of requests, with its status and its latency" {
    service logged
    load_client logged.localhost count=7 path=/asked >/dev/null
    curl -s -o /dev/null -X POST -d '{}' "http://logged.localhost:$INGRESS/posted"
    filter='resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"logged\" AND logName=\"projects/p/logs/run.googleapis.com%2Frequests\"'
    run api POST /v2/entries:list '{"resourceNames": ["projects/p"], "filter": "'"$filter"'"}'
    [ "$(jq '.entries | length' <<<"$output")" -eq 8 ]
    [ "$(jq -c '.entries[7] | [.httpRequest.requestMethod, .httpRequest.status, .httpRequest.requestUrl, .severity,
        .resource.labels.revision_name, .resource.labels.location]' <<<"$output")" = \
        "[\"POST\",200,\"http://logged.localhost:$INGRESS/posted\",\"INFO\",\"logged-1\",\"us-central1\"]" ]
    [ "$(jq '[.entries[].httpRequest.latency | test("^[0-9]+[.][0-9]{3}s$")] | all' <<<"$output")" = true ]
    [ "$(jq '[.entries[].trace | test("^projects/p/traces/[0-9a-f]{32}$")] | all' <<<"$output")" = true ]
}

@test "a tag that stands twice, or is none, is refused; so is traffic to a revision that did not start" {
    service strict
    run api PATCH "$SERVICES/strict?updateMask=traffic" '{"traffic": ['"$(row strict-1 100 a), $(row strict-2 0 a)"']}'
    [ "$(api_status)" -eq 400 ]
    [[ $output = *"must not stand twice"* ]]
    run api PATCH "$SERVICES/strict?updateMask=traffic" '{"traffic": ['"$(row strict-1 100 A_b)"']}'
    [ "$(api_status)" -eq 400 ]
    run settle PATCH "$SERVICES/strict?updateMask=template" '{"template": {"revision": "strict-bad", "containers": [
        {"image": "'"$IMAGE"'", "env": [{"name": "CANARY", "value": "gone"}]}]}}'
    [ "$status" -ne 0 ]
    run settle PATCH "$SERVICES/strict?updateMask=traffic" '{"traffic": ['"$(row strict-1 50), $(row strict-bad 50)"']}'
    [ "$status" -ne 0 ]
    [[ $output = *"Revision 'strict-bad' is not ready and cannot serve traffic"* ]]
    run --separate-stderr load_client strict.localhost count=20
    [ "$(jq -c '[.failed, .revisions]' <<<"$output")" = '[0,{"strict-1":20}]' ]
}
