/*
 * fuzz_gcp_reply.c - whatever a service answers, each call ends in a result or in an error that can be shown.
 *
 * Input: a letter that picks the call (calls[], from 'A'), then the replies, ended by NUL bytes, each a letter that
 * picks the status (statuses[], from 'a') and a body; the last one is repeated until the call gives up. Holds: a call
 * returns 0 with what it promises and leaves err alone, or returns -1 with a code and a line of text, and sets nothing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/auth_json.h"
#include "gcp/billing.h"
#include "gcp/build.h"
#include "gcp/iam.h"
#include "gcp/logging.h"
#include "gcp/login.h"
#include "gcp/object_copy.h"
#include "gcp/project.h"
#include "gcp/registry.h"
#include "gcp/run.h"
#include "gcp/serviceusage.h"
#include "gcp/storage.h"
#include "gcp/upload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_REPLIES = 80 };

#define PARENT "projects/p/locations/l"
#define SERVICE PARENT "/services/s"

/* 0: the connection breaks. */
static const struct {
    int status;
    const char *range;
} statuses[] = {{200, NULL},
                {201, NULL},
                {204, NULL},
                {206, NULL},
                {308, NULL},
                {308, "bytes=0-262143"},
                {308, "x"},
                {400, NULL},
                {401, NULL},
                {403, NULL},
                {404, NULL},
                {409, NULL},
                {410, NULL},
                {412, NULL},
                {416, NULL},
                {429, NULL},
                {500, NULL},
                {503, NULL},
                {0, NULL},
                {302, NULL},
                {200, "bytes=0-99999999999999999999"},
                {308, "bytes=0-524287"}};

struct script {
    struct gcp_http door; /* first */
    const char *at, *end;
    int left;
};

/* What a call promised. */
struct out {
    json_t *json;
    char *text;
    bool may_lack; /* success may come with nothing */
    bool none;     /* nothing comes back at all */
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static int add(struct gcp_reply *reply, const char *name, const char *value, struct cr_error *err)
{
    return gcp_reply_header_add(reply, name, strlen(name), value, strlen(value), err);
}

static int answer(struct gcp_http *self, const struct gcp_request *req, struct gcp_reply *reply, struct cr_error *err)
{
    struct script *s = (struct script *)self;
    const char *body = s->at, *nul = body < s->end ? memchr(body, '\0', (size_t)(s->end - body)) : NULL;
    size_t n = (size_t)((nul ? nul : s->end) - body), row;

    gcp_reply_reset(reply);
    if (!n || s->left-- <= 0) {
        reply->fault = GCP_FAULT_LOCAL;
        return cr_fail(err, CR_E_NET, "the script is over");
    }
    if (nul && nul + 1 < s->end)
        s->at = nul + 1;
    row = (unsigned char)(*body - 'a') % CR_LEN(statuses);
    if (!statuses[row].status) {
        reply->fault = GCP_FAULT_BROKEN;
        return cr_fail(err, CR_E_NET, "no answer");
    }
    reply->status = statuses[row].status;
    if (add(reply, "Location", "https://storage.googleapis.com/upload/1", err) < 0 ||
        add(reply, "Metadata-Flavor", "Google", err) < 0 ||
        (statuses[row].range && add(reply, "Range", statuses[row].range, err) < 0))
        return -1;
    if (req->source) /* as libcurl does, before the reply */
        for (char part[4096]; req->source->pull(req->source->ud, part, sizeof(part), err) > 0;)
            continue;
    if (req->sink && reply->status < 300)
        return req->sink->push(req->sink->ud, body + 1, n - 1, err);
    return cr_str_add(&reply->body, body + 1, n - 1, err);
}

static void wait_fake(struct gcp_http *self, int64_t ms)
{
    (void)self;
    cr_sleep_ms(ms);
}

/* Every byte of it can be read: the sanitizers and valgrind look on. */
static void see_log(void *ud, const char *bytes, size_t n)
{
    volatile char last = 0;

    (void)ud;
    for (size_t i = 0; i < n; i++)
        last = bytes[i];
    (void)last;
}

static void see_text(void *ud, const char *text)
{
    (void)ud;
    require(text != NULL);
}

static void see_tick(void *ud, const json_t *operation)
{
    (void)ud;
    require(operation != NULL);
}

static int produce(void *ud, struct gcp_upload *up, struct cr_error *err)
{
    static const char part[100000];

    (void)ud;
    for (int i = 0; i < 6; i++)
        if (gcp_upload_write(up, part, sizeof(part), err) < 0)
            return -1;
    return 0;
}

#define CALL(name) static int name(struct gcp *g, struct out *o, struct cr_error *err)
#define NONE(name, call) \
    CALL(name)           \
    {                    \
        o->none = true;  \
        return call;     \
    }
#define GIVES(name, call) \
    CALL(name)            \
    {                     \
        return call;      \
    }
#define MAY_GIVE(name, call) \
    CALL(name)               \
    {                        \
        o->may_lack = true;  \
        return call;         \
    }

static const char *const names[] = {"run.services.get", "storage.objects.get"};
static bool flags[2];

NONE(bucket_ensure, gcp_bucket_ensure(g, "p", "b", "us", true, err))
MAY_GIVE(object_get, gcp_object_get(g, "b", "o", &o->json, err))
NONE(object_delete, gcp_object_delete(g, "b", "o", "1", err))
GIVES(object_copy, gcp_object_copy(g, "b", "o", NULL, "c", "q", &o->json, err))
GIVES(build_get, gcp_build_get(g, PARENT "/builds/1", &o->json, err))
GIVES(build_cancel, gcp_build_cancel(g, PARENT "/builds/1", &o->json, err))
MAY_GIVE(build_account, gcp_build_account(g, "p", "l", &o->text, err))
NONE(registry_ensure, gcp_registry_ensure(g, "p", "l", "r", flags, err))
MAY_GIVE(registry_format, gcp_registry_format(g, "p", "l", "r", &o->text, err))
MAY_GIVE(run_get, gcp_run_get(g, SERVICE, &o->json, err))
GIVES(run_list, gcp_run_list(g, PARENT, &o->json, err))
GIVES(run_revisions, gcp_run_revisions(g, SERVICE, &o->json, err))
MAY_GIVE(run_delete, gcp_run_delete(g, SERVICE, "e", &o->json, err))
GIVES(policy_get, gcp_run_policy_get(g, SERVICE, &o->json, err))
NONE(set_invokers, gcp_run_set_invokers(g, SERVICE, &(struct gcp_invoker){GCP_EVERYONE, true}, 1, flags, err))
NONE(iam_test, gcp_iam_test(g, GCP_STORAGE, "v1/projects/p", names, 2, flags, err))
MAY_GIVE(account_get, gcp_account_get(g, "p", "a@p.iam.gserviceaccount.com", &o->json, err))
NONE(account_may_act, gcp_account_may_act(g, "p", "a@p.iam.gserviceaccount.com", flags, err))
NONE(project_test, gcp_project_test(g, "p", names, 2, flags, err))
GIVES(project_policy, gcp_project_policy(g, "p", &o->json, err))
GIVES(project_regions, gcp_project_regions(g, "p", &o->json, err))
MAY_GIVE(billing_get, gcp_billing_get(g, "p", flags, &o->text, err))
MAY_GIVE(services_get, gcp_services_get(g, "p", names, 2, flags, &o->text, err))
NONE(services_enable, gcp_services_enable(g, "p", names, 2, err))
NONE(login_revoke, gcp_login_revoke(g, "token", flags, err))
GIVES(metadata_get, gcp_metadata_get(g->http, "http://metadata.google.internal", "project/project-id", &o->text, err))

CALL(bucket_owner)
{
    enum gcp_bucket_owner owner = GCP_BUCKET_MISSING;
    int rc = gcp_bucket_owner(g, "p", "b", &owner, err);

    o->none = true;
    require(owner == GCP_BUCKET_MISSING || owner == GCP_BUCKET_OURS || owner == GCP_BUCKET_FOREIGN);
    return rc;
}

CALL(upload)
{
    const struct gcp_upload_spec spec = {
        .bucket = "b", .object = "o", .content_type = "a/b", .if_absent = true, .chunk = GCP_UPLOAD_UNIT};

    return gcp_upload(g, &spec, produce, NULL, &o->json, err);
}

CALL(build_create)
{
    json_auto_t *body = json_pack("{s:[]}", "steps");

    return gcp_build_create(g, "p", "l", body, "tag", &o->json, err);
}

CALL(build_wait)
{
    const struct gcp_build_wait w = {
        .on_log = see_log, .on_status = see_text, .on_note = see_text, .on_tail = see_text};

    return gcp_build_wait(g, PARENT "/builds/1", &w, &o->json, err);
}

CALL(registry_digest)
{
    GCP_AUTO_IMAGE struct gcp_image image = {0};

    o->may_lack = true;
    require(gcp_image_parse("us-docker.pkg.dev/p/r/i:t", &image, err) == 0);
    return gcp_registry_digest(g, &image, &o->text, err);
}

CALL(run_create)
{
    json_auto_t *body = json_object();

    return gcp_run_create(g, PARENT, "s", body, false, &o->json, err);
}

CALL(run_patch)
{
    json_auto_t *body = json_pack("{s:s}", "etag", "e");

    return gcp_run_patch(g, SERVICE, body, &(struct gcp_run_patch){.update_mask = "a"}, &o->json, err);
}

CALL(run_wait)
{
    json_auto_t *operation = json_pack("{s:s}", "name", PARENT "/operations/1");

    return gcp_run_wait(g, operation, "deploy", see_tick, NULL, &o->json, err);
}

CALL(operation_get)
{
    json_auto_t *operation = json_pack("{s:s}", "name", "operations/1");
    const struct gcp_operation_wait w = {
        .api = GCP_REGISTRY, .version = "v1", .how = GCP_OPERATION_GET, .what = "make it", .on_tick = see_tick};

    return gcp_operation_wait(g, &w, operation, &o->json, err);
}

CALL(logging_list)
{
    return gcp_logging_list(g, &(struct gcp_logging_query){"p", "severity>=ERROR", 10, false}, &o->json, err);
}

CALL(project_get)
{
    GCP_AUTO_PROJECT struct gcp_project p = {0};
    int rc = gcp_project_get(g, "p", &p, err);

    o->none = true;
    require(rc < 0 ? !p.id && !p.number && !p.state : p.id != NULL);
    return rc;
}

CALL(login_finish)
{
    char id[] = "id", secret[] = "se", auth[] = "https://accounts.google.com/o", verifier[] = "v", state[] = "s";
    char token[] = "https://oauth2.googleapis.com/token", redirect[] = "http://127.0.0.1:1/";
    const struct gcp_login_client client = {.id = id, .secret = secret, .auth_uri = auth, .token_uri = token};
    const struct gcp_login login = {.verifier = verifier, .state = state, .redirect = redirect};
    GCP_AUTO_LOGIN_TOKENS struct gcp_login_tokens tokens = {0};
    int rc = gcp_login_finish(g, &client, &login, "code", &tokens, err);

    o->none = true;
    require(rc < 0 ? !tokens.access && !tokens.refresh : tokens.access && tokens.refresh);
    return rc;
}

/* An access token, or one of identity, of the credential; visible ASCII. */
static int token_of(struct gcp *g, const char *cred, bool identity, struct out *o, struct cr_error *err)
{
    const struct gcp_auth_env env = {.http = g->http};
    struct gcp_auth *auth = NULL;
    const char *token = NULL;
    int rc;

    if (cred)
        require(gcp_auth_from_json(&env, cred, "f.json", &auth, err) == 0);
    else
        auth = gcp_auth_metadata(g->http, "http://metadata.google.internal");
    rc = identity ? auth->identity(auth, "https://s", &token, err) : auth->token(auth, false, &token, err);
    require((rc == 0) == (token != NULL && *token));
    for (const char *p = token; p && *p; p++)
        require(*p > ' ' && *p <= '~');
    o->text = token ? cr_strdup(token) : NULL;
    gcp_auth_free(auth);
    return rc;
}

#define USER                                                                                                        \
    "{\"type\":\"authorized_user\",\"client_id\":\"client\",\"client_secret\":\"a-secret-\",\"refresh_token\":\"a-" \
    "token-\"}"
#define WORKFORCE                                                                                                   \
    "{\"type\":\"external_account_authorized_user\",\"client_id\":\"c\",\"client_secret\":\"s\",\"refresh_token\":" \
    "\"r\"}"
#define EXTERNAL                                                                              \
    "{\"type\":\"external_account\",\"audience\":\"//iam.googleapis.com/projects/1\","        \
    "\"subject_token_type\":\"urn:ietf:params:oauth:token-type:jwt\",\"credential_source\":{" \
    "\"url\":\"https://idp.test/t\",\"format\":{\"type\":\"json\",\"subject_token_field_name\":\"t\"}}}"
#define AWS                                                                                         \
    "{\"type\":\"external_account\",\"audience\":\"//iam.googleapis.com/projects/1\","              \
    "\"subject_token_type\":\"urn:ietf:params:aws:token-type:aws4_request\",\"credential_source\":" \
    "{\"region_url\":\"http://169.254.169.254/z\",\"url\":\"http://169.254.169.254/k\"}}"
#define ACTOR                                                                                          \
    "{\"type\":\"impersonated_service_account\",\"service_account_impersonation_url\":"                \
    "\"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/t@p:generateAccessToken\"," \
    "\"source_credentials\":" USER "}"

GIVES(oauth, token_of(g, USER, false, o, err))
GIVES(oauth_identity, token_of(g, USER, true, o, err))
GIVES(sts_user, token_of(g, WORKFORCE, false, o, err))
GIVES(sts, token_of(g, EXTERNAL, false, o, err))
GIVES(sts_aws, token_of(g, AWS, false, o, err))
GIVES(iamcredentials, token_of(g, ACTOR, false, o, err))
GIVES(iamcredentials_identity, token_of(g, ACTOR, true, o, err))
GIVES(metadata, token_of(g, NULL, false, o, err))
GIVES(metadata_identity, token_of(g, NULL, true, o, err))

/* From 'A'; a seed names its call by the letter, so new ones stand at the end. */
static int (*const calls[])(struct gcp *g, struct out *o, struct cr_error *err) = {
    bucket_ensure,   bucket_owner,
    object_get,      object_delete,
    object_copy,     upload, /* A-F */
    build_create,    build_get,
    build_cancel,    build_wait,
    build_account, /* G-K */
    registry_ensure, registry_format,
    registry_digest, /* L-N */
    run_get,         run_list,
    run_revisions,   run_create,
    run_patch,       run_delete,
    run_wait,        policy_get,
    set_invokers, /* O-W */
    operation_get,   logging_list,
    iam_test,        account_get,
    account_may_act, /* X Y Z [ \ */
    project_get,     project_test,
    project_policy,  project_regions,
    billing_get,     services_get,
    services_enable, /* ]-c */
    login_finish,    login_revoke,
    oauth,           oauth_identity,
    sts_user,        sts,
    sts_aws, /* d-j */
    iamcredentials,  iamcredentials_identity,
    metadata,        metadata_identity,
    metadata_get, /* k-o */
};

static int give_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    (void)self;
    if (fresh)
        return cr_fail(err, CR_E_AUTH, "there is no other token");
    *token = "token";
    return 0;
}

static void check_error(const struct cr_error *err)
{
    require(err->code > CR_OK && err->code < CR_CODE_COUNT && *err->msg);
    for (const unsigned char *p = (const unsigned char *)err->msg; *p; p++)
        require(*p >= ' ' && *p != 127);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script s = {.door = {answer, wait_fake}, .left = MAX_REPLIES};
    struct gcp_auth auth = {.token = give_token};
    struct cr_error err = {0};
    struct out o = {0};
    struct gcp g;
    int rc;

    if (!size)
        return 0;
    s.at = (const char *)data + 1;
    s.end = (const char *)data + size;
    cr_clock_fake(1000000, 1767323045000);
    gcp_init(&g, &s.door, &auth, NULL);
    rc = calls[(unsigned char)(*data - 'A') % CR_LEN(calls)](&g, &o, &err);
    if (rc == 0) {
        require(o.none || o.may_lack || o.json || o.text);
        require(err.code == CR_OK && !*err.msg && !*err.hint);
    } else {
        require(rc == -1 && !o.json && !o.text);
        check_error(&err);
    }
    json_decref(o.json);
    free(o.text);
    gcp_clear(&g);
    cr_log_forget();
    cr_clock_fake(0, 0);
    return 0;
}
