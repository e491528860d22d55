#!/usr/bin/env bats
# build and builds submit: what would be sent, compared with what gcloud sends for the same command line, and builds on the local
# platform, without containers.
bats_require_minimum_version 1.5.0
load ../lib/helper
load local.bash

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    export CLOUDSDK_CORE_PROJECT=my-proj CLOUDSDK_RUN_REGION=us-central1
    mkdir -p "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work"
}
teardown() { stop_local; }

platform() {
    unset CLOUDSDK_CORE_PROJECT
    export BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR
    start_local
}

# app DIR: a small directory with a Dockerfile of its own.
app() {
    mkdir -p "$1"
    printf 'FROM scratch\nCOPY main.c /\n' >"$1/Dockerfile"
    echo 'int main(void) { return 0; }' >"$1/main.c"
}

# tree NAME: a directory of tests/data/gcloud/trees.json, here.
tree() {
    local type mode path content zeros
    while IFS='|' read -r type mode path content zeros; do
        case $type in
            dir) mkdir -p "./$path" ;;
            symlink) ln -s "$(base64 -d <<<"$content")" "./$path"; continue ;;
            hardlink) ln "$(base64 -d <<<"$content")" "./$path"; continue ;;
            *) if [ "$zeros" != 0 ]; then truncate -s "$zeros" "./$path"; else base64 -d <<<"$content" >"./$path"; fi ;;
        esac
        chmod "$mode" "./$path"
    done < <(jq -r --arg name "$1" '.[$name][] |
        [.type, .mode // "-", .path, .base64 // (.link // .text // "" | @base64), (.zeros // 0 | tostring)] | join("|")' \
        "$top/tests/data/gcloud/trees.json")
}
# Made once for a test, then copied.
tree_again() {
    local kept=$BATS_TEST_TMPDIR/trees/$1
    [ -d "$kept" ] || (mkdir -p "$kept" && cd "$kept" && tree "$1")
    cp -a "$kept/." .
}

# The listing of the archive, a line an entry, and the body of the build, as builds.jsonl has them.
archive_of() {
    jq -c '[.requests[].body | objects | select(has("archive")) | .archive[] |
        (if .type == "symlink" then "l" else .type[:1] end) + " " + .mode + " " +
        (if .type == "file" then .size else 0 end | tostring) + " " + .name + (if has("link") then " -> " + .link else "" end)]'
}
body_of() {
    jq -cS '.requests[] | select(.url | endswith("/builds")) | .body |
        if .source.storageSource then .source.storageSource.object |= sub("[0-9a-f]{64}"; "NAME") else . end'
}

@test "every request that gcloud sends is sent, but for the differences that are listed" {
    local case name tree exit location argv environment status wrong=0 home=$PWD n=0
    while IFS= read -r case; do
        IFS='|' read -r name tree exit location argv environment < <(jq -r '[.name, .tree, .exit, .location, (.argv | @sh),
            ([.properties // {} | to_entries[] | select(.value) | .key + "=" + .value] | @sh)] | join("|")' <<<"$case")
        rm -rf "$home/case" && mkdir "$home/case" && cd "$home/case"
        tree_again "$tree"
        # gcloud never caches but with kaniko; the default with a cache has a test of its own
        [[ $environment == *KANIKO* ]] || argv+=" --no-cache"
        eval "env $environment crdeploy builds submit $argv --dry-run --json" >"$home/out" 2>"$home/err" && status=0 || status=$?
        if { [ "$exit" = 0 ] && [ "$status" != 0 ]; } || { [ "$exit" != 0 ] && [ "$status" = 0 ]; }; then
            echo "$name: exit status $status: $(cat "$home/err")"; wrong=1
        elif [ "$status" = 0 ]; then
            archive_of <"$home/out" >"$home/archive"
            body_of <"$home/out" >"$home/body"
            jq -r --slurpfile archive "$home/archive" --slurpfile body "$home/body" '
                (if $archive[0] == (.archive // []) then empty else "archive \($archive[0])" end),
                (if $body[0] == .body then empty else "body \($body[0])" end)' <<<"$case" >"$home/wrong"
            grep -q "/locations/$location/builds\"" "$home/out" || echo location >>"$home/wrong"
            [ ! -s "$home/wrong" ] || { echo "$name: $(cat "$home/wrong")"; wrong=1; }
        else
            grep -q '"message": "..' "$home/out" || { echo "$name: no message"; wrong=1; }
        fi
        n=$((n + 1))
    done < <(jq -c --slurpfile differs "$top/tests/data/gcloud/differences.json" \
        '. + ($differs[0][.name] // {} | del(.why))' "$top/tests/data/gcloud/builds.jsonl")
    [ "$n" -ge 41 ]
    [ "$wrong" = 0 ]
}

@test "modes, links and odd names go as they are" {
    tree modes
    tree names
    crdeploy builds submit --tag gcr.io/my-proj/app --dry-run --json 2>/dev/null >out
    archive_of <out | jq -r '.[]' >list
    local line
    for line in 'f 4755 1 suid' 'd 1777 0 sticky' 'd 755 0 empty' 'f 600 1 secret.txt' 'l 777 0 dangling -> nowhere' \
        'l 777 0 absolute -> /dev/null' 'l 700 0 dirlink -> private' 'f 644 1 grüße.txt' 'f 644 1 with space.txt' 'f 644 1 -dash'; do
        grep -qxF -- "$line" list || { echo "no line: $line"; cat list; return 1; }
    done
}

@test "layers are kept beside the image, and without a cache nothing is" {
    app app
    crdeploy build app --tag gcr.io/my-proj/app:v1 --dry-run --json 2>/dev/null >out
    body_of <out >body
    [ "$(jq -c .images body)" = '["gcr.io/my-proj/app:v1","gcr.io/my-proj/app:crdeploy-cache"]' ]
    [ "$(jq -c '.steps[0].env' body)" = '["DOCKER_BUILDKIT=1"]' ]
    [[ $(jq -r '.steps[0].args | join(" ")' body) == *"--cache-from gcr.io/my-proj/app:crdeploy-cache -t gcr.io/my-proj/app:v1 "* ]]
    crdeploy build app --tag gcr.io/my-proj/app:v1 --no-cache --dry-run --json 2>/dev/null | body_of >body
    [ "$(jq -c .images body)" = '["gcr.io/my-proj/app:v1"]' ]
    cd .. && example
    crdeploy build --dry-run --json 2>/dev/null | body_of >body
    [ "$(jq '.steps | length' body)" = 6 ] # the last two make a label of the memory measured
    [ "$(jq -r '.steps[].args | map(select(. == "--target")) | length' body | paste -sd' ')" = '1 1 1 0 0 0' ]
}

@test "values of a manifest, of the environment and of options win in that order" {
    example
    sed -i '/^build:/d' crdeploy.yaml
    printf '\nbuild:\n  disk_size: 200GB\n  machine_type: e2-medium\n  region: us-west1\n  substitutions: {_A: "1"}\n' >>crdeploy.yaml
    export CLOUDSDK_BUILDS_REGION=europe-west1 CRDEPLOY_DISK_SIZE=300GB
    crdeploy build --machine-type e2-highcpu-8 --timeout 20m --dry-run --json 2>/dev/null >out
    [ "$(body_of <out | jq -c .options)" = '{"diskSizeGb":"300","machineType":"E2_HIGHCPU_8"}' ]
    [ "$(body_of <out | jq -c '[.timeout, .substitutions]')" = '["1200s",{"_A":"1"}]' ]
    grep -q '/locations/us-west1/builds"' out
}

@test "what gcloud refuses is refused, and nothing is sent" {
    tree small
    local words
    while IFS='|' read -r words text; do
        run bash -c "crdeploy builds submit $words --dry-run"
        [ "$status" -ne 0 ] || { echo "not refused: $words"; return 1; }
        said "$text"
    done <<'ROWS'
--tag docker.io/me/app|'docker.io/me/app'
--tag app|'app'
--tag gcr.io/p/a --disk-size 2TB|'2TB'
--tag gcr.io/p/a --disk-size 102401MB|'102401MB'
--tag gcr.io/p/a --timeout soon|'soon'
--tag gcr.io/p/a --machine-type huge|'huge'
--tag gcr.io/p/a --worker-pool p1|'p1'
--tag gcr.io/p/a --worker-pool projects/p/locations/us-west1/workerPools/w --region us-east1|'us-west1'
--tag gcr.io/p/a --substitutions A=1|'A'
--tag gcr.io/p/a --gcs-source-staging-dir gs://bucket|'gs://bucket'
--tag gcr.io/p/a --gcs-log-dir bucket/logs|'bucket/logs'
--tag gcr.io/p/a --config cloudbuild.yaml|--config
--pack builder=b|image
--pack image=docker.io/me/app|'docker.io/me/app'
--config unknown.yaml|unknown.yaml:6:1
--config none.yaml|'none.yaml'
--tag gcr.io/p/a --no-source .|--no-source
--tag gcr.io/p/a no-such-dir|'no-such-dir'
--tag gcr.io/p/a main.c|'main.c'
--tag gcr.io/p/a gs://bucket|'gs://bucket'
ROWS
    rm Dockerfile
    run crdeploy builds submit --tag gcr.io/p/a --dry-run
    ended 3
    said Dockerfile
}

@test "a name that no registry of Google's has is built when it is asked for" {
    app app
    export CLOUDSDK_BUILDS_CHECK_TAG=False
    crdeploy build app --tag docker.io/me/app --dry-run --json 2>/dev/null | body_of | grep -q '"docker.io/me/app"'
}

@test "the plan shows totals, the largest files, what each rule leaves behind, and secrets" {
    app app
    head -c 100000 /dev/urandom >app/big.bin
    mkdir -p app/node_modules/x
    echo 12345 >app/node_modules/x/y
    echo notes >app/a.md
    printf '# here\nnode_modules/\n' >app/.gcloudignore
    echo '*.md' >app/.dockerignore
    echo A=1 >app/.env
    run crdeploy build app --plan
    ended 3
    said "6 files" "big.bin" "1 file by 'node_modules/' (app/.gcloudignore:2)" "1 file by '*.md' (app/.dockerignore:1)" \
        "app/.env" --allow-secrets
    run bash -c 'crdeploy build app --plan --json --allow-secrets 2>/dev/null'
    ended 0
    [ "$(jq -c '[.totals.files, .largest[0].path, (.dropped | length), .secrets[0].allowed]' <<<"$output")" = \
        '[6,"big.bin",2,true]' ]
    [ "$(jq '.totals.compressed > 100000 and .totals.compressed < 110000' <<<"$output")" = true ]
}

@test "secrets are refused before anything is sent, unless an ignore rule or the user says otherwise" {
    app app
    printf '{"type": "service_account", "private_key": "k"}' >app/key.json
    echo x >app/id_rsa
    run crdeploy build app --dry-run
    ended 3
    said "app/key.json" "app/id_rsa" "2 problems"
    crdeploy build app --dry-run --allow-secrets >/dev/null 2>&1
    printf 'key.json\nid_rsa\n' >app/.dockerignore
    crdeploy build app --dry-run >/dev/null 2>&1
}

@test "a directory, an archive, an object: built here, the digest printed" {
    platform
    app app
    run --separate-stderr crdeploy build app --platform local
    ended 0
    [[ $output == us-central1-docker.pkg.dev/local/crdeploy/app@sha256:* ]]
    local first=$output
    run --separate-stderr crdeploy builds submit app --platform local --tag us-central1-docker.pkg.dev/local/apps/app:v1 --json
    ended 0
    [ "$(jq -c '[.tag, .built, .uploaded]' <<<"$output")" = '["us-central1-docker.pkg.dev/local/apps/app:v1",true,false]' ]
    [ "$(jq -r .digest <<<"$output")" = "${first#*@}" ]
    tar -czf a.tgz -C app .
    run --separate-stderr crdeploy build a.tgz --platform local --tag gcr.io/local/app --suppress-logs --region us-west1
    ended 0
    [[ $output == gcr.io/local/app@sha256:* ]]
    [[ $stderr != *FETCHSOURCE* ]]
    local object
    object=$(api GET "/storage/v1/b/local_cloudbuild/o" | jq -r '.items[0].name')
    run --separate-stderr crdeploy build "gs://local_cloudbuild/$object" --platform local --tag gcr.io/local/app \
        --gcs-source-staging-dir gs://my-staging/dir
    ended 0
    [[ $stderr == *"to gs://my-staging/dir/"* ]]
    run crdeploy build gs://local_cloudbuild/none.tgz --platform local --tag gcr.io/local/app
    ended 3
    said "no object 'gs://local_cloudbuild/none.tgz'"
}

# hostile NAME: an archive whose links make the root of the disk the directory NAME, each of them innocent as text.
hostile() {
    mkdir -p hostile/a/b/c
    ln -s ../../.. hostile/a/b/c/z
    ln -s "a/b/c/z/$(printf '../%.0s' {1..3})" "hostile/$1"
    printf 'FROM scratch\nCOPY etc/hostname /\n' >hostile/Dockerfile
    tar -czf hostile.tgz -C hostile .
}

@test "an archive whose links lead out of the workspace is not built" {
    platform
    hostile m
    printf 'steps: [{name: gcr.io/cloud-builders/docker, dir: m, args: [build, -t, gcr.io/local/app, -f, Dockerfile, .]}]
images: [gcr.io/local/app]\n' >cloudbuild.yaml
    run crdeploy builds submit hostile.tgz --platform local --config cloudbuild.yaml
    ended 1
    said "the link 'm' leads out of the workspace"
    [ -z "$(ls -A "$LOCAL_STATE/work")" ]
}

@test "links inside of the workspace lead to the context and to its Dockerfile" {
    platform
    app sub/app
    mkdir sub/files && mv sub/app/Dockerfile sub/files/Dockerfile.real
    ln -s ../files/Dockerfile.real sub/app/Dockerfile
    ln -s app sub/context
    tar -czf links.tgz sub
    printf 'steps: [{name: gcr.io/cloud-builders/docker, dir: sub, args: [build, -t, gcr.io/local/app, context]}]
images: [gcr.io/local/app]\n' >cloudbuild.yaml
    run --separate-stderr crdeploy builds submit links.tgz --platform local --config cloudbuild.yaml
    ended 0
}

@test "a build is started and left alone" {
    platform
    app app
    run --separate-stderr crdeploy builds submit app --platform local --tag gcr.io/local/app --async --json
    ended 0
    [ "$(jq -c '[.image, .digest]' <<<"$output")" = '[null,null]' ]
    local id
    id=$(jq -r .id <<<"$output")
    [ "$(jq -r .build <<<"$output")" = "projects/local/locations/global/builds/$id" ]
    [ "$(api GET "/v1/projects/local/locations/global/builds/$id" | jq -r .id)" = "$id" ]
}

@test "a configuration is read strictly and built by its own steps" {
    platform
    app app
    cat >cloudbuild.yaml <<'YAML'
steps:
- name: gcr.io/cloud-builders/docker
  args: [build, -t, 'us-central1-docker.pkg.dev/$PROJECT_ID/apps/app:${_TAG}', .]
substitutions: {_TAG: latest}
images: ['us-central1-docker.pkg.dev/$PROJECT_ID/apps/app:${_TAG}']
YAML
    run --separate-stderr crdeploy builds submit app --platform local --substitutions _TAG=v7
    ended 0
    [[ $output == us-central1-docker.pkg.dev/local/apps/app@sha256:* ]]
    [[ $stderr == *"apps/app:v7"* ]]
}

@test "an image built for one registry and deployed from another is said to be two" {
    platform
    app app
    crdeploy builds submit app --platform local --tag us.gcr.io/local/app 2>/dev/null
    example
    run crdeploy deploy --platform local --image gcr.io/local/app
    ended 3
    said "'gcr.io/local/app'" "'us.gcr.io/local/app'" "--image us.gcr.io/local/app"
}
