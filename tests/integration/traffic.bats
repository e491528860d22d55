#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# Traffic of a service, moved and shown, against the local platform without containers.
load ../lib/helper

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    export CRDEPLOY_PLATFORM=local
    mkdir -p "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
    crdeploy local up --runtime none --port 0 --ingress-port 0 2>/dev/null 3>&-
    crdeploy init linear --from tensor-linear 2>/dev/null
    sed -i '/^samples:/,$d' crdeploy.yaml
    first=$(crdeploy deploy --json 2>/dev/null | jq -r .revision)
    second=$(crdeploy deploy --concurrency 2 --json 2>/dev/null | jq -r .revision)
}
teardown() { crdeploy local down 2>/dev/null || true; }

@test "traffic goes back to an old revision, is shared, and follows the newest again" {
    run --separate-stderr crdeploy traffic
    ended 0
    [ "$output" = "LATEST 100%" ]
    run --separate-stderr crdeploy traffic linear --to-revisions "$first=100"
    ended 0
    [ "$output" = "$first 100%" ]
    run --separate-stderr crdeploy services update-traffic linear --to-revisions LATEST=30 --update-tags "old=$first" --json
    ended 0
    [ "$(jq -c '[.traffic[] | [.revision, .percent, .tag]]' <<<"$output")" = \
        "[[\"$first\",70,null],[null,30,null],[\"$first\",null,\"old\"]]" ]
    crdeploy traffic --to-latest --clear-tags 2>/dev/null
    [ "$(crdeploy traffic 2>/dev/null)" = "LATEST 100%" ]
    [ "$first" != "$second" ]
}

@test "what cannot be is refused with the value, and nothing changes" {
    run --separate-stderr crdeploy traffic --to-revisions "$first=60,LATEST=50"
    ended 2
    [[ $stderr = *"110 percent"* ]]
    run --separate-stderr crdeploy traffic --to-revisions "$first=half"
    ended 2
    [[ $stderr = *"'half'"* ]]
    run --separate-stderr crdeploy traffic --to-tags nope=10
    ended 2
    [[ $stderr = *"'nope'"* ]]
    run --separate-stderr crdeploy traffic nobody --to-latest
    [ "$status" -ne 0 ]
    [[ $stderr = *"'nobody'"* ]]
    [ "$(crdeploy traffic 2>/dev/null)" = "LATEST 100%" ]
}
