#!/usr/bin/env bats
# The local platform over HTTP: what handlers alone cannot show - sockets, cut connections, faults, signals, restarts.

setup_file() {
    load local.bash
    start_local --server "$BUILD/tests/lib/tiny_server"
}

teardown_file() {
    load local.bash
    stop_local
}

setup() {
    load local.bash
    IMAGE=us-central1-docker.pkg.dev/p/r/app
}

# upload NAME DOCKERFILE-LINE...: a context of one Dockerfile, as object NAME of the bucket `sources`.
upload() {
    local name=$1 dir="$BATS_TEST_TMPDIR/ctx"
    shift
    mkdir -p "$dir"
    printf '%s\n' 'FROM scratch' "$@" >"$dir/Dockerfile"
    tar -C "$dir" -czf "$dir.tgz" Dockerfile
    api POST '/storage/v1/b?project=p' '{"name":"sources"}' >/dev/null
    curl -sS -f -H "Authorization: Bearer $TOKEN" --data-binary "@$dir.tgz" \
        "$URL/upload/storage/v1/b/sources/o?uploadType=media&name=$name" >/dev/null
}

# submit NAME TAG [FIELDS]: prints the build's id.
submit() {
    api POST /v1/projects/p/locations/global/builds '{"source":{"storageSource":{"bucket":"sources","object":"'"$1"'"}},
        "steps":[{"name":"gcr.io/cloud-builders/docker","args":["build","-t","'"$IMAGE:$2"'","."]}],
        "images":["'"$IMAGE:$2"'"],"tags":["t"]'"${3:-}"'}' >"$BATS_TEST_TMPDIR/op"
    [ "$(jq -r .metadata.build.status "$BATS_TEST_TMPDIR/op")" = QUEUED ]
    jq -r .metadata.build.id "$BATS_TEST_TMPDIR/op"
}

build_status() { api GET "/v1/projects/p/locations/global/builds/$1" | jq -r .status; }

# await ID STATUS: within ten seconds.
await() {
    local status
    for _ in $(seq 100); do
        status=$(build_status "$1")
        [ "$status" = "$2" ] && return 0
        case "$status" in QUEUED | WORKING) sleep 0.1 ;; *) break ;; esac
    done
    echo "build is $status, not $2" >&2
    return 1
}

# gone WORDS: no process has them in its command line.
gone() {
    run pgrep -f "$1"
    [ "$status" -eq 1 ]
}

@test "it listens on 127.0.0.1 alone, and daemon.json is private" {
    for port in "${URL##*:}" "$INGRESS"; do # 0A: listening
        port=$(printf '%04X' "$port")
        [ "$(awk '$4 == "0A" && $2 ~ /:'"$port"'$/ { print $2 }' /proc/net/tcp /proc/net/tcp6)" = "0100007F:$port" ]
    done
    [ "$(stat -c %a "$LOCAL_STATE/daemon.json")" = 600 ]
    [ "$(jq -r .pid "$LOCAL_STATE/daemon.json")" = "$LOCAL_PID" ]
    [ "$(jq -r .start_time "$LOCAL_STATE/daemon.json")" = "$(sed 's/.*) //' "/proc/$LOCAL_PID/stat" | cut -d' ' -f20)" ]
    run grep -q "$TOKEN" "$BATS_FILE_TMPDIR/local.out" "$BATS_FILE_TMPDIR/local.err"
    [ "$status" -eq 1 ]
}

@test "no token, no answer; health is open" {
    run curl -sS -o /dev/null -w '%{http_code}' "$URL/v2/projects/p/locations/us-central1/services"
    [ "$output" = 401 ]
    run curl -sS -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer wrong' "$URL/local/status"
    [ "$output" = 401 ]
    run curl -sS "$URL/local/health"
    [ "$(jq -r .status <<<"$output")" = ok ]
}

@test "the metadata server answers its own user, with the header" {
    local issued
    issued=$(curl -sS -H 'Metadata-Flavor: Google' "$URL/computeMetadata/v1/instance/service-accounts/default/token" |
        jq -r .access_token)
    [ "$(curl -sS -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $issued" "$URL/storage/v1/b?project=p")" = 200 ]
    # What was issued reaches the APIs, but not the platform's own switches.
    [ "$(curl -sS -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $issued" "$URL/local/status")" = 401 ]
    run curl -sS -o /dev/null -w '%{http_code}' "$URL/computeMetadata/v1/instance/service-accounts/default/token"
    [ "$output" = 403 ]
}

@test "nobody gets a token for a credential that the owner has not registered" {
    run curl -sS -d 'grant_type=refresh_token&refresh_token=x&client_id=c&client_secret=s' "$URL/token"
    [ "$(jq -r .error <<<"$output")" = invalid_client ]
    api POST /local/auth '{"clients":[{"clientId":"c","clientSecret":"s"}],
        "refreshTokens":[{"token":"x","clientId":"c","email":"u@example.com"}]}' >/dev/null
    run curl -sS -d 'grant_type=refresh_token&refresh_token=x&client_id=c&client_secret=s' "$URL/token"
    [[ "$(jq -r .access_token <<<"$output")" == ya29.* ]]
    [[ "$(api GET /local/auth)" != *'"s"'* ]]
    api DELETE /local/auth >/dev/null
    run curl -sS -d 'grant_type=refresh_token&refresh_token=x&client_id=c&client_secret=s' "$URL/token"
    [ "$(jq -r .error <<<"$output")" = invalid_client ]
}

@test "a second daemon on the same state refuses, and a taken port is told" {
    run timeout 10 "$BUILD/crdeploy-local" --port 0 --ingress-port 0 --runtime none --state "$LOCAL_STATE"
    [ "$status" -ne 0 ]
    [[ "$output" == *"already runs"* && "$output" == *"hint:"* ]]
    run timeout 10 "$BUILD/crdeploy-local" --port "${URL##*:}" --ingress-port 0 --runtime none --state "$BATS_TEST_TMPDIR/s"
    [ "$status" -ne 0 ]
    [[ "$output" == *"cannot listen on 127.0.0.1:${URL##*:}"* && "$output" == *"--port"* ]]
    [ ! -e "$BATS_TEST_TMPDIR/s/daemon.json" ]
}

@test "build, deploy, call, make public, delete" {
    upload ok.tgz
    id=$(submit ok.tgz v1)
    await "$id" SUCCESS
    digest=$(api GET "/v1/projects/p/locations/global/builds/$id" | jq -r '.results.images[0].digest')
    [[ "$digest" == sha256:* ]]
    run curl -sS -H "Authorization: Bearer $TOKEN" -H 'Range: bytes=0-13' "$URL/1.cloudbuild-logs.googleusercontent.com/log-$id.txt"
    [ "$output" = 'starting build' ]
    op=$(api POST '/v2/projects/p/locations/us-central1/services?serviceId=app' \
        '{"template":{"containers":[{"image":"'"$IMAGE@$digest"'"}]}}' | jq -r .name)
    run api POST "/v2/$op:wait" '{"timeout":"30s"}'
    [ "$(jq -r .response.terminalCondition.state <<<"$output")" = CONDITION_SUCCEEDED ]
    uri=$(jq -r .response.uri <<<"$output")
    [ "$(curl -sS -o /dev/null -w '%{http_code}' "$uri/predict")" = 403 ]
    run curl -sS -H "Authorization: Bearer $TOKEN" "$uri/predict"
    [ "$(jq -r .path <<<"$output")" = /predict ]
    api POST /v1/projects/p/locations/us-central1/services/app:setIamPolicy \
        '{"policy":{"bindings":[{"role":"roles/run.invoker","members":["allUsers"]}]}}' >/dev/null
    [ "$(curl -sS -o /dev/null -w '%{http_code}' "$uri/predict")" = 200 ]
    api DELETE /v2/projects/p/locations/us-central1/services/app >/dev/null
    [ "$(curl -sS -o /dev/null -w '%{http_code}' "$uri/predict")" = 421 ]
}

@test "cancel ends a build's processes within two seconds" {
    upload slow.tgz '# crdeploy-local-none: sleep 7777'
    id=$(submit slow.tgz slow)
    await "$id" WORKING
    for _ in $(seq 50); do pgrep -f 'sleep 7777' >/dev/null && break; sleep 0.1; done
    pgrep -f 'sleep 7777'
    before=$(date +%s%N)
    api POST "/v1/projects/p/locations/global/builds/$id:cancel" '{}' >/dev/null
    await "$id" CANCELLED
    [ $((($(date +%s%N) - before) / 1000000)) -lt 2000 ]
    gone 'sleep 7777'
    run api POST "/v1/projects/p/locations/global/builds/$id:cancel" '{}'
    [ "$(api_status)" = 400 ]
}

@test "a build that takes too long times out, one that fails says why" {
    upload slow.tgz '# crdeploy-local-none: sleep 7778'
    id=$(submit slow.tgz late ',"timeout":"0.5s"')
    await "$id" TIMEOUT
    upload bad.tgz '# crdeploy-local-none: fail the sample is wrong'
    id=$(submit bad.tgz bad)
    await "$id" FAILURE
    [ "$(api GET "/v1/projects/p/locations/global/builds/$id" | jq -r .failureInfo.type)" = USER_BUILD_STEP ]
    run curl -sS -H "Authorization: Bearer $TOKEN" "$URL/1.cloudbuild-logs.googleusercontent.com/log-$id.txt"
    [[ "$output" == *"the sample is wrong"* ]]
}

# docker KIND/REF [NS]: the reply of the registry's own protocol, for the package of $IMAGE.
docker() { api GET "/v2/p/r/app/$1?ns=${2:-us-central1-docker.pkg.dev}"; }

@test "the registry's own protocol has what a build pushed: manifest and configuration, by tag and by digest" {
    upload labels.tgz 'LABEL io.crdeploy.version="1.2" \' '    team=search'
    id=$(submit labels.tgz labels)
    await "$id" SUCCESS
    digest=$(api GET "/v1/projects/p/locations/global/builds/$id" | jq -r '.results.images[0].digest')
    for ref in labels "$digest"; do
        config=$(docker "manifests/$ref" | jq -r .config.digest)
        [ "$(api_status)" = 200 ]
        [ "$(docker "blobs/$config" | sha256sum | cut -c1-64)" = "${config#sha256:}" ]
        [ "$(docker "blobs/$config" | jq -c .config.Labels)" = '{"io.crdeploy.version":"1.2","team":"search"}' ]
    done
    for missing in manifests/other manifests/sha256:0 blobs/sha256:0 tags/list; do
        docker "$missing" >/dev/null
        [ "$(api_status)" = 404 ]
    done
    docker manifests/labels gcr.io >/dev/null
    [ "$(api_status)" = 404 ]
    [ "$(curl -sS -o /dev/null -w '%{http_code}' "$URL/v2/p/r/app/manifests/labels?ns=us-central1-docker.pkg.dev")" = 401 ]
}

# session NAME: prints the path of a new resumable session for an object of the bucket `up`.
session() {
    api POST '/storage/v1/b?project=p' '{"name":"up-bucket"}' >/dev/null
    curl -sS -D - -o /dev/null -X POST -H "Authorization: Bearer $TOKEN" -H 'Content-Length: 0' \
        "$URL/upload/storage/v1/b/up-bucket/o?uploadType=resumable&name=$1" | sed -n 's/^[Ll]ocation: //p' | tr -d '\r'
}

# fault JSON
fault() { api POST /local/faults "$1" >/dev/null && [ "$(api_status)" = 200 ]; }

# persisted SESSION TOTAL: prints how many bytes the platform has.
persisted() {
    local range
    range=$(curl -sS -D - -o /dev/null -X PUT -H "Content-Range: bytes */$2" -H 'Content-Length: 0' "$1" |
        sed -n 's/^[Rr]ange: bytes=0-//p' | tr -d '\r')
    [ -n "$range" ] && echo $((range + 1)) || echo 0
}

@test "an upload cut anywhere ends with the right object" {
    total=$((3 * 262144 + 17))
    head -c $total /dev/urandom >"$BATS_TEST_TMPDIR/data"
    for cut in 0 1 262143 262144 400000; do
        url=$(session "cut-$cut")
        fault '{"match":"PUT /upload*","action":"cut","after_bytes":'$cut'}'
        run curl -sS -X PUT --data-binary "@$BATS_TEST_TMPDIR/data" -H "Content-Range: bytes 0-$((total - 1))/$total" "$url"
        [ "$status" -ne 0 ]
        has=$(persisted "$url" $total)
        [ "$has" -eq $((cut / 262144 * 262144)) ]
        tail -c +$((has + 1)) "$BATS_TEST_TMPDIR/data" >"$BATS_TEST_TMPDIR/rest"
        curl -sS -f -X PUT --data-binary "@$BATS_TEST_TMPDIR/rest" -H "Content-Range: bytes $has-$((total - 1))/$total" \
            "$url" >/dev/null
        curl -sS -H "Authorization: Bearer $TOKEN" "$URL/up-bucket/cut-$cut" | cmp - "$BATS_TEST_TMPDIR/data"
    done
}

@test "less may be persisted than was received" {
    head -c 524288 /dev/zero >"$BATS_TEST_TMPDIR/data"
    url=$(session less)
    fault '{"match":"PUT /upload*","action":"persist","persist":262144}'
    run curl -sS -i -X PUT --data-binary "@$BATS_TEST_TMPDIR/data" -H "Content-Range: bytes 0-524287/1000000" "$url"
    [[ "$output" == *" 308 "* && "$output" == *"ange: bytes=0-262143"* ]]
}

@test "faults: status with Retry-After, N times; bad JSON; an operation that fails" {
    fault '{"match":"GET /v2/*services*","action":"status","status":429,"retry_after":7,"times":2}'
    for want in 429 429 200; do
        [ "$(curl -sS -D "$BATS_TEST_TMPDIR/h" -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $TOKEN" \
            "$URL/v2/projects/p/locations/us-central1/services")" = $want ]
        [ $want = 200 ] || grep -qi '^retry-after: 7' "$BATS_TEST_TMPDIR/h"
    done
    fault '{"match":"GET /storage*","action":"bad-json"}'
    run bash -c "curl -sS -H 'Authorization: Bearer $TOKEN' '$URL/storage/v1/b?project=p' | jq ."
    [ "$status" -ne 0 ]
    fault '{"match":"POST *builds","action":"fail-operation","message":"no luck"}'
    upload ok.tgz
    id=$(submit ok.tgz unlucky)
    await "$id" FAILURE
    [ "$(api GET "/v1/projects/p/locations/global/builds/$id" | jq -r .failureInfo.detail)" = 'no luck' ]
    run api POST /local/faults '{"match":"GET /*","action":"explode"}'
    [ "$(api_status)" = 400 ]
    fault '{"match":"GET /nothing","action":"cut"}'
    api DELETE /local/faults >/dev/null
    [ "$(api GET /local/faults | jq '.faults|length')" = 0 ]
}

@test "faults: connections reset, lost or truncated, and tokens that expire" {
    api POST '/storage/v1/b?project=p' '{"name":"up-bucket"}' >/dev/null
    # What curl calls them: 52 no answer, 56 reset by peer, 18 too short.
    local row action want more issued
    for row in 'reset|56|' 'cut|52|' 'reset|56|,"after_bytes":3' 'lost|52|' 'lost|56|,"rst":1' 'truncate|18|' \
        'truncate|56|,"rst":1'; do
        IFS='|' read -r action want more <<<"$row"
        fault '{"match":"POST /upload*","action":"'"$action"'"'"$more"'}'
        run curl -sS -o /dev/null -H "Authorization: Bearer $TOKEN" --data-binary 12345 \
            "$URL/upload/storage/v1/b/up-bucket/o?uploadType=media&name=$action-$want"
        [ "$status" -eq "$want" ] || { echo "$row ended with $status: $output"; return 1; }
    done
    # Before or inside the body nothing is made; afterwards it is.
    run bash -c "curl -sS -H 'Authorization: Bearer $TOKEN' '$URL/storage/v1/b/up-bucket/o?prefix=' | jq -r '.items[].name' |
        grep -v ^cut- | paste -sd' '"
    [ "$output" = "lost-52 lost-56 truncate-18 truncate-56" ]
    issued=$(curl -sS -H 'Metadata-Flavor: Google' "$URL/computeMetadata/v1/instance/service-accounts/default/token" |
        jq -r .access_token)
    fault '{"match":"GET /storage*","action":"expire-token"}'
    for _ in 1 2; do
        run curl -sS -H "Authorization: Bearer $issued" "$URL/storage/v1/b?project=p"
        [ "$(jq -r '.error.details[0].reason' <<<"$output")" = ACCESS_TOKEN_EXPIRED ]
    done
}

@test "a body over four MiB is refused" {
    head -c 4500000 /dev/zero | tr '\0' ' ' >"$BATS_TEST_TMPDIR/big"
    run curl -sS -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $TOKEN" --data-binary "@$BATS_TEST_TMPDIR/big" \
        "$URL/v1/projects/p/builds"
    [ "$output" = 400 ]
}

@test "killed in the middle of a build, it starts again: the build has ended, its processes too, objects and token stay" {
    export XDG_STATE_HOME_FOR_TEST="$BATS_TEST_TMPDIR/other" BATS_FILE_TMPDIR="$BATS_TEST_TMPDIR"
    start_local --server "$BUILD/tests/lib/tiny_server"
    token=$TOKEN
    upload slow.tgz '# crdeploy-local-none: sleep 7779'
    id=$(submit slow.tgz killed)
    await "$id" WORKING
    for _ in $(seq 50); do pgrep -f 'sleep 7779' >/dev/null && break; sleep 0.1; done
    sleep 0.3
    kill -KILL "$LOCAL_PID"
    wait "$LOCAL_PID" || true
    rm -f "$BATS_TEST_TMPDIR/local.out"
    start_local --server "$BUILD/tests/lib/tiny_server"
    [ "$TOKEN" = "$token" ]
    [ "$(build_status "$id")" = INTERNAL_ERROR ]
    gone 'sleep 7779'
    curl -sS -f -o /dev/null -H "Authorization: Bearer $TOKEN" "$URL/sources/slow.tgz"
    id=$(submit slow.tgz again)
    await "$id" WORKING
    stop_local
    [ ! -e "$LOCAL_STATE/daemon.json" ]
    gone 'sleep 7779'
}

@test "POST /local/stop ends it with 0" {
    export XDG_STATE_HOME_FOR_TEST="$BATS_TEST_TMPDIR/other" BATS_FILE_TMPDIR="$BATS_TEST_TMPDIR"
    start_local --server "$BUILD/tests/lib/tiny_server"
    api POST /local/stop >/dev/null
    wait "$LOCAL_PID"
    [ ! -e "$LOCAL_STATE/daemon.json" ]
}

@test "a client that takes the platform for a proxy is answered as well" {
    run curl -s --noproxy '' -x "$URL" -H "Authorization: Bearer $TOKEN" "http://run.googleapis.com/v2/projects/p/locations/us-central1/services"
    [ "$output" = "{}" ]
}

# page HEADER...: the status of what a web page could send to get a token, with these headers.
page() {
    local header with=()
    for header; do with+=(-H "$header"); done
    curl -s -o "$BATS_TEST_TMPDIR/page" -w '%{http_code}' -H 'Metadata-Flavor: Google' "${with[@]}" \
        "$URL/computeMetadata/v1/instance/service-accounts/default/token"
}

@test "a web page gets no token, neither by DNS rebinding nor by a request across origins" {
    [ "$(page 'Host: metadata.google.internal')" = 200 ]
    jq -e .access_token "$BATS_TEST_TMPDIR/page"
    [ "$(page 'Host: evil.example' 'Origin: http://evil.example')" = 421 ]
    [ "$(page "Host: evil.example:${URL##*:}")" = 421 ]
    [ "$(page 'Origin: http://evil.example')" = 403 ]
    [ "$(page 'Sec-Fetch-Site: cross-site')" = 403 ]
    run grep access_token "$BATS_TEST_TMPDIR/page"
    [ "$status" -eq 1 ]
}
