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

@test "empty options for tags and shares change nothing, as with gcloud" {
    crdeploy traffic --update-tags "old=$first" 2>/dev/null
    before=$(crdeploy traffic --json 2>/dev/null)
    for option in --set-tags= --update-tags= --remove-tags= --to-revisions= --to-tags=; do
        run --separate-stderr crdeploy services update-traffic linear "$option" --json
        ended 0
        [ "$output" = "$before" ]
    done
    run --separate-stderr crdeploy traffic --set-tags=
    ended 0
    [[ $stderr = *"--clear-tags"* ]]
    crdeploy traffic --set-tags= --to-revisions "$first=100" 2>/dev/null
    [ "$(crdeploy traffic --json 2>/dev/null | jq -c '[.traffic[] | [.revision, .percent, .tag]]')" = \
        "[[\"$first\",100,null],[\"$first\",null,\"old\"]]" ]
}

@test "an option of traffic that is given again adds to the first, but no key twice, as with gcloud" {
    crdeploy traffic --to-revisions "$first=40" --to-revisions "$second=60" --update-tags "a=$first" --update-tags= \
        --update-tags "b=$second" 2>/dev/null
    [ "$(crdeploy traffic --json 2>/dev/null | jq -c '[.traffic[] | [.revision, .percent, .tag]] | sort')" = \
        "$(jq -cn --arg a "$first" --arg b "$second" '[[$a,null,"a"],[$a,40,null],[$b,null,"b"],[$b,60,null]] | sort')" ]
    run --separate-stderr crdeploy traffic --to-revisions "$first=40" --to-revisions "$first=60"
    ended 2
    [[ $stderr = *"--to-revisions"*"'$first'"*twice* ]]
    crdeploy traffic --remove-tags a --remove-tags b 2>/dev/null
    [ "$(crdeploy traffic --json 2>/dev/null | jq -c '[.traffic[].tag | select(.)]')" = '[]' ]
}

@test "a roll-back goes to the revision before, keeps tags, and can be undone" {
    crdeploy traffic --update-tags "new=$second" 2>/dev/null
    run --separate-stderr crdeploy rollback
    ended 0
    [ "$output" = "$first" ]
    [ "$(crdeploy traffic --json 2>/dev/null | jq -c '[.traffic[] | [.revision, .percent, .tag]]')" = \
        "[[\"$first\",100,null],[\"$second\",null,\"new\"]]" ]
    run --separate-stderr crdeploy rollback nothing-here
    [ "$status" -ne 0 ]
    [[ $stderr = *"'nothing-here'"* ]]
}

more() { crdeploy deploy --concurrency "$1" --json 2>/dev/null | jq -r .revision; }

@test "a plan shows from where to where and why, and changes nothing" {
    third=$(more 3)
    run --separate-stderr crdeploy rollback --plan
    ended 0
    [ "$output" = "from  $third
to    $second
why   '$second' served before '$third'" ]
    run --separate-stderr crdeploy rollback --plan --json
    [ "$(jq -c '[.from, .to, .reason, .plan, .traffic[0].revision]' <<<"$output")" = \
        "[\"$third\",\"$second\",\"served-before\",true,\"$second\"]" ]
    [ "$(crdeploy traffic 2>/dev/null)" = "LATEST 100%" ]
    rm "$XDG_STATE_HOME/crdeploy/served.json"
    run --separate-stderr crdeploy rollback --plan
    said "no record" "newest ready revision that is older"
    run --separate-stderr crdeploy rollback "$first" --json
    ended 0
    [ "$(jq -c '[.from, .to, .revision, .reason, .plan]' <<<"$output")" = "[\"$third\",\"$first\",\"$first\",\"named\",false]" ]
}

@test "five revisions: back one by one, and from the oldest not forward" {
    more 3 && more 4 && fifth=$(more 5)
    names=$(crdeploy revisions list --json 2>/dev/null | jq -r '.revisions[].name | sub(".*/"; "")')
    for name in $(sed 1d <<<"$names"); do
        [ "$(crdeploy rollback 2>/dev/null)" = "$name" ]
    done
    [ "$(crdeploy traffic 2>/dev/null)" = "$first 100%" ]
    run --separate-stderr crdeploy rollback
    ended 1
    [[ $stderr = *"no ready revision is older than '$first'"* ]]
    # by hand as well, and without a record
    crdeploy traffic --to-latest 2>/dev/null
    crdeploy traffic --to-revisions "$first=100" 2>/dev/null
    run --separate-stderr crdeploy rollback --plan
    ended 1
    rm "$XDG_STATE_HOME/crdeploy/served.json"
    run --separate-stderr crdeploy rollback
    ended 1
    [ "$(crdeploy traffic 2>/dev/null)" = "$first 100%" ]
    [ "$(crdeploy rollback "$fifth" 2>/dev/null)" = "$fifth" ]
}

@test "what only had a small share, is gone or not ready did not serve before" {
    crdeploy traffic --to-revisions "$second=100" 2>/dev/null
    third=$(more 3)
    crdeploy traffic --to-revisions "$third=10" 2>/dev/null
    crdeploy traffic --to-revisions "$second=100" 2>/dev/null
    fourth=$(more 4)
    crdeploy traffic --to-latest 2>/dev/null
    [ "$(crdeploy rollback --plan --json 2>/dev/null | jq -r .to)" = "$second" ]
    # of a split what serves most is the current one
    crdeploy traffic --to-revisions "$third=30,$fourth=70" 2>/dev/null
    [ "$(crdeploy rollback --plan --json 2>/dev/null | jq -r '.from + " " + .to')" = "$fourth $second" ]
    crdeploy traffic --to-revisions "$fourth=100" 2>/dev/null
    crdeploy revisions delete "$second" --service linear --yes 2>/dev/null
    [ "$(crdeploy rollback --plan --json 2>/dev/null | jq -r '.to + " " + .reason')" = "$first served-before" ]
}

@test "traffic that somebody else moved: the record does not count" {
    third=$(more 3)
    fourth=$(more 4)
    crdeploy traffic --to-revisions "$second=100" 2>/dev/null
    XDG_STATE_HOME=$BATS_TEST_TMPDIR/other
    mkdir -p "$XDG_STATE_HOME/crdeploy"
    cp -r "$BATS_TEST_TMPDIR/state/crdeploy/local" "$XDG_STATE_HOME/crdeploy/"
    [ "$(crdeploy rollback --plan --json 2>/dev/null | jq -r '.to + " " + .reason')" = "$first newest-older" ]
    crdeploy traffic --to-revisions "$fourth=100" 2>/dev/null
    XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
    [ "$(crdeploy rollback --plan --json 2>/dev/null | jq -r '.to + " " + .reason')" = "$third newest-older" ]
}

@test "on a terminal a roll-back says what it will do before it does it" {
    [ -x "$(command -v script)" ] || lacking script
    log=$(script -qec "crdeploy rollback" /dev/null </dev/null | tr -d '\r')
    [[ $log = *"rolling back 'linear' from '$second' to '$first': '$first' served before '$second'"*"all traffic goes to '$first'"* ]]
}

@test "services and revisions are listed, described and deleted" {
    [ "$(crdeploy services list --json 2>/dev/null | jq -r '.services[0].name')" = \
        projects/local/locations/us-central1/services/linear ]
    [[ $(crdeploy services list 2>/dev/null) = linear*ready*http* ]]
    [ "$(crdeploy url 2>/dev/null)" = "$(crdeploy services describe --json 2>/dev/null | jq -r .uri)" ]
    [[ $(crdeploy services describe linear 2>/dev/null) = *"concurrency  2"* ]]
    [ "$(crdeploy revisions list 2>/dev/null | wc -l)" -eq 2 ]
    [[ $(crdeploy revisions list 2>/dev/null) = *"$second"*ready*100%* ]]
    [ "$(crdeploy revisions describe "$first" --json 2>/dev/null | jq -r .name)" = \
        "projects/local/locations/us-central1/services/linear/revisions/$first" ]
    run --separate-stderr crdeploy revisions delete "$first"
    ended 2
    [[ $stderr = *--yes* ]]
    crdeploy revisions delete "$first" --yes 2>/dev/null
    [ "$(crdeploy revisions list 2>/dev/null | wc -l)" -eq 1 ]
    crdeploy services delete --yes 2>/dev/null
    run --separate-stderr crdeploy url linear
    [ "$status" -ne 0 ]
}

@test "a dry run shows what would be sent, and sends nothing" {
    run --separate-stderr crdeploy traffic --to-revisions "$first=30" --dry-run --json
    ended 0
    [ "$(jq -r '.requests[].method' <<<"$output" | xargs)" = "GET PATCH" ]
    [ "$(jq -c '.requests[1].body.traffic | map(.percent)' <<<"$output")" = "[30,70]" ]
    [[ $(jq -r '.requests[1].url' <<<"$output") = *"/services/linear?updateMask=traffic" ]]
    [ "$(crdeploy traffic 2>/dev/null)" = "LATEST 100%" ]
}
