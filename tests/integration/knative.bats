#!/usr/bin/env bats
# Cloud Run's first API on the local platform, written as gcloud writes it: what it makes is what the second API shows.
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
    crdeploy deploy 2>/dev/null >/dev/null
    image=$(crdeploy services describe linear --json | jq -r '.template.containers[0].image')
}
teardown() { stop_local; }

services=/apis/serving.knative.dev/v1/namespaces/local/services

service() { # NAME [CONCURRENCY]
    jq -nc --arg n "$1" --arg i "$image" --argjson c "${2:-7}" '{apiVersion: "serving.knative.dev/v1", kind: "Service",
        metadata: {name: $n, namespace: "local"}, spec: {template: {metadata: {annotations:
        {"autoscaling.knative.dev/maxScale": "3"}}, spec: {containerConcurrency: $c, containers: [{image: $i}]}}}}'
}

@test "a service is made, waited for and replaced" {
    made=$(api POST "$services" "$(service knat)")
    operation=$(jq -r '.metadata.annotations["run.googleapis.com/operation-id"]' <<<"$made")
    done=$(api POST "/v1/projects/local/locations/us-central1/operations/$operation:wait" '{"timeout":"30s"}')
    [ "$(jq -r '.done, .response["@type"], .response.status.conditions[0].status' <<<"$done" | xargs)" = \
        "true type.googleapis.com/google.cloud.run.v1.Service True" ]
    shown=$(crdeploy services describe knat --json)
    [ "$(jq -c '[.template.maxInstanceRequestConcurrency, .template.scaling.maxInstanceCount, .template.containers[0].resources.cpuIdle]' <<<"$shown")" = "[7,3,true]" ]
    api PUT "$services/knat" "$(service knat 9)" >/dev/null
    [ "$(crdeploy services describe knat --json | jq .template.maxInstanceRequestConcurrency)" = 9 ]
}

@test "a rehearsal changes nothing, and what is refused is refused as in the second API" {
    would=$(api POST "$services?dryRun=all" "$(service knat)")
    [ "$(jq -c '[.metadata.name, .spec.template.spec.containerConcurrency]' <<<"$would")" = '["knat",7]' ]
    run crdeploy services describe knat
    [ "$status" -ne 0 ]
    api POST "$services" "$(service knat 5000)" >/dev/null
    [ "$(api_status)" = 400 ]
    api POST "$services" "$(service linear)" >/dev/null
    [ "$(api_status)" = 409 ]
    api PUT "$services/none" "$(service none)" >/dev/null
    [ "$(api_status)" = 404 ]
}
