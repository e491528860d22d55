#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# Services deployed by name and by manifest, updated, rehearsed and compared, against the local platform without
# containers.
load ../lib/helper

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    export CRDEPLOY_PLATFORM=local
    mkdir -p "$BATS_TEST_TMPDIR/work" "$BATS_TEST_TMPDIR/empty" && cd "$BATS_TEST_TMPDIR/work" || return
    crdeploy local up --runtime none --port 0 --ingress-port 0 2>/dev/null 3>&-
    crdeploy init linear --from tensor-linear 2>/dev/null
    sed -i '/^samples:/,$d' crdeploy.yaml # an echo knows no answers
    image=$(crdeploy build 2>/dev/null)
    cd "$BATS_TEST_TMPDIR/empty" || return
}
teardown() { crdeploy local down 2>/dev/null || true; }

# live NAME FILTER: a value of the service as it is.
live() { crdeploy services describe "$1" --json 2>/dev/null | jq -c "$2"; }
revisions() { crdeploy revisions list "$1" --json 2>/dev/null | jq '.revisions | length'; }
env_of='.template.containers[0].env // [] | map("\(.name)=\(.value)") | join(" ")'

@test "an image is deployed by name: a new service is private, marked, and told its concurrency" {
    run --separate-stderr crdeploy deploy scorer --image "$image" --cpu 2 --memory 2Gi --set-env-vars A=1,B=2 --json
    ended 0
    [ "$(jq -c '[.service, .created, .image]' <<<"$output")" = "[\"scorer\",true,\"$image\"]" ]
    [[ $stderr = *"--concurrency"* ]]
    [ "$(live scorer '[.labels["managed-by"], .template.labels["managed-by"], .traffic[0].percent]')" = \
        '["crdeploy","crdeploy",100]' ]
    [ "$(live scorer '.template | [.maxInstanceRequestConcurrency, .containers[0].resources.cpuIdle,
        .containers[0].resources.startupCpuBoost]')" = '[2,true,true]' ]
    [ "$(live scorer "$env_of")" = '"A=1 B=2"' ]
    [ "$(live scorer '.template.containers[0].startupProbe.httpGet.path // ""')" = '""' ]
    [ "$(crdeploy deploy scorer --image "$image" --dry-run --allow-unauthenticated --json 2>/dev/null |
        jq -c '[.requests[-1].body.policy.bindings[].members[]]')" = '["allUsers"]' ]
}

# app LINE...: the pinned name of an image that was built from a Dockerfile of these lines; an echo runs in it as well.
app() {
    crdeploy generate "$BATS_TEST_TMPDIR/work" --output "$BATS_TEST_TMPDIR/app" >/dev/null 2>&1
    printf '%s\n' 'FROM scratch' "$@" >"$BATS_TEST_TMPDIR/app/Dockerfile"
    crdeploy build "$BATS_TEST_TMPDIR/app" --tag us-central1-docker.pkg.dev/local/r/app:1 --json 2>/dev/null | jq -r .image
}
concurrency='.template.maxInstanceRequestConcurrency'
# fault JSON
fault() {
    local state=$XDG_STATE_HOME/crdeploy/local/daemon.json
    curl -sS -f -H "Authorization: Bearer $(jq -r .token "$state")" --data-binary "$1" "$(jq -r .url "$state")/local/faults"
}

@test "the concurrency of models is only for images that crdeploy built: of others nothing is sent" {
    other=$(app 'LABEL maintainer=me')
    run --separate-stderr crdeploy deploy web --image "$other" --dry-run --json
    ended 0
    [ "$(jq -c "[.requests[] | select(.method == \"POST\") | .body$concurrency]" <<<"$output")" = '[null]' ]
    run --separate-stderr crdeploy deploy web --image "$other"
    ended 0
    [[ $stderr != *oncurrency* ]]
    [ "$(live web "$concurrency")" = 80 ]
    # by tag and by digest, and a manifest that names an image of somebody else's
    crdeploy deploy tagged --image us-central1-docker.pkg.dev/local/r/app:1 2>/dev/null
    [ "$(live tagged "$concurrency")" = 80 ]
    cd "$BATS_TEST_TMPDIR/work"
    crdeploy deploy --name named --image "$other" 2>/dev/null
    [ "$(live named "$concurrency")" = 80 ]
    crdeploy deploy --name ours --image "$image" --cpu 2 --memory 2Gi 2>/dev/null
    [ "$(live ours "$concurrency")" = 2 ]
    crdeploy deploy --name told --image "$other" --concurrency 7 2>/dev/null
    [ "$(live told "$concurrency")" = 7 ]
}

@test "labels that cannot be read: the records of this machine say what was built from a model" {
    fault '{"match":"GET /v2/local/*","action":"status","status":403,"times":100}'
    run --separate-stderr crdeploy deploy recorded --image "$image" --cpu 2 --memory 2Gi
    ended 0
    [ "$(live recorded "$concurrency")" = 2 ]
    other=$(app)
    crdeploy deploy plain --image "$other" 2>/dev/null
    [ "$(live plain "$concurrency")" = 80 ]
    rm "$XDG_STATE_HOME/crdeploy/builds.json"
    crdeploy deploy unknown --image "$image" 2>/dev/null
    [ "$(live unknown "$concurrency")" = 80 ]
}

@test "labels are read once, and only where the concurrency of a new service is not specified" {
    reads() { jq '[.requests[] | select(.url | contains("/v2/local/crdeploy/"))] | length' <<<"$output"; }
    run --separate-stderr crdeploy deploy a --image "$image" --dry-run --json
    [ "$(reads)" = 2 ]
    run --separate-stderr crdeploy deploy a --image "$image" --region us-central1,europe-west1 --dry-run --json
    [ "$(reads)" = 2 ]
    run --separate-stderr crdeploy deploy a --image "$image" --concurrency 3 --dry-run --json
    [ "$(reads)" = 0 ]
    crdeploy deploy a --image "$image" 2>/dev/null
    run --separate-stderr crdeploy deploy a --image "$image" --dry-run --json
    [ "$(reads)" = 0 ]
}

@test "by name the rest stays, and the same image again makes a new revision" {
    crdeploy deploy scorer --image "$image" --memory 2Gi --set-env-vars A=1 --labels team=search 2>/dev/null
    run --separate-stderr crdeploy run deploy scorer --image "$image" --update-env-vars B=2 --json
    ended 0
    [ "$(jq .created <<<"$output")" = false ]
    [ "$(revisions scorer)" = 2 ]
    [ "$(live scorer "$env_of")" = '"A=1 B=2"' ]
    [ "$(live scorer '[.template.containers[0].resources.limits.memory, .labels.team]')" = '["2Gi","search"]' ]
}

@test "update changes what it is told, pins nothing that is pinned, and only revisions where it must" {
    crdeploy deploy scorer --image "$image" 2>/dev/null
    run --separate-stderr crdeploy beta run services update scorer --memory 2Gi --json
    ended 0
    [ "$(live scorer '.template.containers[0].resources.limits.memory')" = '"2Gi"' ]
    [ "$(revisions scorer)" = 2 ]
    crdeploy services update scorer --description "scores things" --min 1 2>/dev/null
    [ "$(live scorer '[.description, .scaling.minInstanceCount]')" = '["scores things",1]' ]
    [ "$(revisions scorer)" = 2 ]
    run crdeploy services update scorer
    ended 2
    said "no change of 'scorer' was asked for" "--memory"
    run crdeploy services update nobody --memory 2Gi
    ended 1
    said "'nobody'" "services list"
}

@test "what is missing or no name is said before anything is asked" {
    run crdeploy deploy scorer
    ended 2
    said "no image is given for 'scorer'" "--image"
    run crdeploy deploy Scorer --image "$image"
    ended 2
    said "'Scorer'"
    run crdeploy deploy scorer --image "$image" --set-env-vars A=1 --update-env-vars B=2
    ended 2
    run crdeploy deploy scorer --image "$image" --dry-run --validate-only
    ended 2
    run crdeploy deploy scorer --image "$image" --region us-central1,
    ended 2
    said "'' is no region"
}

@test "a dry run reads, shows what would be sent in order, and changes nothing" {
    crdeploy deploy scorer --image "$image" 2>/dev/null
    local before
    before=$(live scorer .etag)
    run --separate-stderr crdeploy services update scorer --memory 2Gi --no-allow-unauthenticated --dry-run --json
    ended 0
    [ "$(jq -r '[.requests[] | .method] | join(" ")' <<<"$output")" = "GET PATCH GET" ]
    [[ $(jq -r '.requests[1].url' <<<"$output") = *"updateMask=client%2CclientVersion%2Ctemplate" ]]
    [ "$(jq -c '.requests[1].body | [.etag, .client, (keys | length)]' <<<"$output")" = "[$before,\"crdeploy\",4]" ]
    [ "$(live scorer .etag)" = "$before" ]
    run --separate-stderr crdeploy deploy other --image "$image" --allow-unauthenticated --region us-central1,europe-west1 \
        --dry-run
    ended 0
    [ "$(grep -c '^POST .*/locations/us-central1/services?serviceId=other$' <<<"$output")" = 1 ]
    [ "$(grep -c '^POST .*/locations/europe-west1/services?serviceId=other&validateOnly=true$' <<<"$output")" = 1 ]
    [ "$(grep -c '^POST .*:setIamPolicy$' <<<"$output")" = 2 ]
    run crdeploy services describe other
    ended 1
}

@test "the platform can be asked whether it would take it" {
    run --separate-stderr crdeploy deploy scorer --image "$image" --validate-only --json
    ended 0
    [ "$(jq -c . <<<"$output")" = '{"service":"scorer","valid":true,"changes":{"us-central1":"new"}}' ]
    run crdeploy services describe scorer
    ended 1
    run crdeploy deploy scorer --image "$image" --cpu 7 --no-limit-check --validate-only
    ended 1
}

@test "what the limits forbid is refused with all its faults, unless it is to be sent" {
    crdeploy deploy scorer --image "$image" 2>/dev/null
    run crdeploy services update scorer --cpu 4 --timeout 7200
    ended 3
    said "2 problems" "--cpu" "--timeout" "--memory 2Gi"
    run crdeploy services update scorer --cpu 4 --timeout 7200 --no-limit-check
    ended 1
    said "limits are not looked at" "HTTP 400"
    [ "$(revisions scorer)" = 1 ]
}

@test "what the live service breaks already warns while nothing says it, and is refused once something does" {
    crdeploy deploy scorer --image "$image" --cpu 4 --memory 2Gi --set-env-vars A=1 2>/dev/null
    crdeploy services describe scorer --json 2>/dev/null |
        jq '.template.containers[0] |= (.resources.limits.memory = "512Mi" | .env[0].name = "a.b")' >live.json
    crdeploy local load live.json 2>/dev/null
    run crdeploy services update scorer --ingress internal --dry-run
    ended 0
    said "warning: cpu 4 needs at least 2Gi" "warning: 'a.b'" "the live service has it already"
    run crdeploy services update scorer --cpu 8 --dry-run
    ended 3
    said "--cpu: error: cpu 8 needs at least 4Gi" "warning: 'a.b'"
}

@test "with a manifest the same again changes nothing, and what somebody else set stays" {
    cd "$BATS_TEST_TMPDIR/work"
    run --separate-stderr crdeploy deploy --set-env-vars A=1 --json
    ended 0
    local first
    first=$(jq -r .revision <<<"$output")
    [ "$(live linear '[.template.containers[0].startupProbe.httpGet.path, .labels["managed-by"]]')" = '["/ready","crdeploy"]' ]
    crdeploy services update linear --update-env-vars B=2 --max-instances 7 2>/dev/null
    run --separate-stderr crdeploy deploy --json
    ended 0
    [[ $stderr = *"already as it should be"* ]]
    [ "$(live linear '.template.scaling.maxInstanceCount')" = 7 ]
    [ "$(live linear "$env_of")" = '"A=1 B=2"' ]
    [ "$(revisions linear)" = 2 ]
    run crdeploy deploy --cpu 2 --memory 2Gi --no-traffic --tag canary
    ended 0
    [ "$(live linear '[.traffic[] | [.revision, .percent, .tag]] | length')" = 2 ]
    crdeploy traffic --to-latest --clear-tags 2>/dev/null
    [ "$first" != "$(live linear .latestCreatedRevision)" ]
}

@test "a sample is asked where the new revision answers, and nowhere else" {
    cd "$BATS_TEST_TMPDIR/work"
    crdeploy deploy 2>/dev/null
    cat >>crdeploy.yaml <<'END'
samples:
  - request: {inputs: [{name: x, shape: [1], datatype: FP32, data: [1]}]}
    response: {outputs: [{name: no_echo, shape: [1], datatype: FP32, data: [1]}]}
END
    run crdeploy deploy --no-traffic
    ended 0
    said "its first sample is not asked"
    run crdeploy deploy --no-traffic --tag canary --max-instances 3
    ended 1
    said "deployed, but the first sample is answered"
}

@test "diff names what a deploy would change, and what was changed elsewhere" {
    cd "$BATS_TEST_TMPDIR/work"
    run --separate-stderr crdeploy diff --exit-code
    ended 1
    [[ $output = *'template.containers[0].resources.limits.cpu: (none) -> "1"'* ]]
    crdeploy deploy 2>/dev/null
    run --separate-stderr crdeploy diff --exit-code
    ended 0
    [ -z "$output" ]
    run --separate-stderr crdeploy diff --memory 3G
    ended 0
    [ "$output" = 'template.containers[0].resources.limits.memory: "1Gi" -> "3G"' ]
    # An update is none of the manifest's doing, whoever did it.
    crdeploy services update linear --update-env-vars SECRET=hunter2 --memory 2Gi 2>/dev/null
    run --separate-stderr crdeploy diff --memory 3G --json
    ended 0
    [ "$(jq -c '.regions[0] | [.changes[] | .field]' <<<"$output")" = '["template.containers[0].resources.limits.memory"]' ]
    [ "$(jq -c '.regions[0] | [.elsewhere[] | [.field, .kept]] | sort' <<<"$output")" = \
        '[["template.containers[0].env[SECRET].value",true],["template.containers[0].resources.limits.memory",false]]' ]
    run crdeploy diff linear
    ended 0
    said "changed elsewhere" "env[SECRET]"
    said_not hunter2
    never grep -r hunter2 "$XDG_STATE_HOME/crdeploy/services.json"
}

@test "a revision that nobody is sent to is said to have no traffic, with its tag's address" {
    crdeploy deploy scorer --image "$image" 2>/dev/null
    run --separate-stderr crdeploy deploy scorer --image "$image" --no-traffic --tag canary
    ended 0
    [[ $stderr = *"it has no traffic; 'crdeploy traffic scorer --to-latest' gives it all"* ]]
    [[ $stderr = *"tag 'canary' is http://canary---scorer.localhost:"* ]]
    crdeploy traffic scorer --to-latest 2>/dev/null
    run --separate-stderr crdeploy deploy scorer --image "$image"
    ended 0
    [[ $stderr != *"no traffic"* ]]
}

@test "what the manifest leaves out is judged by what is live, and by defaults before a new service is built" {
    cd "$BATS_TEST_TMPDIR/work"
    sed -i '/^deploy:/,$d' crdeploy.yaml
    printf 'deploy:\n  cpu: 4\n' >>crdeploy.yaml
    run --separate-stderr crdeploy deploy --name fresh --rebuild
    ended 3
    [[ $stderr = *"crdeploy.yaml:"*"cpu 4 needs at least 2Gi: memory is "*", the default"* ]]
    [[ $stderr != *"uploading"* ]]
    crdeploy deploy scorer --image "$image" --cpu 4 --memory 4Gi 2>/dev/null
    run --separate-stderr crdeploy deploy --name scorer
    ended 0
    [ "$(live scorer '.template.containers[0].resources.limits')" = '{"cpu":"4","memory":"4Gi"}' ]
}

@test "a maximum of 0 is refused, where v2 would read it as none, and 'default' removes it" {
    crdeploy deploy scorer --image "$image" --max-instances 7 --max 9 2>/dev/null
    for option in --max-instances --max; do
        run --separate-stderr crdeploy services update scorer "$option=0"
        ended 2
        [[ $stderr = *"$option: 0 cannot be the maximum"* ]]
        [[ $stderr = *"'default' removes the maximum"* ]]
    done
    [ "$(live scorer '[.template.scaling.maxInstanceCount, .scaling.maxInstanceCount]')" = '[7,9]' ]
    crdeploy services update scorer --max-instances default --max default 2>/dev/null
    [ "$(live scorer '[.template.scaling.maxInstanceCount, .scaling.maxInstanceCount]')" = '[100,null]' ]
    # a manifest and a variable are read alike, by check as by deploy
    cd "$BATS_TEST_TMPDIR/work"
    for command in check deploy; do
        CRDEPLOY_MAX_INSTANCES=0 run --separate-stderr crdeploy $command
        [ "$status" -ne 0 ]
        [[ $stderr = *"0 cannot be the maximum"* ]]
    done
}

@test "after a revision that failed, a change of the service alone does not call it ready, and neither does the platform" {
    good=$(crdeploy deploy scorer --image "$image" --json 2>/dev/null | jq -r .revision)
    fault '{"match":"PATCH *services/scorer*","action":"fail-operation","message":"it never listens"}' >/dev/null
    run --separate-stderr crdeploy services update scorer --memory 2Gi
    [ "$status" -ne 0 ]
    bad=$(live scorer '.latestCreatedRevision | sub(".*/"; "")' | tr -d '"')
    [ "$bad" != "$good" ]
    run --separate-stderr crdeploy services update scorer --description "scores things" --json
    ended 0
    [[ $stderr != *"'$bad' is ready"* ]]
    [[ $stderr = *"'$bad' is not ready"*"it never listens"*"'$good'"* ]]
    [ "$(jq -c '[.revision, .ready]' <<<"$output")" = "[\"$bad\",false]" ]
    [ "$(live scorer '[.description, .terminalCondition.state, (.latestReadyRevision | sub(".*/"; ""))]')" = \
        "[\"scores things\",\"CONDITION_FAILED\",\"$good\"]" ]
    [ "$(live scorer '.conditions | map({key: .type, value: .state}) | from_entries | [.ConfigurationsReady, .RoutesReady]')" = \
        '["CONDITION_FAILED","CONDITION_SUCCEEDED"]' ]
    [[ $(live scorer .terminalCondition.message) = *"Revision '$bad' is not ready"*"it never listens"* ]]
    [[ $(crdeploy services list 2>/dev/null) != *" ready "* ]]
    # traffic can be moved all the same, and the next revision that is ready makes it well again
    crdeploy traffic scorer --to-revisions "$good=100" 2>/dev/null
    [ "$(live scorer .terminalCondition.state)" = '"CONDITION_FAILED"' ]
    crdeploy traffic scorer --to-latest 2>/dev/null
    run --separate-stderr crdeploy services update scorer --memory 1Gi --json
    ended 0
    [[ $stderr = *"is ready"* ]]
    [ "$(jq .ready <<<"$output")" = true ]
    [ "$(live scorer '[.terminalCondition.state, .conditions[].state] | unique')" = '["CONDITION_SUCCEEDED"]' ]
}
