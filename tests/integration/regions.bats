#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# One name in several regions: deployed side by side, each at an address of its own. Against the local platform without
# containers.
load ../lib/helper

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    export CRDEPLOY_PLATFORM=local
    mkdir -p "$BATS_TEST_TMPDIR/work" "$BATS_TEST_TMPDIR/empty" && cd "$BATS_TEST_TMPDIR/work" || return
    up
    crdeploy init linear --from tensor-linear 2>/dev/null
    sed -i '/^samples:/,$d' crdeploy.yaml # an echo knows no answers
    image=$(crdeploy build 2>/dev/null)
    cd "$BATS_TEST_TMPDIR/empty" || return
}
teardown() { crdeploy local down 2>/dev/null || true; }

up() { crdeploy local up --runtime none --port "${1:-0}" --ingress-port "${2:-0}" 2>/dev/null 3>&-; }
deployed() { run --separate-stderr crdeploy deploy "$1" --image "$image" --allow-unauthenticated --json "${@:2}"; }
# host NAME REGION [OPTION...]: without scheme and port.
host() { crdeploy url "$1" --region "$2" "${@:3}" 2>/dev/null | sed 's,^http://,,; s,:[0-9]*$,,'; }
# status_of NAME REGION: of a request to its address.
status_of() { curl -s -o /dev/null -w '%{http_code}' "$(crdeploy url "$1" --region "$2" 2>/dev/null)/"; }

@test "an image goes to two regions at once, and both answer, after a restart as well" {
    deployed scorer --region us-central1,europe-west1
    ended 0
    [ "$(jq -c '[.regions[].region] | sort' <<<"$output")" = '["europe-west1","us-central1"]' ]
    [ "$(jq '[.regions[].url] | unique | length' <<<"$output")" = 2 ]
    [ "$(status_of scorer us-central1)" = 200 ]
    [ "$(status_of scorer europe-west1)" = 200 ]
    local hosts
    hosts="$(host scorer us-central1) $(host scorer europe-west1)"
    [[ " $hosts " = *" scorer.localhost "* ]]
    crdeploy local down 2>/dev/null
    up
    [ "$(host scorer us-central1) $(host scorer europe-west1)" = "$hosts" ]
    [ "$(status_of scorer us-central1)" = 200 ]
    [ "$(status_of scorer europe-west1)" = 200 ]
}

# regions_of COMMAND...: what a dry run would deploy to.
regions_of() {
    "$@" --dry-run --json 2>/dev/null |
        jq -rc '[.requests[] | select(.method == "POST" or .method == "PATCH") | .url | capture("locations/(?<r>[^/]+)/services").r] | unique'
}

@test "a repeated --region is the last one, a list is all of it, and an empty one falls back to the setting" {
    deploy="crdeploy deploy scorer --image $image --concurrency 1"
    [ "$(regions_of $deploy --region us-central1 --region europe-west1)" = '["europe-west1"]' ]
    [ "$(regions_of $deploy --region us-central1,us-east1 --region europe-west1,us-west1)" = '["europe-west1","us-west1"]' ]
    [ "$(CRDEPLOY_REGION=us-east1 regions_of $deploy --region=)" = '["us-east1"]' ]
    [ "$(CRDEPLOY_REGION=us-east1 regions_of $deploy --region us-west1 --region=)" = '["us-east1"]' ]
    deployed scorer --region us-east1
    ended 0
    [ "$(CRDEPLOY_REGION=us-east1 regions_of crdeploy services update scorer --region= --memory 1Gi)" = '["us-east1"]' ]
    [ "$(CRDEPLOY_REGION=us-east1 crdeploy services describe scorer --region= --json 2>/dev/null | jq -r .name)" = \
        projects/local/locations/us-east1/services/scorer ]
    [ "$(crdeploy services describe scorer --region nowhere --region us-east1 --json 2>/dev/null | jq -r .name)" = \
        projects/local/locations/us-east1/services/scorer ]
    [ "$(CRDEPLOY_REGION=us-east1 crdeploy traffic scorer --region= 2>/dev/null)" = "LATEST 100%" ]
    # in the directory of a manifest as well
    cd "$BATS_TEST_TMPDIR/work"
    [ "$(regions_of crdeploy deploy --image "$image" --region us-central1 --region europe-west1)" = '["europe-west1"]' ]
}

@test "a scalar given twice is the last one; what lists keys adds, but no key twice" {
    deploy="crdeploy deploy scorer --image $image --dry-run --json"
    [ "$($deploy --memory 1Gi --memory 2Gi --concurrency 3 --concurrency 4 2>/dev/null | jq -c '.requests[-1].body.template |
        [.containers[0].resources.limits.memory, .maxInstanceRequestConcurrency]')" = '["2Gi",4]' ]
    [ "$($deploy --labels a=1 --labels b=2 2>/dev/null | jq -c '.requests[-1].body.labels | [.a, .b]')" = '["1","2"]' ]
    run $deploy --labels a=1 --labels a=2
    ended 2
}

@test "a further region says where it stands, and an address stays when the first one goes" {
    deployed scorer --region us-central1
    ended 0
    deployed scorer --region europe-west1
    ended 0
    deployed scorer-europe-west1 --region us-central1
    ended 0
    [ "$(host scorer us-central1)" = scorer.localhost ]
    [ "$(host scorer europe-west1)" = scorer-europe-west1.localhost ]
    [ "$(host scorer-europe-west1 us-central1)" != scorer-europe-west1.localhost ]
    run crdeploy services list --region europe-west1 --json
    [ "$(jq '.services | length' <<<"$output")" = 1 ]
    run crdeploy services delete scorer --region us-central1 --yes
    ended 0
    [ "$(host scorer europe-west1)" = scorer-europe-west1.localhost ]
    [ "$(status_of scorer europe-west1)" = 200 ]
    [ "$(status_of scorer-europe-west1 us-central1)" = 200 ]
    deployed scorer --region us-east1
    ended 0
    [ "$(host scorer us-east1)" = scorer.localhost ]
}

@test "another project has addresses of its own, which say it" {
    deployed scorer --region us-central1
    ended 0
    deployed scorer --region us-central1 --project elsewhere
    ended 0
    [ "$(host scorer us-central1 --project elsewhere)" = scorer-us-central1-elsewhere.localhost ]
    [ "$(curl -s -o /dev/null -w '%{http_code}' \
        "$(crdeploy url scorer --region us-central1 --project elsewhere 2>/dev/null)/")" = 200 ]
}

@test "a host is no longer than a label of DNS may be" {
    local long=a-name-of-a-service-that-has-forty-eight-letters
    deployed $long --region us-central1
    ended 0
    deployed $long --region northamerica-northeast1
    ended 0
    local label
    label=$(host $long northamerica-northeast1)
    label=${label%.localhost}
    [ ${#label} -le 63 ]
    [[ $label = $long-* ]]
    [ "$(status_of $long northamerica-northeast1)" = 200 ]
}

@test "revisions of two regions may have the same name" {
    deployed scorer --region us-central1,europe-west1 --revision-suffix one --tag blue
    ended 0
    for region in us-central1 europe-west1; do
        [ "$(crdeploy revisions list scorer --region $region --json 2>/dev/null | jq -r '.revisions[].name | sub(".*/"; "")')" = scorer-one ]
        [ "$(status_of scorer $region)" = 200 ]
    done
    local tagged
    tagged=$(crdeploy services describe scorer --region europe-west1 --json 2>/dev/null |
        jq -r '.trafficStatuses[].uri // empty')
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$tagged/")" = 200 ]
    run crdeploy services delete scorer --region us-central1 --yes
    ended 0
    [ "$(status_of scorer europe-west1)" = 200 ]
}

@test "a dry run shows the requests of both regions" {
    run --separate-stderr crdeploy deploy scorer --image "$image" --region us-central1,europe-west1 --dry-run --json
    ended 0
    [ "$(jq '[.requests[] | select(.method == "POST" and (.url | contains("/locations/us-central1/services?")))] |
        length >= 1' <<<"$output")" = true ]
    [ "$(jq '[.requests[] | select(.method == "POST" and (.url | contains("/locations/europe-west1/services?")))] |
        length >= 1' <<<"$output")" = true ]
}

@test "a region that fails does not stop the other, and the exit status says it" {
    local daemon=$XDG_STATE_HOME/crdeploy/local/daemon.json
    curl -sf -o /dev/null -X POST -H "Authorization: Bearer $(jq -r .token "$daemon")" \
        --data-binary '{"match": "POST */locations/europe-west1/services*", "action": "fail-operation", "times": -1}' \
        "$(jq -r .url "$daemon")/local/faults"
    deployed scorer --region us-central1,europe-west1
    [ "$status" -ne 0 ]
    [ "$(jq -r '.regions[] | select(.region == "europe-west1") | .error | type' <<<"$output")" = object ]
    [ "$(jq -r '.regions[] | select(.region == "us-central1") | .error | type' <<<"$output")" = null ]
    [ "$(status_of scorer us-central1)" = 200 ]
}

@test "what stands in one region is destroyed alone" {
    deployed scorer --region us-central1,europe-west1
    ended 0
    run crdeploy destroy scorer --region us-central1 --yes
    ended 0
    run crdeploy services describe scorer --region us-central1
    ended 1
    [ "$(status_of scorer europe-west1)" = 200 ]
}
