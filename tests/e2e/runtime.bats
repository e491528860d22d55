#!/usr/bin/env bats
# The runtime with real containers: building from a base image that no registry gave, limits, logs, stopping, and what a killed
# daemon leaves. One state directory for the file, since making the base image is most of the time.
load ../lib/helper
load engine.bash

image=us-central1-docker.pkg.dev/local/crdeploy/tiny

setup_file() {
    export STATE=$BATS_FILE_TMPDIR/state CONTEXT=$BATS_FILE_TMPDIR/context
    mkdir -p "$CONTEXT"
    printf 'weights' >"$CONTEXT/weights.bin"
    printf 'one' >"$CONTEXT/code.txt"
    cat >"$CONTEXT/Dockerfile" <<'EOF'
ARG BASE=debian:trixie-slim
FROM $BASE AS build
COPY code.txt weights.bin /in/
RUN mkdir -p /out/model && cp /in/weights.bin /out/model/ && cp /in/code.txt /out/code && touch -d @0 /out/model/weights.bin
FROM debian:trixie-slim
COPY --from=build /out/model /model
COPY --from=build /out/code /code
CMD ["perl", "-MIO::Socket::INET", "-e", "$|=1; print qq(started $ENV{GREETING}\\n); $SIG{TERM}=sub{print qq(stopping\\n); exit 0}; my $s=IO::Socket::INET->new(LocalAddr=>q(0.0.0.0),LocalPort=>$ENV{PORT},Listen=>5,ReuseAddr=>1) or die $!; while(1){my $c=$s->accept or next; print $c qq(HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\nConnection: close\\r\\n\\r\\nok\\n); close $c}"]
EOF
}

setup() {
    command -v podman >/dev/null && command -v buildah >/dev/null || lacking "podman or buildah" || return
}

teardown_file() {
    tool cleanup || true
    find "$STATE" -name overlay -type d -path '*containers/overlay' -exec umount {} \; 2>/dev/null || true
    rm -rf "$(run_dir)"
}

tool() { "$BUILD/tests/e2e/runtime_tool" auto "$STATE" "$@"; }

platform_dir() { printf %s "$STATE"; }

# begin NAME: starts the image; sets id, port, pid and how.
begin() {
    read -r id port pid how < <(tool start "$image:1" "$1" "$STATE/$1.log")
    [ -n "$port" ] || return
    for _ in $(seq 100); do
        tool ask "$port" "$pid" "$how" >/dev/null 2>&1 && return
        sleep 0.05
    done
    return 1
}

@test "an image is built from debian:trixie-slim, wherever that comes from" {
    run tool build "$CONTEXT" "$image:1"
    ended 0
    [[ ${lines[-1]} =~ ^sha256:[0-9a-f]{64}$ ]]
    [ "$(jq -r .storageDriver "$STATE/runtime.json")" != null ]
    [ -z "$(engine images --quiet localhost/crdeploy-trial)" ]
}

@test "a variable of several lines reaches the container, and no argument list" {
    begin lines
    [[ $(engine inspect lines --format '{{json .Config.Env}}') == *'"LINES=one\ntwo"'* ]]
    run engine inspect lines --format '{{json .Config.CreateCommand}}'
    [[ $output == *'"--env=LINES"'* && $output != *LINES=* ]]
    engine rm --force --time 0 lines
}

@test "the layer of the weights keeps its digest when only the code changes" {
    engine image inspect "$image:1" --format '{{json .RootFS.Layers}}' >"$BATS_TEST_TMPDIR/before"
    printf 'two' >"$CONTEXT/code.txt"
    touch "$CONTEXT/weights.bin"
    run tool build "$CONTEXT" "$image:2"
    ended 0
    engine image inspect "$image:2" --format '{{json .RootFS.Layers}}' >"$BATS_TEST_TMPDIR/after"
    [ "$(jq -r '.[1]' "$BATS_TEST_TMPDIR/before")" = "$(jq -r '.[1]' "$BATS_TEST_TMPDIR/after")" ]
    [ "$(jq -r '.[2]' "$BATS_TEST_TMPDIR/before")" != "$(jq -r '.[2]' "$BATS_TEST_TMPDIR/after")" ]
}

@test "an image keeps its digest's name when its tag moves on" {
    first=$(tool resolve "$image:1")
    engine tag "$image:2" "$image:1"
    run tool resolve "$image@$first"
    ended 0
    [ "${lines[-1]}" = "$first" ]
    engine tag "localhost/crdeploy:${first#sha256:}" "$image:1"
}

@test "an image that is not there is not found, with a hint" {
    run tool resolve "$image:none"
    ended 1
    said "Image '$image:none' not found." "crdeploy build"
}

@test "a container runs under 2 CPUs and 3,000,000,000 bytes, answers, and its log is kept" {
    begin first
    run engine inspect first --format '{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}}'
    [ "${lines[-1]}" = "2000000000 3000000000" ] # podman 5 first warns of cgroup v1
    run tool ask "$port" "$pid" "$how"
    said "HTTP/1.1 200 OK" ok
    run tool state "$id"
    [ "$output" = "running 0 -" ]
    grep -q ' stdout F started hello there' "$STATE/first.log"
    run tool stop "$id"
    ended 0
    grep -q 'stopping' "$STATE/first.log"
    [ -z "$(engine ps --all --quiet)" ]
}

@test "what a killed daemon left running is removed, and only once" {
    begin orphan
    kill -0 "$pid"
    run tool cleanup
    ended 0
    [ -z "$(engine ps --all --quiet)" ]
    never kill -0 "$pid"
    run tool cleanup
    ended 0
}

@test "a build that was killed in the middle leaves nothing running, and the next one works" {
    printf 'FROM debian:trixie-slim\nRUN echo begun && sleep 300.77\n' >"$BATS_TEST_TMPDIR/Dockerfile"
    tool build "$BATS_TEST_TMPDIR" "$image:slow" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    for _ in $(seq 200); do grep -q '^begun' "$BATS_TEST_TMPDIR/out" && break; sleep 0.05; done
    grep -q '^begun' "$BATS_TEST_TMPDIR/out"
    kill -9 $!
    run tool cleanup
    ended 0
    for _ in $(seq 40); do pgrep -f 'sleep 300\.77' >/dev/null || break; sleep 0.05; done
    never pgrep -f 'sleep 300\.77'
    [ -z "$(engine ps --all --external --quiet)" ]
    [ ! -e "$STATE/tmp" ]
    run tool build "$CONTEXT" "$image:3"
    ended 0
}

@test "a Dockerfile that fails fails the build, and shows why" {
    printf 'FROM debian:trixie-slim\nRUN echo it went wrong && false\n' >"$BATS_TEST_TMPDIR/Dockerfile"
    run tool build "$BATS_TEST_TMPDIR" "$image:bad"
    ended 1
    said "it went wrong" "step exited with non-zero status: 1"
    [ -z "$(engine ps --all --external --quiet)" ]
    [ ! -e "$STATE/tmp" ]
}

@test "a base image that cannot be had is named" {
    printf 'FROM registry.invalid/nothing:1\n' >"$BATS_TEST_TMPDIR/Dockerfile"
    run tool build "$BATS_TEST_TMPDIR" "$image:bad"
    ended 1
    said "base image 'registry.invalid/nothing:1'"
}
