# engine.bash - for container tests in bats: podman on the storage of the test's own local platform, and the end of it.
#
# Needs XDG_STATE_HOME, where the platform keeps its state. A file that loads this has teardown_file() from here.

teardown_file() {
    [ -n "$XDG_STATE_HOME" ] || return 0
    crdeploy local down >&2 || true
    engine rm --all --force --time 0 >&2 || true # what a failed test left
    engine unmount --all >&2 || true
    rm -rf "$(run_dir)"
}

platform_dir() {
    printf %s "$XDG_STATE_HOME/crdeploy/local"
}
# Where the engine keeps what must not outlive the machine's uptime; as src/local/runtime_podman.c has it.
run_dir() {
    local owner
    owner=$(printf %s "$(platform_dir)" | sha256sum | cut -c1-16)
    if [ "$(id -u)" -eq 0 ]; then printf %s "/run/crdeploy-$owner"
    elif [ -d "/run/user/$(id -u)" ]; then printf %s "/run/user/$(id -u)/crdeploy-$owner"
    else printf %s "/tmp/crdeploy-$(id -u)-$owner"; fi
}
# engine ARGUMENT...: podman on the platform's own storage.
engine() {
    podman --root="$(platform_dir)/containers" --runroot="$(run_dir)" --tmpdir="$(run_dir)/libpod" \
        --storage-driver="$(jq -r .storageDriver "$(platform_dir)/runtime.json")" "$@"
}
