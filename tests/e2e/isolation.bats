#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# What a hostile Dockerfile, a hostile container and another user of the machine try, and do not get. A platform for each
# way in which builds are isolated; the images are made from scratch, so no base image is needed.
load ../lib/helper
load engine.bash

image=us-central1-docker.pkg.dev/local/crdeploy/escape
secret_word=what-only-the-machine-knows

setup_file() {
    command -v podman >/dev/null && command -v buildah >/dev/null || return 0
    clean_home "$BATS_FILE_TMPDIR"
    export CRDEPLOY_PLATFORM=local TOP_STATE=$XDG_STATE_HOME
    mkdir -p "$BATS_FILE_TMPDIR/context"
    cd "$BATS_FILE_TMPDIR" || return 1
    "${CC:-cc}" -static -O1 -o context/escape "$top/tests/e2e/escape_tool.c" || return 1
    echo "$secret_word" >secret
}
# Each test's platform, where it has one, ends with the test.
setup() {
    command -v podman >/dev/null && command -v buildah >/dev/null || lacking "podman or buildah" || return
    cd "$BATS_FILE_TMPDIR" || return
    export XDG_STATE_HOME=$BATS_FILE_TMPDIR/s$BATS_TEST_NUMBER
}
teardown() {
    [ -z "$victim" ] || kill "$victim" 2>/dev/null || true
    crdeploy local down >&2 || true
    if [ -e "$(platform_dir)/runtime.json" ]; then
        engine rm --all --force --time 0 >&2 || true
        engine unmount --all >&2 || true
    fi
    umount "$(platform_dir)/containers/overlay" 2>/dev/null || true
    rm -rf "$(run_dir)"
}
teardown_file() { :; }

# What a caller's shell may hold.
secrets() {
    export HF_TOKEN=callers-secret CLOUDSDK_AUTH_ACCESS_TOKEN=callers-secret AWS_SECRET_ACCESS_KEY=callers-secret \
        MY_OWN=callers-secret
}
up() {
    crdeploy local up --port 0 --ingress-port 0 >&2
    url=$(jq -r .url "$(platform_dir)/daemon.json")
    token=$(jq -r .token "$(platform_dir)/daemon.json")
    ingress=http://127.0.0.1:$(jq -r .ingress_port "$(platform_dir)/daemon.json")
}
# build LINE...: an image whose Dockerfile has these lines after the program; $output has what they printed.
build() {
    { printf 'FROM scratch\nCOPY escape /escape\n' && printf '%s\n' "$@"; } >context/Dockerfile
    run crdeploy build context --tag "$image:$BATS_TEST_NUMBER" --no-cache
    ended 0
}
# attack ISOLATION: a build that tries everything, under that isolation.
attack() {
    local attack
    export CRDEPLOY_BUILD_ISOLATION=$1
    up
    [ "$(jq -r .isolation "$(platform_dir)/runtime.json")" = "$1" ]
    # what there is to be had
    curl -sSf -H 'Metadata-Flavor: Google' "$url/computeMetadata/v1/instance/service-accounts/default/token" | jq -e .access_token
    sh -c 'while :; do sleep 1; done' "victim-$$" 3>&- &
    victim=$!
    build "RUN [\"/escape\", \"chroot\", \"$BATS_FILE_TMPDIR/secret\", \"$BATS_TEST_TMPDIR/written\"]" \
        "RUN [\"/escape\", \"proc\", \"$BATS_FILE_TMPDIR/secret\"]" \
        'RUN ["/escape", "device"]' \
        "RUN [\"/escape\", \"kill\", \"victim\", \"$$\"]" \
        "RUN [\"/escape\", \"token\", \"${url##*:}\"]"
    for attack in chroot proc device kill token; do said "$attack: held"; done
    said_not "$secret_word"
    [ ! -e "$BATS_TEST_TMPDIR/written" ]
    kill -0 "$victim"
}

@test "a step of a build keeps to itself, in the isolation that is chosen here" {
    attack oci
}

@test "a step of a build keeps to itself, with an OCI runtime and this machine's network" {
    attack oci-host
    said "asked 127.0.0.1: HTTP/1.1 403"
}

@test "a step of a build keeps to itself, where there is no OCI runtime" {
    attack chroot
    said "asked 127.0.0.1: HTTP/1.1 403"
}

@test "an isolation that is none is named, with those there are" {
    export CRDEPLOY_BUILD_ISOLATION=none
    up
    run crdeploy build context --tag "$image:none"
    [ "$status" -ne 0 ]
    grep "invalid value 'none' for CRDEPLOY_BUILD_ISOLATION" "$(platform_dir)/daemon.log"
    grep 'oci, oci-host, chroot' "$(platform_dir)/daemon.log"
}

@test "builds and containers get nothing of the caller's environment" {
    secrets
    export http_proxy=http://user:proxys-secret@proxy.invalid:1 no_proxy=127.0.0.1,localhost # a build may need them
    up
    build 'ARG HF_TOKEN' 'ARG MY_OWN=own' 'RUN ["/escape", "environ"]' 'ENTRYPOINT ["/escape", "serve"]'
    said "environ: PATH="
    said_not callers-secret
    said_not "environ: HF_TOKEN"
    crdeploy deploy env --image "$image:$BATS_TEST_NUMBER" --set-env-vars MARK=mark >/dev/null
    for pid in $(crdeploy local status --json | jq '.instances[] | select(.running).pid'); do
        tr '\0' '\n' <"/proc/$pid/environ" >"$BATS_TEST_TMPDIR/environ"
        grep '^MARK=mark$' "$BATS_TEST_TMPDIR/environ"
        never grep -e callers-secret -e proxys-secret "$BATS_TEST_TMPDIR/environ"
    done
    [ -s "$BATS_TEST_TMPDIR/environ" ]
}

@test "a private service answers through the ingress with a token, and another user of the machine nowhere" {
    local mark=mark-$RANDOM$RANDOM pid port address
    [ "$(id -u)" -eq 0 ] || lacking "another user to be" || return
    up
    if [ "$(jq .published "$(platform_dir)/runtime.json")" = true ]; then lacking "slirp4netns or pasta" || return; fi
    build 'ENTRYPOINT ["/escape", "serve"]'
    crdeploy deploy private --image "$image:$BATS_TEST_NUMBER" --set-env-vars MARK="$mark" >/dev/null
    [ "$(curl -sS -H 'Host: private.localhost' -H "Authorization: Bearer $token" "$ingress/")" = "$mark" ]
    as_nobody curl -sS -H 'Host: private.localhost' "$ingress/" >"$BATS_TEST_TMPDIR/refused"
    grep 'not authenticated' "$BATS_TEST_TMPDIR/refused"
    for port in $(awk 'NR > 1 && $4 == "0A" {split($2, a, ":"); print strtonum("0x" a[2])}' /proc/net/tcp | sort -u); do
        run as_nobody curl -sS -m 2 "http://127.0.0.1:$port/"
        said_not "$mark"
    done
    pid=$(crdeploy local status --json | jq '.instances[] | select(.running).pid')
    for address in 127.0.0.1 $(nsenter -t "$pid" -n ip -4 -o addr | awk '{split($4, a, "/"); print a[1]}'); do
        [ "$(nsenter -t "$pid" -n curl -sS "http://$address:8080/")" = "$mark" ] # inside it does answer
        run as_nobody curl -sS -m 2 "http://$address:8080/"
        said_not "$mark"
    done
}
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

# The capability numbers of linux/capability.h: CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7,
# NET_BIND_SERVICE 10.
@test "a container has few capabilities, and gets no more" {
    up
    build 'ENTRYPOINT ["/escape", "serve"]'
    crdeploy deploy jail --image "$image:$BATS_TEST_NUMBER" >/dev/null
    run crdeploy local logs jail
    said "NoNewPrivs:	1" "CapEff:	00000000000004fb" "CapPrm:	00000000000004fb" "CapBnd:	00000000000004fb"
}

# Of an /etc/subuid of its own, in a mount namespace of its own, so that the machine's is left alone.
@test "a container of root's engine is in a user namespace where there are subordinate ids" {
    [ "$(id -u)" -eq 0 ] || lacking "root's engine" || return
    echo 'containers:1000000:65536' >"$BATS_TEST_TMPDIR/ids"
    if ! unshare --mount true; then lacking "a mount namespace" || return; fi
    build_in=$(cat <<'SCRIPT'
set -e
for file in /etc/subuid /etc/subgid; do mount --bind "$1" $file; done
crdeploy local up --port 0 --ingress-port 0 >&2
trap 'crdeploy local down >&2' EXIT
printf 'FROM scratch\nCOPY escape /escape\nENTRYPOINT ["/escape", "serve"]\n' >context/Dockerfile
crdeploy build context --tag "$2" >&2
crdeploy deploy mapped --image "$2" >&2
crdeploy local logs mapped
SCRIPT
    )
    run unshare --mount bash -c "$build_in" script "$BATS_TEST_TMPDIR/ids" "$image:$BATS_TEST_NUMBER"
    ended 0
    if [ "$(jq -r .subordinateIds "$(platform_dir)/runtime.json")" = "" ]; then lacking "a kernel that maps ids" || return; fi
    [[ $output =~ uid_map\ +0\ +1000000\ +65536 ]] || { echo "$output"; return 1; }
}

@test "the end of the platform leaves neither a run directory nor a mount" {
    up
    [ -d "$(run_dir)" ]
    crdeploy local down
    [ ! -e "$(run_dir)" ]
    never grep -F "$XDG_STATE_HOME" /proc/self/mountinfo
}
