#!/usr/bin/env bats
# Credentials from the command line: logging in by a browser (curl, that follows the address), what is remembered, what is
# listed, tokens, revoking, and gcloud's own files. The token endpoints are those of a crdeploy-local.
load ../lib/helper
load local.bash

CLIENT=tests.apps.googleusercontent.com
SECRET=client-s3cret

setup_file() {
    XDG_STATE_HOME_FOR_TEST=$BATS_FILE_TMPDIR/platform start_local
    openssl genrsa -out "$BATS_FILE_TMPDIR/key.pem" 2048 2>/dev/null
    openssl rsa -in "$BATS_FILE_TMPDIR/key.pem" -pubout -out "$BATS_FILE_TMPDIR/public.pem" 2>/dev/null
}
teardown_file() { stop_local; }

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    export XDG_STATE_HOME=$BATS_FILE_TMPDIR/platform
    local api
    for api in OAUTH ACCOUNTS STS IAM_CREDENTIALS; do export "CRDEPLOY_ENDPOINT_$api=$URL"; done
    export NO_GCE_CHECK=true BROWSER=$BATS_TEST_TMPDIR/browser PAGE=$BATS_TEST_TMPDIR/page
    unset DISPLAY WAYLAND_DISPLAY
    cd "$BATS_TEST_TMPDIR" || return
    printf '#!/bin/sh\nexec curl -sSL --max-time 30 -o "$PAGE" "$1"\n' >browser
    chmod +x browser
    jq -n --arg id "$CLIENT" --arg secret "$SECRET" '{installed: {client_id: $id, client_secret: $secret,
        auth_uri: "https://accounts.google.com/o/oauth2/auth", token_uri: "https://oauth2.googleapis.com/token",
        redirect_uris: ["http://localhost"]}}' >client.json
    api DELETE /local/auth >/dev/null
    seed "$(jq -n --arg id "$CLIENT" --arg secret "$SECRET" '{clients: [{clientId: $id, clientSecret: $secret}],
        login: {email: "ada@example.com"}}')"
    credentials=$XDG_CONFIG_HOME/crdeploy/credentials
}

seed() {
    api POST /local/auth "$1" >/dev/null
    [ "$(api_status)" = 200 ] || { cat "$BATS_TEST_TMPDIR/api.body"; return 1; }
}

# key FILE EMAIL: a service account's key, known to the platform.
key() {
    jq -n --rawfile pem "$BATS_FILE_TMPDIR/key.pem" --arg email "$2" '{type: "service_account", project_id: "p",
        private_key_id: "k1", private_key: $pem, client_email: $email, client_id: "1",
        token_uri: "https://oauth2.googleapis.com/token"}' >"$1"
    chmod 600 "$1"
    seed "$(jq -n --rawfile pem "$BATS_FILE_TMPDIR/public.pem" --arg email "$2" '{serviceAccounts: [{email: $email,
        publicKeyPem: $pem}]}')"
}

# user FILE EMAIL TOKEN: a login as gcloud keeps it, known to the platform.
user() {
    mkdir -p "$(dirname "$1")"
    jq -n --arg id "$CLIENT" --arg secret "$SECRET" --arg token "$3" '{type: "authorized_user", client_id: $id,
        client_secret: $secret, refresh_token: $token}' >"$1"
    chmod 600 "$1"
    seed "$(jq -n --arg id "$CLIENT" --arg email "$2" --arg token "$3" '{refreshTokens: [{token: $token, clientId: $id,
        email: $email}]}')"
}

# whose TOKEN: the platform says whose it is.
whose() { curl -sS --data-urlencode "access_token=$1" "$URL/tokeninfo" | jq -r .email; }

claims() { cut -d. -f2 <<<"$1" | tr -- -_ +/ | sed 's/$/==/' | base64 -di 2>/dev/null; }

# address FILE: the address to visit, once it has been printed there.
address() {
    local _
    for _ in $(seq 200); do
        grep -o 'http://127[^ ]*/o/oauth2/auth?[^ ]*' "$1" && return
        sleep 0.05
    done
    cat "$1"
    return 1
}

log_in() { crdeploy auth login --client-file client.json --port 0 --quiet "$@" 2>login.err; }

@test "a login by browser is remembered, active, and gives tokens" {
    run log_in
    ended 0
    [ "$output" = ada@example.com ]
    grep -q 'You are logged in' "$PAGE"
    [ "$(stat -c %a "$credentials")" = 700 ]
    [ "$(stat -c %a "$credentials/ada@example.com.json")" = 600 ]
    jq -e --arg id "$CLIENT" '.type == "authorized_user" and .account == "ada@example.com" and .client_id == $id and
        (.refresh_token | length > 20)' "$credentials/ada@example.com.json"
    [ "$(crdeploy config get account)" = ada@example.com ]
    run crdeploy auth print-access-token
    ended 0
    [ "$(whose "$output")" = ada@example.com ]
}

@test "neither code nor tokens are shown, traced or left in another file" {
    run crdeploy auth login --client-file client.json --port 0 --debug all
    ended 0
    refresh=$(jq -r .refresh_token "$credentials/ada@example.com.json")
    said_not "$refresh"
    said_not "$SECRET"
    said_not code_verifier
    never grep -q 'code=' <<<"$output"
    token=$(crdeploy auth print-access-token)
    run crdeploy auth list
    said_not "$refresh"
    said_not "$token"
    run crdeploy auth list --json
    said_not "$refresh"
    said_not "$token"
    [ "$(grep -rlF "$refresh" "$BATS_TEST_TMPDIR" | grep -cv -e credentials/ada)" = 0 ]
}

@test "another state is refused and the wait goes on" {
    crdeploy auth login --client-file client.json --port 0 --no-browser >out 2>err 3>&- &
    pid=$!
    url=$(address err)
    port=$(grep -o '127.0.0.1%3A[0-9]*' <<<"$url" | sed 's/.*A//')
    [ "$(curl -sS -o page -w '%{http_code}' "http://127.0.0.1:$port/?state=guess&code=x")" = 400 ]
    grep -q 'not the answer to this login' page
    [ "$(curl -sS -o page -w '%{http_code}' "http://127.0.0.1:$port/?error=access_denied")" = 400 ]
    [ "$(curl -sS -o page -w '%{http_code}' "http://127.0.0.1:$port/favicon.ico")" = 404 ]
    kill -0 "$pid"
    curl -sSL -o page "$url"
    wait "$pid"
    [ "$(cat out)" = ada@example.com ]
}

@test "a denial is said on both sides" {
    seed '{"login": {"error": "access_denied"}}'
    run crdeploy auth login --client-file client.json --port 0
    ended 4
    said 'denied in the browser' hint:
    for _ in $(seq 100); do grep -qs 'denied in the browser' "$PAGE" && break; sleep 0.05; done
    grep -q 'Not logged in' "$PAGE"
    [ ! -e "$credentials" ]
}

@test "a login without access to Google Cloud, or of another account, is not kept" {
    seed '{"login": {"email": "ada@example.com", "scope": "openid email"}}'
    run crdeploy auth login --client-file client.json --port 0
    ended 4
    said 'does not allow access to Google Cloud' tick
    seed '{"login": {"email": "bob@example.com"}}'
    run crdeploy auth login --client-file client.json --port 0 ada@example.com
    ended 4
    said "'bob@example.com', not 'ada@example.com'"
    [ ! -e "$credentials" ]
}

@test "Ctrl-C ends a login, and nothing is left behind" {
    crdeploy auth login --client-file client.json --port 0 --no-browser >out 2>err 3>&- &
    pid=$!
    address err
    kill -INT "$pid"
    run wait "$pid"
    [ "$status" -ne 0 ]
    grep -q interrupted err
    [ ! -e "$credentials" ]
}

@test "a headless login takes the address that is pasted" {
    mkfifo typed
    crdeploy auth login --client-file client.json --headless >out 2>err <typed 3>&- &
    pid=$!
    exec 7>typed
    url=$(address err)
    said_here=$(curl -sS -o /dev/null -w '%{redirect_url}' "$url")
    [[ $said_here == http://localhost:*'/?'* ]]
    printf '\nhttp://localhost:8085/?state=old&code=x\n' >&7
    printf '%s\n' "$said_here" >&7
    exec 7>&-
    wait "$pid"
    [ "$(cat out)" = ada@example.com ]
    grep -q 'paste it again' err
    run crdeploy auth login --client-file client.json --headless </dev/null
    ended 4
    said 'no address was pasted'
}

@test "client files that are none are named, with what to do" {
    run crdeploy auth login
    ended 2
    said --client-file 'Desktop app'
    echo '{"web": {"client_id": "x"}}' >web.json
    run crdeploy auth login --client-file web.json
    said 'web application' 'Desktop app'
    jq '.installed.auth_uri = "https://evil.example/auth"' client.json >evil.json
    run crdeploy auth login --client-file evil.json
    said "not Google's" --allow-custom-endpoints
    key key.json robot@p.iam.gserviceaccount.com
    run crdeploy auth login --client-file key.json
    said "service_account" '--cred-file key.json'
}

@test "a service account's key is tried, then remembered, and gives both tokens" {
    key key.json robot@p.iam.gserviceaccount.com
    run crdeploy auth login --cred-file key.json --quiet
    ended 0
    [ "$output" = robot@p.iam.gserviceaccount.com ]
    rm key.json
    [ "$(whose "$(crdeploy auth print-access-token)")" = robot@p.iam.gserviceaccount.com ]
    token=$(crdeploy auth print-identity-token --audiences https://qa.example)
    [ "$(claims "$token" | jq -r '.aud, .email' | paste -sd' ')" = 'https://qa.example robot@p.iam.gserviceaccount.com' ]
    run crdeploy auth print-identity-token
    ended 2
    said --audiences
    api DELETE /local/auth >/dev/null
    key other.json robot@p.iam.gserviceaccount.com
    jq '.client_email = "nobody@p.iam.gserviceaccount.com"' other.json >nobody.json
    run crdeploy auth login --cred-file nobody.json
    [ "$status" -ne 0 ]
    [ ! -e "$credentials/nobody@p.iam.gserviceaccount.com.json" ]
}

@test "acting as a service account" {
    log_in
    key key.json robot@p.iam.gserviceaccount.com
    seed '{"impersonation": [{"caller": "ada@example.com", "target": "robot@p.iam.gserviceaccount.com"}]}'
    token=$(crdeploy auth print-access-token --impersonate-service-account robot@p.iam.gserviceaccount.com)
    [ "$(whose "$token")" = robot@p.iam.gserviceaccount.com ]
    token=$(crdeploy auth print-identity-token --audiences https://qa.example --include-email \
        --impersonate-service-account robot@p.iam.gserviceaccount.com)
    [ "$(claims "$token" | jq -r '.aud, .email' | paste -sd' ')" = 'https://qa.example robot@p.iam.gserviceaccount.com' ]
}

@test "accounts beside each other: listed in order, chosen by name, revoked one at a time" {
    log_in
    key key.json robot@p.iam.gserviceaccount.com
    crdeploy auth login --cred-file key.json --no-activate --quiet
    [ "$(crdeploy config get account)" = ada@example.com ]
    [ "$(whose "$(crdeploy auth print-access-token robot@p.iam.gserviceaccount.com)")" = robot@p.iam.gserviceaccount.com ]
    run crdeploy auth list --json
    ended 0
    jq -e '[.credentials[] | [.account, .active]] == [["ada@example.com", true],
        ["robot@p.iam.gserviceaccount.com", false]]' <<<"$output"
    refresh=$(jq -r .refresh_token "$credentials/ada@example.com.json")
    token=$(crdeploy auth print-access-token)
    grep -qF "$token" "$XDG_CACHE_HOME/crdeploy/tokens.json"
    run crdeploy auth revoke
    ended 0
    said 'revoked ada@example.com'
    never grep -rqF "$token" "$XDG_CACHE_HOME" "$XDG_CONFIG_HOME"
    [ ! -e "$credentials/ada@example.com.json" ]
    run crdeploy config get account
    [ "$status" -ne 0 ]
    curl -sS -d grant_type=refresh_token -d "client_id=$CLIENT" -d "client_secret=$SECRET" \
        --data-urlencode "refresh_token=$refresh" "$URL/token" | jq -e '.error == "invalid_grant"'
    run crdeploy auth print-access-token ada@example.com
    [ "$status" -ne 0 ]
    [ "$(whose "$(crdeploy auth print-access-token robot@p.iam.gserviceaccount.com)")" = robot@p.iam.gserviceaccount.com ]
    run crdeploy auth revoke robot@p.iam.gserviceaccount.com
    ended 0
    said 'keys delete k1'
    run crdeploy auth revoke nobody@example.com
    ended 4
    said "there is no account 'nobody@example.com'" 'auth list'
}

@test "an account that Google cannot be asked about is kept, unless only this machine is meant" {
    log_in
    run env CRDEPLOY_ENDPOINT_OAUTH=http://127.0.0.1:1 crdeploy auth revoke
    ended 5
    said --local
    [ -e "$credentials/ada@example.com.json" ]
    echo broken >"$credentials/ada@example.com.json"
    run crdeploy auth list
    said 'no JSON'
    run env CRDEPLOY_ENDPOINT_OAUTH=http://127.0.0.1:1 crdeploy auth revoke --local
    ended 0
    [ ! -e "$credentials/ada@example.com.json" ]
}

# Names, modes, times and contents of everything of gcloud's.
gcloud_files() { (cd "$CLOUDSDK_CONFIG" && find . -type f -printf '%p %m %T@\n' -exec sha256sum {} + | sort); }

@test "gcloud's files are used in their order, and stay as they are" {
    user "$CLOUDSDK_CONFIG/legacy_credentials/cleo@example.com/adc.json" cleo@example.com r-cleo
    user "$CLOUDSDK_CONFIG/legacy_credentials/dora@example.com/adc.json" dora@example.com r-dora
    mkdir -p "$CLOUDSDK_CONFIG/configurations"
    printf '[core]\naccount = cleo@example.com\n' >"$CLOUDSDK_CONFIG/configurations/config_default"
    printf '[core]\naccount = dora@example.com\n' >"$CLOUDSDK_CONFIG/configurations/config_other"
    before=$(gcloud_files)
    [ "$(whose "$(crdeploy auth print-access-token)")" = cleo@example.com ]
    [ "$(whose "$(CLOUDSDK_ACTIVE_CONFIG_NAME=other crdeploy auth print-access-token)")" = dora@example.com ]
    [ "$(whose "$(crdeploy auth print-access-token --account dora@example.com)")" = dora@example.com ]
    run crdeploy auth list --json
    jq -e '.credentials | map([.source, .account, .active]) == [["gcloud auth login", "cleo@example.com", true],
        ["gcloud auth login", "dora@example.com", false]]' <<<"$output"
    run crdeploy auth revoke cleo@example.com
    ended 4
    said "account of gcloud's" 'gcloud auth revoke'
    [ "$(gcloud_files)" = "$before" ]

    user "$CLOUDSDK_CONFIG/application_default_credentials.json" eve@example.com r-eve
    before=$(gcloud_files)
    [ "$(whose "$(crdeploy auth print-access-token)")" = eve@example.com ]
    [ "$(whose "$(crdeploy auth application-default print-access-token)")" = eve@example.com ]
    key key.json robot@p.iam.gserviceaccount.com
    export GOOGLE_APPLICATION_CREDENTIALS=$PWD/key.json
    [ "$(whose "$(crdeploy auth print-access-token)")" = robot@p.iam.gserviceaccount.com ]
    [ "$(whose "$(crdeploy auth application-default print-access-token)")" = robot@p.iam.gserviceaccount.com ]
    run crdeploy auth application-default
    ended 0
    said '* $GOOGLE_APPLICATION_CREDENTIALS' application_default_credentials.json 'and so does crdeploy'
    chmod 644 key.json
    run crdeploy auth list
    ended 0
    said 'others can read it: chmod 600'
    export GOOGLE_APPLICATION_CREDENTIALS=$PWD/missing.json
    run crdeploy auth list
    ended 0
    said "missing.json'"
    run crdeploy auth print-access-token
    [ "$status" -ne 0 ]
    said missing.json GOOGLE_APPLICATION_CREDENTIALS
    [ "$(gcloud_files)" = "$before" ]
}

@test "a token in the environment comes before all, and application-default is still told apart" {
    user "$CLOUDSDK_CONFIG/application_default_credentials.json" eve@example.com r-eve
    export CRDEPLOY_ACCESS_TOKEN=ya29.given
    [ "$(crdeploy auth print-access-token)" = ya29.given ]
    [ "$(whose "$(crdeploy auth application-default print-access-token)")" = eve@example.com ]
    run crdeploy auth list
    ended 0
    said '* $CRDEPLOY_ACCESS_TOKEN' application_default_credentials.json
    said_not ya29
    run crdeploy auth application-default
    said 'comes before: $CRDEPLOY_ACCESS_TOKEN'
}

@test "without any credential all say how to get one" {
    run crdeploy auth print-access-token
    ended 4
    said 'crdeploy auth login'
    run crdeploy auth list
    ended 0
    said 'crdeploy auth login'
    run crdeploy auth application-default
    ended 4
    said 'gcloud auth application-default login'
    run crdeploy auth revoke
    ended 2
    run crdeploy auth lst
    ended 2
    said "'auth list'"
}

@test "on the local platform the verbs speak of its own token" {
    [ "$(crdeploy auth print-access-token --platform local)" = "$TOKEN" ]
    crdeploy auth print-identity-token --platform local --audiences http://qa.localhost | grep -q .
    run crdeploy auth list --platform local
    ended 0
    said '* '
    said_not "$TOKEN"
}

@test "gcloud itself, where it is there: its token and its files work for crdeploy" {
    if ! command -v gcloud >/dev/null; then
        echo "# gcloud is not on this machine: only files made by hand were tried" >&3
        return 0
    fi
    export CLOUDSDK_CORE_DISABLE_PROMPTS=1 CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=true CLOUDSDK_AUTH_TOKEN_HOST=$URL/token
    key key.json robot@p.iam.gserviceaccount.com
    jq --arg uri "$URL/token" '.token_uri = $uri' key.json >gcloud.json
    run gcloud auth activate-service-account --key-file gcloud.json
    ended 0
    token=$(gcloud auth print-access-token)
    [ "$(whose "$token")" = robot@p.iam.gserviceaccount.com ]
    before=$(gcloud_files)
    [ "$(CRDEPLOY_ACCESS_TOKEN=$token crdeploy auth print-access-token)" = "$token" ]
    [ "$(whose "$(crdeploy auth print-access-token --allow-custom-endpoints)")" = robot@p.iam.gserviceaccount.com ]
    run crdeploy auth list
    said '* gcloud auth login' robot@p.iam.gserviceaccount.com
    [ "$(gcloud_files)" = "$before" ]
}
