/* Workload and workforce identity federation: a foreign token goes to Google's token exchange, and perhaps on to a
 * service account. RFC 8693. */
#include "gcp/auth_external.h"

#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/mem.h"
#include "gcp/auth_oauth.h"

#define STS "https://sts.googleapis.com/v1/token"
#define GRANT "urn:ietf:params:oauth:grant-type:token-exchange"
#define ACCESS "urn:ietf:params:oauth:token-type:access_token"

struct external {
    struct gcp_auth vtable; /* first */
    const struct gcp_auth_env *env;
    json_t *cred;
    char *name, *address, *email;
    struct gcp_kept access;
};

static const char *text_of(const json_t *cred, const char *key)
{
    return json_string_value(json_object_get(cred, key));
}

/* A workforce pool without a client of its own says which project is charged. New, or NULL. */
static char *options_of(const json_t *cred)
{
    const char *project = text_of(cred, "workforce_pool_user_project");
    CR_AUTO_FREE char *text = NULL;
    json_auto_t *options = NULL;

    if (!project || text_of(cred, "client_id"))
        return NULL;
    options = cr_oom_check(json_pack("{s:s}", "userProject", project));
    text = cr_oom_check(json_dumps(options, JSON_COMPACT));
    return gcp_url_escape(text);
}

static int exchange(struct external *e, struct cr_error *err)
{
    const struct gcp_subject subject = {.env = e->env,
                                        .source = json_object_get(e->cred, "credential_source"),
                                        .name = e->name,
                                        .audience = text_of(e->cred, "audience"),
                                        .type = text_of(e->cred, "subject_token_type"),
                                        .email = e->email};
    CR_AUTO_FREE char *options = options_of(e->cred);
    CR_AUTO_FREE char *what = cr_format("get a token with the external account in '%s'", e->name);
    GCP_AUTO_SECRET_JSON json_t *reply = NULL;
    char *token = NULL;
    int rc;

    if (gcp_subject_token(&subject, &token, err) < 0)
        return -1;
    {
        const struct gcp_form form[] = {{"grant_type", GRANT},    {"audience", subject.audience},
                                        {"scope", GCP_SCOPE},     {"requested_token_type", ACCESS},
                                        {"subject_token", token}, {"subject_token_type", subject.type},
                                        {"options", options},     {0}};

        rc = gcp_oauth_exchange(
            e->env,
            &(struct gcp_oauth_ask){.url = e->address,
                                    .form = form,
                                    .user = text_of(e->cred, "client_id"),
                                    .password = text_of(e->cred, "client_secret"),
                                    .what = what,
                                    .again = "check the pool, the provider and its attribute condition, and that the "
                                             "foreign token is fresh"},
            &reply, err);
    }
    gcp_secret_wipe(&token);
    if (rc < 0)
        return -1;
    return gcp_oauth_keep(reply, e->address, &e->access, err);
}

static int external_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    struct external *e = (struct external *)self;

    if ((fresh || !gcp_kept_good(&e->access, NULL, GCP_AUTH_MARGIN_MS)) && exchange(e, err) < 0)
        return -1;
    self->expires_ms = e->access.end_ms;
    *token = e->access.token;
    return 0;
}

static int external_identity(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err)
{
    (void)token;
    cr_fail(err, CR_E_AUTH, "the external account in '%s' gives no identity token for '%.200s'",
            ((struct external *)self)->name, audience);
    return cr_hint(err, "act as a service account that may invoke it: --impersonate-service-account EMAIL");
}

static void external_free(struct gcp_auth *self)
{
    struct external *e = (struct external *)self;

    gcp_kept_clear(&e->access);
    gcp_json_wipe(e->cred);
    free(e->name);
    free(e->address);
    free(e->email);
    free(e);
}

/* "T@p.iam.gserviceaccount.com" of .../serviceAccounts/T@p...:generateAccessToken. New, or NULL. */
static char *email_of(const char *url)
{
    const char *slash = url ? strrchr(url, '/') : NULL;

    return slash ? cr_strndup(slash + 1, strcspn(slash + 1, ":")) : NULL;
}

static bool set(const struct gcp_auth_env *env, const char *name)
{
    const char *value = env->getenv ? env->getenv(env->ud, name) : NULL;

    return value && *value;
}

/* Who it is, without saying it. New, or NULL: keys of the environment stand behind it, and what comes of those is kept
 * no longer than they are. */
static char *principal_of(const struct gcp_auth_env *env, const json_t *cred, const char *type)
{
    char hex[CR_SHA256_HEX], *text;

    if (strcmp(type, GCP_SUBJECT_AWS) == 0 && set(env, "AWS_ACCESS_KEY_ID") && set(env, "AWS_SECRET_ACCESS_KEY"))
        return NULL;
    text = cr_oom_check(json_dumps(cred, JSON_COMPACT | JSON_SORT_KEYS));
    cr_sha256(text, strlen(text), hex);
    gcp_secret_wipe(&text);
    return cr_strdup(hex);
}

/* Only people, whose pools belong to no project, need one that is charged. */
static int check_user_project(const json_t *cred, const char *audience, const char *name, struct cr_error *err)
{
    if (!text_of(cred, "workforce_pool_user_project") ||
        (strncmp(audience, "//iam.googleapis.com/locations/", 31) == 0 && strstr(audience, "/workforcePools/")))
        return 0;
    cr_fail(err, CR_E_AUTH, "'%s' has a workforce_pool_user_project, but its audience is no workforce pool", name);
    return cr_hint(err, "make it again: gcloud iam workforce-pools create-cred-config");
}

int gcp_auth_external(const struct gcp_auth_env *env, const json_t *cred, const char *name, struct gcp_auth **auth,
                      struct cr_error *err)
{
    const char *audience, *type, *url = text_of(cred, "token_url");
    const char *act_as = text_of(cred, "service_account_impersonation_url");
    CR_AUTO_FREE char *address = NULL, *principal = NULL;
    struct external *e;

    if (gcp_auth_need(cred, "audience", name, &audience, err) < 0 ||
        gcp_auth_need(cred, "subject_token_type", name, &type, err) < 0 ||
        check_user_project(cred, audience, name, err) < 0 ||
        gcp_auth_address(env, url ? url : STS, "token_url", name, &address, err) < 0)
        return -1;
    if (!json_is_object(json_object_get(cred, "credential_source"))) {
        cr_fail(err, CR_E_AUTH, "the credential file '%s' has no 'credential_source'", name);
        return cr_hint(err, "make it again: gcloud iam workload-identity-pools create-cred-config");
    }
    e = cr_calloc(1, sizeof(*e));
    e->vtable = (struct gcp_auth){.token = external_token, .identity = external_identity, .free = external_free};
    e->env = env;
    e->cred = cr_oom_check(json_deep_copy(cred));
    e->name = cr_strdup(name);
    e->address = CR_STEAL(address);
    e->email = email_of(act_as);
    principal = principal_of(env, cred, type);
    if (!act_as) {
        *auth = principal ? gcp_auth_keep(env, &e->vtable, "external_account", principal, NULL) : &e->vtable;
        return 0;
    }
    return gcp_auth_impersonate_url(
        env, &e->vtable, principal, act_as, NULL,
        json_integer_value(
            json_object_get(json_object_get(cred, "service_account_impersonation"), "token_lifetime_seconds")),
        name, auth, err);
}
