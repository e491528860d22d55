#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# deploy --gradual: a good revision gets everything step by step, a bad one nothing, or loses it again; and a client that asks
# all the time notices as little as can be.
load ../lib/helper
load local.bash

IMAGE=us-central1-docker.pkg.dev/local/r/app:1

setup_file() {
    load ../lib/helper
    load local.bash
    clean_home "$BATS_FILE_TMPDIR"
    XDG_STATE_HOME_FOR_TEST=$XDG_STATE_HOME start_local --server "$BUILD/tests/lib/canary_server"
    mkdir "$BATS_FILE_TMPDIR/context"
    echo 'FROM scratch' >"$BATS_FILE_TMPDIR/context/Dockerfile"
    crdeploy build "$BATS_FILE_TMPDIR/context" --platform local --tag "$IMAGE" 2>/dev/null >&2
    echo '{"question": 1}' >"$BATS_FILE_TMPDIR/sample.json"
}
teardown_file() {
    load local.bash
    stop_local
}
setup() {
    export CRDEPLOY_PLATFORM=local
    mkdir -p "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
}

# first NAME: the service, whose one revision is good.
first() {
    crdeploy deploy "$1" --image "$IMAGE" --concurrency 8 --allow-unauthenticated --json 2>/dev/null | jq -r .revision
}
# next NAME WAY [OPTION...]: a revision that is bad in this way. On a busy machine latencies say little, so that they are
# looked at only where a test is about them.
next() {
    crdeploy deploy "$1" --image "$IMAGE" --update-env-vars "CANARY=$2" --gradual 10,50,100 --gradual-wait 2s \
        --gradual-latency 0 --gradual-sample "$BATS_FILE_TMPDIR/sample.json" --json "${@:3}"
}
# A client that asks all the time, from when its first answer came until load_ends, which says what it met.
load_begins() {
    rm -f answered
    "$BUILD/tests/lib/load_client" "$INGRESS" "$1.localhost" at=4 pause=5 mark=answered >load.json 2>load.err 3>&- &
    load=$!
    while ! [ -e answered ]; do sleep 0.05; done
}
load_ends() {
    kill -TERM "$load"
    wait "$load"
    head -5 load.err
}
traffic_is() {
    local is
    is=$(crdeploy traffic "$1" 2>/dev/null | paste -sd,)
    [ "$is" = "$2" ] || { echo "traffic is '$is', not '$2'"; return 1; }
}

@test "a good revision gets everything in its steps, and no request is lost" {
    first good
    load_begins good
    run --separate-stderr next good ok
    load_ends
    ended 0
    [ "$(jq -r '.gradual | [.outcome, .reason, (.steps | map(.percent, .judgedBy, .failed))] | flatten | join(" ")' <<<"$output")" = \
        "done  10 requests 0 50 requests 0 100 requests 0" ]
    [[ $stderr = *"own load: 100 requests, 8 at once, 0 failed"* ]]
    [[ $stderr = *"10%: "*" requests, 0 failed"*"50%: "*"100%: "* ]]
    [ "$(jq .failed load.json)" -eq 0 ]
    [ "$(jq '.revisions | length' load.json)" -eq 2 ]
    traffic_is good "LATEST 100%"
}

@test "a revision that fails under load gets no traffic: not one request of the client fails" {
    old=$(first loaded)
    load_begins loaded
    run --separate-stderr next loaded load
    load_ends
    ended 1
    [ "$(jq -r '.error.gradual.outcome' <<<"$output")" = rolled-back ]
    [[ $(jq -r .error.message <<<"$output") = *"gets no traffic: under own load, 8 at once, "*" of 100 requests failed: it answers HTTP 500"*"traffic is as it was, on $old 100%"* ]]
    [ "$(jq -c '[.failed, (.revisions | keys)]' load.json)" = "[0,[\"$old\"]]" ]
    traffic_is loaded "$old 100%"
}

@test "a revision that fails for clients alone loses its first step, with the figures" {
    old=$(first clients)
    load_begins clients
    run --separate-stderr next clients clients --gradual-wait 10m
    load_ends
    ended 1
    [[ $(jq -r .error.message <<<"$output") = *"loses its traffic: at 10% of the traffic, by requests of clients, "*" requests failed (100.0%), of the others' 0 of "*"traffic is back on $old 100%"* ]]
    [ "$(jq -c '.error.gradual | [.outcome, (.steps | map(.percent))]' <<<"$output")" = '["rolled-back",[10]]' ]
    [ "$(jq ".revisions.\"$old\" > 0" load.json)" = true ]
    traffic_is clients "$old 100%"
}

@test "a slow revision is found beside the service as it is, or by the clients' own requests" {
    old=$(first slow)
    run --separate-stderr next slow slow --gradual-latency 3
    ended 1
    [[ $(jq -r .error.message <<<"$output") = *"gets no traffic: asked in turns with the service as it is, its median latency is "* ]]
    load_begins slow
    run --separate-stderr next slow sleepy --gradual-latency 3 --gradual-wait 10m
    load_ends
    ended 1
    [[ $(jq -r .error.message <<<"$output") = *"at 10% of the traffic, by requests of clients, its median latency is "* ]]
    [ "$(jq .failed load.json)" -eq 0 ]
    traffic_is slow "$old 100%"
}

@test "without traffic it is judged by own requests, and that is said" {
    old=$(first quiet)
    run --separate-stderr next quiet ok
    ended 0
    [[ $stderr = *"0 requests of clients are too few to tell; judged by own requests"* ]]
    [ "$(jq -c '.gradual.steps | map(.judgedBy, .requests)' <<<"$output")" = '["probes",20,"probes",20,"probes",20]' ]
    traffic_is quiet "LATEST 100%"
}

@test "Ctrl-C in the middle puts the traffic back" {
    old=$(first stopped)
    next stopped ok --gradual-wait 10m >out.json 2>out.err 3>&- &
    child=$!
    for _ in $(seq 600); do
        grep -q "has 10% of the traffic" out.err && break
        sleep 0.1
    done
    traffic_was=$(crdeploy traffic stopped 2>/dev/null | paste -sd,)
    pkill -INT -P "$child" crdeploy || kill -INT "$child"
    status=0
    wait "$child" || status=$?
    cat out.err
    [[ $traffic_was = *" 10%"*"gradual-"* ]]
    [ "$status" -eq 130 ]
    [ "$(jq -r .error.message out.json)" = "interrupted; traffic is back on $old 100%" ]
    traffic_is stopped "$old 100%"
}

@test "the manifest's samples decide; a wrong answer gets no traffic" {
    crdeploy init sampled --from tensor-linear 2>/dev/null
    old=$(first sampled)
    run --separate-stderr crdeploy deploy --image "$IMAGE" --update-env-vars CANARY=wrong --gradual 100 --gradual-wait 1s --json
    ended 1
    [[ $(jq -r .error.message <<<"$output") = *"gets no traffic: sample 1 of 1: it answers {\"revision\": "*", not {\"outputs\":[{\"name\":\"y\","* ]]
    traffic_is sampled "$old 100%"
    run --separate-stderr crdeploy deploy --image "$IMAGE" --update-env-vars CANARY=ok --gradual 100 --gradual-wait 1s --json
    ended 0
    [[ $stderr = *"1 sample of the manifest is answered as expected at the tag 'gradual-"* ]]
    traffic_is sampled "$(jq -r .revision <<<"$output") 100%"
}

@test "what was pinned stays pinned, by the new name; a tag that was asked for stays" {
    old=$(first pinned)
    crdeploy traffic pinned --to-revisions "$old=100" --update-tags "keep=$old" 2>/dev/null >&2
    run --separate-stderr next pinned ok --tag new
    ended 0
    new=$(jq -r .revision <<<"$output")
    traffic_is pinned "$new 100%,$old 0%, tag keep,$new 0%, tag new"
    run --separate-stderr next pinned fails
    ended 1
    traffic_is pinned "$new 100%,$old 0%, tag keep,$new 0%, tag new"
}

@test "a revision that does not start leaves the traffic as it was" {
    first broken
    run --separate-stderr next broken gone
    [ "$status" -ne 0 ]
    [[ $stderr = *"traffic is as it was, LATEST 100%"* ]]
    traffic_is broken "LATEST 100%"
    run --separate-stderr crdeploy predict '{}' --service broken
    ended 0
}

@test "what is no step, and options without --gradual, are refused before anything is sent" {
    for steps in 50,10 0 101 ten 10,,100; do
        run --separate-stderr crdeploy deploy x --image "$IMAGE" --gradual "$steps"
        ended 2
        [[ $stderr = *"is no step"* ]]
    done
    run --separate-stderr crdeploy deploy x --image "$IMAGE" --gradual-wait 1m
    ended 2
    [[ $stderr = *"--gradual-wait means something only with --gradual"* ]]
}

@test "a roll-back does not go to a revision that a gradual deploy took back, but to what served" {
    one=$(first forward)
    run --separate-stderr next forward ok
    two=$(jq -r .revision <<<"$output")
    run --separate-stderr next forward load
    [ "$status" -ne 0 ]
    three=$(crdeploy revisions list forward --json 2>/dev/null | jq -r '.revisions[0].name | sub(".*/"; "")')
    [ "$three" != "$two" ]
    [ "$(crdeploy rollback --service forward --plan --json 2>/dev/null | jq -r '.from + " " + .to')" = "$two $one" ]
    # nor after another one has been deployed
    run --separate-stderr next forward ok
    ended 0
    [ "$(crdeploy rollback --service forward 2>/dev/null)" = "$two" ]
    [ "$(crdeploy rollback --service forward 2>/dev/null)" = "$one" ]
    run --separate-stderr crdeploy rollback --service forward
    ended 1
}
