#!/usr/bin/env bats
# Identity federation from the command line: a foreign provider, a program and AWS vouch, a crdeploy-local checks what
# they say and gives tokens; and tokens that outlive the process.
load ../lib/helper
load local.bash

POOL=//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/jobs
WHO=principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/subject
ROBOT=robot@p.iam.gserviceaccount.com
ISSUER=https://ci.example

setup_file() {
    XDG_STATE_HOME_FOR_TEST=$BATS_FILE_TMPDIR/platform start_local
    openssl genrsa -out "$BATS_FILE_TMPDIR/key.pem" 2048 2>/dev/null
    openssl rsa -in "$BATS_FILE_TMPDIR/key.pem" -pubout -out "$BATS_FILE_TMPDIR/public.pem" 2>/dev/null
}
teardown_file() { stop_local; }

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    export XDG_STATE_HOME=$BATS_FILE_TMPDIR/platform
    local name
    for name in OAUTH STS IAM_CREDENTIALS; do export "CRDEPLOY_ENDPOINT_$name=$URL"; done
    for name in $(compgen -e | grep '^AWS_'); do unset "$name"; done
    cd "$BATS_TEST_TMPDIR" || return
    api DELETE /local/auth >/dev/null
    seed "$(jq -n --rawfile pem "$BATS_FILE_TMPDIR/public.pem" --arg issuer "$ISSUER" --arg pool "$POOL" \
        --arg robot "$ROBOT" '{issuers: [{issuer: $issuer, publicKeyPem: $pem}], pools: [{audience: $pool,
        issuer: $issuer}], awsKeys: [{accessKeyId: "AKTEST", secretAccessKey: "aws/s3cret+key"}],
        serviceAccounts: [{email: $robot, publicKeyPem: $pem}]}')"
    cache=$XDG_CACHE_HOME/crdeploy/tokens.json
}

seed() {
    api POST /local/auth "$1" >/dev/null
    [ "$(api_status)" = 200 ] || { cat "$BATS_TEST_TMPDIR/api.body"; return 1; }
}

coded() { openssl base64 -A | tr '+/' '-_' | tr -d =; }

# foreign SUBJECT [AUDIENCE]: what the foreign provider says of it.
foreign() {
    local now head claims
    now=$(date +%s)
    head=$(printf '{"alg":"RS256","typ":"JWT","kid":"k"}' | coded)
    claims=$(jq -cn --arg iss "$ISSUER" --arg sub "$1" --arg aud "${2:-$POOL}" --argjson now "$now" '{$iss, $sub, $aud,
        iat: $now, exp: ($now + 600)}' | coded)
    printf '%s.%s.%s' "$head" "$claims" \
        "$(printf %s.%s "$head" "$claims" | openssl dgst -sha256 -sign "$BATS_FILE_TMPDIR/key.pem" -binary | coded)"
}

# account FILE TYPE SOURCE [MORE]: the credential file.
account() {
    jq -n --arg aud "$POOL" --arg type "urn:ietf:params:$2" --argjson source "$3" --argjson more "${4:-{\}}" '{
        type: "external_account", audience: $aud, subject_token_type: $type, credential_source: $source,
        token_url: "https://sts.googleapis.com/v1/token"} + $more' >"$1"
    chmod 600 "$1"
}

token() { crdeploy auth print-access-token --key-file account.json "$@"; }
whose() { curl -sS --data-urlencode "access_token=$1" "$URL/tokeninfo" | jq -r .email; }
claims() { cut -d. -f2 <<<"$1" | tr -- -_ +/ | sed 's/$/==/' | base64 -di 2>/dev/null; }

@test "a file vouches, as text and as a field of JSON" {
    foreign job-1 >jwt
    account account.json oauth:token-type:jwt '{"file": "jwt"}'
    [ "$(whose "$(token)")" = "$WHO/job-1" ]
    jq -n --rawfile jwt jwt '{value: $jwt}' >jwt.json
    account account.json oauth:token-type:jwt \
        '{"file": "jwt.json", "format": {"type": "json", "subject_token_field_name": "value"}}'
    [ "$(whose "$(token)")" = "$WHO/job-1" ]
}

@test "what the pool does not accept is said in its words" {
    foreign job-1 //iam.googleapis.com/other >jwt
    account account.json oauth:token-type:jwt '{"file": "jwt"}'
    run token
    ended 4
    said 'audience in ID Token does not match' "external account in 'account.json'"
    said_not "$(cat jwt)"
}

@test "a program vouches when that is allowed, and its answer is used again" {
    cat >helper <<'END'
#!/bin/sh
echo run >>runs
tee "$GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE" <answer.json
END
    chmod +x helper
    jq -n --arg jwt "$(foreign job-2)" --argjson until "$(($(date +%s) + 600))" '{version: 1, success: true,
        token_type: "urn:ietf:params:oauth:token-type:jwt", id_token: $jwt, expiration_time: $until}' >answer.json
    account account.json oauth:token-type:jwt \
        '{"executable": {"command": "./helper --of job", "timeout_millis": 10000, "output_file": "kept.json"}}'
    run token
    ended 4
    said GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1
    [ ! -e runs ]
    export GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1
    [ "$(whose "$(token)")" = "$WHO/job-2" ]
    rm "$cache"
    [ "$(whose "$(token)")" = "$WHO/job-2" ]
    [ "$(wc -l <runs)" = 1 ]
}

@test "AWS vouches by keys of the environment, of which nothing is kept" {
    account account.json aws:token-type:aws4_request '{"environment_id": "aws1",
        "regional_cred_verification_url": "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"}'
    export AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=AKTEST AWS_SECRET_ACCESS_KEY=aws/s3cret+key
    token=$(token)
    [[ $(whose "$token") == "$WHO/"*AKTEST* || $(whose "$token") == "$WHO/arn:aws:"* ]]
    [ ! -e "$cache" ]
    export AWS_SECRET_ACCESS_KEY=another
    run token
    ended 4
    said 'invalid AWS response'
}

@test "a service account is acted as, for both tokens" {
    foreign job-1 >jwt
    seed "$(jq -n --arg caller "$WHO/job-1" --arg robot "$ROBOT" '{impersonation: [{$caller, target: $robot}]}')"
    account account.json oauth:token-type:jwt '{"file": "jwt"}' "$(jq -n --arg robot "$ROBOT" '{
        service_account_impersonation_url:
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/\($robot):generateAccessToken",
        service_account_impersonation: {token_lifetime_seconds: 1800}}')"
    [ "$(whose "$(token)")" = "$ROBOT" ]
    id=$(crdeploy auth print-identity-token --key-file account.json --audiences https://qa.example)
    [ "$(claims "$id" | jq -r .aud)" = https://qa.example ]
    # both come from the cache now: nobody need vouch any more
    rm jwt
    [ "$(whose "$(token)")" = "$ROBOT" ]
    [ "$(crdeploy auth print-identity-token --key-file account.json --audiences https://qa.example)" = "$id" ]
    run crdeploy auth print-identity-token --key-file account.json --audiences https://other.example
    [ "$status" -ne 0 ]
}

@test "without a service account there is no identity token, and it is said what to do" {
    foreign job-1 >jwt
    account account.json oauth:token-type:jwt '{"file": "jwt"}'
    run crdeploy auth print-identity-token --key-file account.json --audiences https://qa.example
    ended 4
    said --impersonate-service-account
}

@test "one exchange serves many commands; another identity in the same file does not get its token" {
    foreign job-1 >jwt
    account account.json oauth:token-type:jwt '{"file": "jwt"}'
    first=$(token)
    rm jwt
    [ "$(token)" = "$first" ]
    [ "$(stat -c %a "$cache")" = 600 ]
    never grep -q -e job-1 -e "$POOL" "$cache"
    foreign job-2 >jwt2
    account account.json oauth:token-type:jwt '{"file": "jwt2"}'
    [ "$(whose "$(token)")" = "$WHO/job-2" ]
    printf '{"cut' >"$cache"
    [ "$(whose "$(token)")" = "$WHO/job-2" ]
}

@test "ten commands at once leave a cache that is whole" {
    local i
    for i in $(seq 10); do
        foreign "job-$i" >"jwt$i"
        account "account$i.json" oauth:token-type:jwt "{\"file\": \"jwt$i\"}"
    done
    for i in $(seq 10); do crdeploy auth print-access-token --key-file "account$i.json" >"token$i" 3>&- & done
    wait
    [ "$(jq length "$cache")" = 10 ]
    rm jwt*
    for i in $(seq 10); do
        [ "$(whose "$(cat "token$i")")" = "$WHO/job-$i" ]
        [ "$(crdeploy auth print-access-token --key-file "account$i.json")" = "$(cat "token$i")" ]
    done
}

@test "no secret of an exchange is traced" {
    foreign job-1 >jwt
    account account.json oauth:token-type:jwt '{"file": "jwt"}'
    token=$(token --debug=all 2>trace)
    [ -s trace ]
    never grep -qF -e "$(cat jwt)" -e "$token" trace
    never grep -qF "$(cat jwt)" "$cache"
}

@test "a workforce login is renewed" {
    seed '{"clients": [{"clientId": "pool-client", "clientSecret": "pool-s3cret"}], "refreshTokens": [{"token":
        "workforce-refresh", "clientId": "pool-client", "email": "ada@pool.example"}]}'
    jq -n '{type: "external_account_authorized_user", audience: "//iam.googleapis.com/locations/global/workforcePools/p",
        client_id: "pool-client", client_secret: "pool-s3cret", refresh_token: "workforce-refresh",
        token_url: "https://sts.googleapis.com/v1/oauthtoken"}' >account.json
    chmod 600 account.json
    [ "$(whose "$(token)")" = ada@pool.example ]
}
