#!/usr/bin/env bats
# destroy: what crdeploy made goes, what bears no mark of it stays. Against the local platform without containers.
bats_require_minimum_version 1.5.0
load ../lib/helper
load local.bash

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    export BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR CRDEPLOY_PLATFORM=local
    mkdir -p "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
    start_local
    crdeploy init linear --from tensor-linear 2>/dev/null
    sed -i '/^samples:/,$d' crdeploy.yaml
    crdeploy deploy --name one 2>/dev/null >/dev/null
}
teardown() { stop_local; }

sources() { api GET "/storage/v1/b/local_cloudbuild/o?prefix=source/" | jq '.items | length'; }

@test "a plan shows service, binding, images and source with sizes, and deletes nothing" {
    run --separate-stderr crdeploy destroy one --plan
    ended 0
    [[ $output = *"service  one, 1 revisions, "* ]]
    [[ $output = *"binding  roles/run.invoker of allUsers"* ]]
    [[ $output = *"images   one: 1, "* ]]
    [[ $output =~ "source   gs://local_cloudbuild/source/"[0-9a-f]{64}".tgz, "[0-9.]+" "[KM]?i?B ]]
    crdeploy services describe one >/dev/null
    [ "$(sources)" = 1 ]
}

@test "without a terminal it wants --yes" {
    run --separate-stderr crdeploy destroy one
    ended 2
    [[ $stderr = *"--yes"* ]]
    crdeploy services describe one >/dev/null
}

@test "one service goes with its images and sources; another's stay" {
    crdeploy deploy --name two 2>/dev/null >/dev/null
    run --separate-stderr crdeploy destroy one --yes --json
    ended 0
    [ "$(jq -r '.deleted, (.services | length), (.images | length), (.sources | length)' <<<"$output" | xargs)" = "true 1 1 1" ]
    run crdeploy services describe one
    [ "$status" -ne 0 ]
    crdeploy services describe two >/dev/null
    [ "$(sources)" = 1 ]
    run --separate-stderr crdeploy destroy one --plan --json
    ended 0
    [ "$(jq -c '[.services, .images, .sources]' <<<"$output")" = "[[],[],[]]" ]
    run --separate-stderr crdeploy destroy two --plan --json
    [ "$(jq -c '[.services, .images, .sources] | map(length)' <<<"$output")" = "[1,1,1]" ]
}

@test "all of them go at once, and what others made stays" {
    crdeploy deploy --name two 2>/dev/null >/dev/null
    api POST "/v2/projects/local/locations/us-central1/services?serviceId=theirs" \
        '{"template":{"containers":[{"image":"'"$(crdeploy services describe one --json | jq -r '.template.containers[0].image')"'"}]}}' >/dev/null
    api POST "/upload/storage/v1/b/local_cloudbuild/o?uploadType=media&name=source/theirs.tgz" '{}' >/dev/null
    crdeploy destroy --all --yes 2>/dev/null
    [ "$(crdeploy services list --json | jq -r '.services[].name | split("/")[-1]')" = theirs ]
    [ "$(api GET "/storage/v1/b/local_cloudbuild/o" | jq -r '[.items[].name | select(startswith("source/"))] | join(" ")')" = source/theirs.tgz ]
}

@test "a service that crdeploy did not make is refused" {
    crdeploy services describe one --json >one.json
    api POST "/v2/projects/local/locations/us-central1/services?serviceId=theirs" \
        '{"template":{"containers":[{"image":"'"$(jq -r '.template.containers[0].image' one.json)"'"}]}}' >/dev/null
    run --separate-stderr crdeploy destroy theirs --yes
    [ "$status" -ne 0 ]
    [[ $stderr = *"'theirs' is not labelled managed-by=crdeploy"* ]]
    crdeploy services describe theirs >/dev/null
}
