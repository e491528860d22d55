#!/usr/bin/env bats
# doctor: every failure it knows is made on the local platform, found, and where that is safe mended.
load ../lib/helper
load local.bash
bats_require_minimum_version 1.5.0

setup_file() {
    start_local --server "$BUILD/tests/lib/tiny_server"
    export LOCAL_STATE_HOME=$XDG_STATE_HOME
}
teardown_file() { stop_local; }

# Google's platform, all of whose addresses are the local one's; each test has a project of its own.
setup() {
    clean_home "$BATS_TEST_TMPDIR"
    mkdir -p "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work" || return
    PROJECT=p-$BATS_TEST_NUMBER
    local name
    for name in $(grep -o 'CRDEPLOY_ENDPOINT_[A-Z_]*' "$top/src/gcp/endpoints.c"); do
        export "$name=$URL"
    done
    export CRDEPLOY_ACCESS_TOKEN=$TOKEN CRDEPLOY_PROJECT=$PROJECT CRDEPLOY_REGION=us-central1 CRDEPLOY_RETRY_MS=1
    wrong '{}'
}

# wrong JSON: what is wrong with the project from now on.
wrong() { api POST /local/project "$1" >/dev/null; [ "$(api_status)" = 200 ]; }

# examined [OPTION...]: the document is in $output, and is JSON whatever the verdict.
examined() {
    run --separate-stderr crdeploy doctor --json "$@"
    jq -e . <<<"$output" >/dev/null
}
# found ID STATUS [TEXT...]: the check ended so, and its message, hint or call has the texts.
found() {
    local id=$1 want=$2 row text
    shift 2
    row=$(jq -c --arg id "$id" '.checks[] | select(.id == $id)' <<<"$output")
    [ "$(jq -r .status <<<"$row")" = "$want" ] || { printf '%s is not %s: %s\n' "$id" "$want" "$row"; return 1; }
    for text; do
        [[ $(jq -r '.message, .hint, .fix' <<<"$row") == *"$text"* ]] || { printf 'no %s in %s\n' "$text" "$row"; return 1; }
    done
}
all_ok() { [ "$(jq -r '[.checks[].status] | unique | join(" ")' <<<"$output")" = "$1" ] || { echo "$output"; return 1; }; }

@test "with nothing wrong everything is ok, once bucket and repository are there" {
    examined
    ended 0
    all_ok "ok warning"
    found bucket warning "gcloud storage buckets create gs://${PROJECT}_cloudbuild --project=$PROJECT" "POST $URL/storage/v1/b"
    found repository warning "gcloud artifacts repositories create crdeploy" "repositoryId=crdeploy"
    examined --fix
    ended 0
    [ "$(jq -c '[.checks[] | select(.fixed) | .id]' <<<"$output")" = '["bucket","repository"]' ]
    examined
    ended 0
    all_ok ok
    [ "$(jq .ok <<<"$output")" = true ]
    [ "$(jq -r '[.checks[].id] | join(" ")' <<<"$output")" = "manifest platform network endpoints clock credential \
project billing apis permissions region bucket repository build-account runtime-account" ]
    api GET "/storage/v1/b/${PROJECT}_cloudbuild" | jq -e '.iamConfiguration.uniformBucketLevelAccess.enabled' >/dev/null
}

@test "the text has a line a check, and commands below" {
    run crdeploy doctor
    ended 0
    said "ok       project" "'$PROJECT', number 1" "do: gcloud artifacts repositories create" "or: POST"
}

@test "an API that is not enabled: what needs it is skipped, --fix enables it" {
    wrong '{"disabledApis":["storage.googleapis.com","run.googleapis.com"]}'
    examined
    ended 3
    found apis failed "gcloud services enable run.googleapis.com storage.googleapis.com --project=$PROJECT" \
        "$URL/v1/projects/$PROJECT/services:batchEnable" '{"serviceIds":["run.googleapis.com","storage.googleapis.com"]}'
    found region skipped apis
    found bucket skipped apis
    found repository warning
    [ "$(jq .ok <<<"$output")" = false ]
    examined --fix
    ended 0
    all_ok ok
    [ "$(api GET "/v1/projects/$PROJECT/services/run.googleapis.com" | jq -r .state)" = ENABLED ]
}

@test "an API that was enabled is waited for" {
    wrong '{"disabledApis":["storage.googleapis.com"],"enableLag":3}'
    examined --fix
    ended 0
    all_ok ok
}

@test "an API that cannot be enabled is said to, and why" {
    wrong '{"disabledApis":["run.googleapis.com"],"billing":false}'
    examined --fix
    ended 3
    found billing failed "gcloud billing projects link $PROJECT --billing-account=" "PUT $URL/v1/projects/$PROJECT/billingInfo"
    found apis failed "tried to mend it" "Billing must be enabled"
}

@test "permissions that are missing come with the role that has them" {
    wrong '{"denied":["run.services.create","run.services.update","cloudbuild.builds.create"]}'
    examined
    ended 4
    found permissions failed "run.services.create (deploy)" "cloudbuild.builds.create (build)" \
        "gcloud projects add-iam-policy-binding $PROJECT --member=" "--role=roles/run.developer" \
        "--role=roles/cloudbuild.builds.editor" "$PROJECT:setIamPolicy"
    [ "$(jq -r '.checks[] | select(.id == "permissions").hint' <<<"$output" | grep -c run.developer)" = 1 ]
    wrong '{"denied":["run.routes.invoke"]}'
    examined
    ended 0
    found permissions warning "run.routes.invoke (predict)" roles/run.invoker
}

@test "nothing is granted and nothing is paid for by --fix" {
    wrong '{"denied":["run.services.create"],"billing":false}'
    examined --fix
    ended 3
    found permissions failed
    found billing failed
    [ "$(jq -c '[.checks[] | select(.fixed) | .id]' <<<"$output")" = '["bucket","repository"]' ]
}

@test "a bucket of somebody else's is refused, and not used by --fix" {
    wrong '{"foreignBuckets":["'"${PROJECT}"'_cloudbuild"]}'
    examined --fix
    ended 3
    found bucket failed "belongs to somebody else" "--gcs-source-staging-dir=gs://"
    examined --gcs-source-staging-dir "gs://$PROJECT-mine/source"
    found bucket warning "'$PROJECT-mine' is not there yet"
    wrong '{"foreignBuckets":["'"$PROJECT"'-theirs"]}'
    examined --gcs-source-staging-dir "gs://$PROJECT-theirs/source"
    found bucket warning "belongs to somebody else"
    CRDEPLOY_DEFAULT_BUCKETS_BEHAVIOR=regional-user-owned-bucket examined --build-region us-east1
    found bucket warning "'${PROJECT}_us-east1_cloudbuild' is not there yet"
}

@test "a project that is not there, not active, or not set" {
    wrong '{"missing":true}'
    examined
    ended 4
    found project failed "gcloud projects describe $PROJECT"
    found billing skipped project
    found bucket skipped
    wrong '{"state":"DELETE_REQUESTED"}'
    examined
    ended 3
    found project failed DELETE_REQUESTED "gcloud projects undelete $PROJECT" "$PROJECT:undelete"
    wrong '{}'
    unset CRDEPLOY_PROJECT
    examined
    ended 3
    found project failed "no project is set" "crdeploy config set project"
}

@test "without Resource Manager the rest is looked at all the same" {
    wrong '{"disabledApis":["cloudresourcemanager.googleapis.com"]}'
    examined
    ended 0
    found project warning "gcloud services enable cloudresourcemanager.googleapis.com"
    found permissions warning
    found apis ok
    found runtime-account ok 1-compute@
}

@test "what one may not look at is a warning" {
    wrong '{"disabledApis":["cloudbilling.googleapis.com","iam.googleapis.com"],"denied":["run.locations.list","serviceusage.services.list","resourcemanager.projects.getIamPolicy"]}'
    examined
    ended 0
    found billing warning "gcloud services enable cloudbilling.googleapis.com"
    found build-account warning "gcloud services enable iam.googleapis.com"
    found region warning run.locations.list
    found apis warning serviceusage.services.list
}

@test "service accounts: not there, disabled, not ours to act as, without roles, or none" {
    local who=1-compute@developer.gserviceaccount.com
    wrong '{"missingAccounts":["'$who'"]}'
    examined
    ended 3
    found build-account failed "there is no service account '$who'" "gcloud services enable compute.googleapis.com"
    found runtime-account failed "$who"
    wrong '{"disabledAccounts":["'$who'"]}'
    examined
    ended 3
    found runtime-account failed "gcloud iam service-accounts enable $who" "$who:enable"
    wrong '{"denied":["iam.serviceAccounts.actAs"]}'
    examined
    ended 4
    found build-account failed "gcloud iam service-accounts add-iam-policy-binding $who" --role=roles/iam.serviceAccountUser
    wrong '{"bareAccounts":true}'
    examined
    ended 0
    found build-account warning "--member=serviceAccount:$who --role=roles/cloudbuild.builds.builder"
    wrong '{"denied":["resourcemanager.projects.getIamPolicy"]}'
    examined
    found build-account ok "not yours to see"
    wrong '{"buildAccount":""}'
    examined
    ended 3
    found build-account failed "gcloud iam service-accounts create crdeploy-build --project=$PROJECT"
    wrong '{"buildAccount":"1@cloudbuild.gserviceaccount.com","missingAccounts":["1@cloudbuild.gserviceaccount.com"]}'
    examined
    found build-account warning roles/cloudbuild.builds.builder
    wrong '{"missingAccounts":["named@q.iam.gserviceaccount.com"]}'
    examined --service-account projects/q/serviceAccounts/named@q.iam.gserviceaccount.com
    found build-account failed "named@q.iam.gserviceaccount.com"
    wrong '{"buildAccount":"b@q.iam.gserviceaccount.com","missingAccounts":["b@q.iam.gserviceaccount.com"]}'
    examined
    found build-account failed "gcloud iam service-accounts create b"
}

@test "a clock that is off is said to be off" {
    wrong '{"clockSkewSeconds":7200}'
    examined
    ended 3
    found clock failed "s behind" "sudo timedatectl set-ntp true"
    wrong '{"clockSkewSeconds":-7200}'
    examined
    ended 3
    found clock failed "s ahead"
    wrong '{"clockSkewSeconds":120}'
    examined
    ended 0
    found clock warning "s behind"
}

@test "a token that is refused, and none at all" {
    CRDEPLOY_ACCESS_TOKEN=no examined
    ended 4
    found project failed "HTTP 401"
    unset CRDEPLOY_ACCESS_TOKEN
    examined
    ended 4
    found credential failed
    found project skipped credential
    found clock ok
}

@test "a credential is named with its file, and one that is broken with what to do" {
    unset CRDEPLOY_ACCESS_TOKEN
    printf '%s' "$TOKEN" >token
    examined --access-token-file token
    ended 0
    found credential ok "token file 'token'"
    GOOGLE_APPLICATION_CREDENTIALS=$PWD/none.json examined
    ended 4
    found credential failed none.json
    found network ok
    found clock ok
    found project skipped credential
    echo '{"type":"strange"}' >strange.json
    GOOGLE_APPLICATION_CREDENTIALS=$PWD/strange.json examined
    ended 4
    found credential failed strange.json strange
}

@test "who impersonates needs one API more" {
    wrong '{"disabledApis":["iamcredentials.googleapis.com"]}'
    examined
    found apis ok "all 5"
    examined --impersonate-service-account robot@q.iam.gserviceaccount.com
    ended 4
    found credential failed robot@q.iam.gserviceaccount.com "gcloud services enable iamcredentials.googleapis.com"
}

@test "nothing answers: the network is the first thing to fail" {
    CRDEPLOY_ENDPOINT_RESOURCE_MANAGER=http://127.0.0.1:1 examined
    ended 5
    found network failed "127.0.0.1:1"
    found endpoints warning "cloudresourcemanager at 'http://127.0.0.1:1'"
    found credential skipped network
    found runtime-account skipped
}

@test "an address that is overridden is said aloud" {
    unset CRDEPLOY_ENDPOINT_STS
    examined
    ended 0
    found endpoints warning "storage at '$URL'" "env | grep ENDPOINT"
}

@test "a region that is none, with the nearest" {
    examined --region us-centrall1
    ended 3
    found region failed "crdeploy config set region us-central1"
    unset CRDEPLOY_REGION
    examined
    ended 3
    found region failed "no region is set"
}

@test "a repository that cannot hold images, one far away, and an image from elsewhere" {
    api POST "/v1/projects/$PROJECT/locations/us-central1/repositories?repositoryId=jars" '{"format":"MAVEN"}' >/dev/null
    api POST "/v1/projects/$PROJECT/locations/europe-west1/repositories?repositoryId=far" '{"format":"DOCKER"}' >/dev/null
    api POST "/v1/projects/$PROJECT/locations/us/repositories?repositoryId=near" '{"format":"DOCKER"}' >/dev/null
    examined --tag "us-central1-docker.pkg.dev/$PROJECT/jars/n"
    ended 3
    found repository failed "format MAVEN" --tag
    examined --tag "europe-west1-docker.pkg.dev/$PROJECT/far/n"
    ended 0
    found repository warning europe-west1 "--tag us-central1-docker.pkg.dev/$PROJECT/far/NAME"
    examined --tag "us-docker.pkg.dev/$PROJECT/near/n"
    found repository ok
    examined --tag docker.io/library/nginx
    ended 3
    found repository failed
}

@test "the manifest here is looked at as well" {
    crdeploy init distilbert --from tiny-distilbert-qa 2>/dev/null
    examined
    found manifest ok crdeploy.yaml
    sed -i 's/^name: .*/name: Not_Valid/' crdeploy.yaml
    examined
    ended 3
    found manifest failed "crdeploy check"
    found project ok
}

# asked ANSWER OPTION...: doctor on a terminal, where ANSWER is typed for every question.
asked() {
    local answer=$1
    shift
    run bash -c "yes '$answer' | head -n 20 | script -qec 'crdeploy doctor $*' /dev/null"
}

@test "on a terminal --fix asks first, and does nothing that is refused" {
    command -v script >/dev/null || lacking script
    asked n --fix
    said "make the bucket '${PROJECT}_cloudbuild' in project '$PROJECT'? [y/N]" "is not there yet"
    api GET "/storage/v1/b/${PROJECT}_cloudbuild" >/dev/null
    [ "$(api_status)" = 404 ]
    asked y --fix
    said "[y/N]" "(mended)"
    api GET "/storage/v1/b/${PROJECT}_cloudbuild" >/dev/null
    [ "$(api_status)" = 200 ]
    PROJECT=$PROJECT-again
    export CRDEPLOY_PROJECT=$PROJECT
    asked n --fix --yes
    said_not "[y/N]"
    said "(mended)"
}

@test "without container tools that work the local platform says what to install" {
    export BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR
    unset CRDEPLOY_PROJECT
    (
        start_local --server /nonexistent
        trap stop_local EXIT
        examined --platform local
        ended 1
        found tools failed "apt-get install podman buildah" "$LOCAL_STATE/daemon.log"
        found project ok
    )
}

@test "the local platform, with its container tools" {
    export XDG_STATE_HOME=$LOCAL_STATE_HOME
    unset CRDEPLOY_PROJECT
    examined --platform local
    ended 0
    found tools warning "plain processes"
    found endpoints ok "$URL"
    found project ok "'local'"
    wrong '{"disabledApis":["cloudbuild.googleapis.com"]}'
    examined --platform local
    ended 3
    found build-account skipped apis
    examined --platform local --fix
    ended 0
    found build-account ok
}

@test "other verbs are refused in the same words while the project is not ready" {
    export XDG_STATE_HOME=$LOCAL_STATE_HOME
    unset CRDEPLOY_PROJECT
    example
    wrong '{"disabledApis":["cloudbuild.googleapis.com"]}'
    run crdeploy build --platform local
    ended 4
    said "gcloud services enable cloudbuild.googleapis.com --project=1, or 'crdeploy doctor --fix'"
    wrong '{"denied":["cloudbuild.builds.create"]}'
    run crdeploy build --platform local
    ended 4
    said "gcloud projects add-iam-policy-binding local --member=user:YOU --role=roles/cloudbuild.builds.editor"
}
