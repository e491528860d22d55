#include "cli/platform.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/daemon.h"
#include "gcp/endpoints.h"
#include "gcp/http_curl.h"
#include "gcp/token_cache.h"

const struct cli_variable cli_variables[] = {
    {"CRDEPLOY_ACCESS_TOKEN", "OAuth access token for Google's APIs; CLOUDSDK_AUTH_ACCESS_TOKEN is read as well"},
    {"CRDEPLOY_ACCESS_TOKEN_FILE",
     "File with an access token, read again when it has expired; CLOUDSDK_AUTH_ACCESS_TOKEN_FILE is read as well"},
    {"CRDEPLOY_IDENTITY_TOKEN", "Identity token with which predict asks a private service"},
    {"CRDEPLOY_KEY_FILE",
     "Credential file to use, as --key-file; CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE is read as well"},
    {"GOOGLE_APPLICATION_CREDENTIALS", "Credential file to use, as Google's own libraries read it"},
    {"CRDEPLOY_ACCOUNT", "Account that is logged in to use, as --account"},
    {"CRDEPLOY_IMPERSONATE_SERVICE_ACCOUNT",
     "Service account to act as; CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT is read as well"},
    {"GOOGLE_CLOUD_QUOTA_PROJECT",
     "Project whose quota the API calls use, as --billing-project; CLOUDSDK_BILLING_QUOTA_PROJECT is read as well"},
    {"CRDEPLOY_SELF_SIGNED_JWT", "When 1, a service account's key signs the access tokens itself, and nobody is asked"},
    {"CRDEPLOY_ALLOW_CUSTOM_ENDPOINTS",
     "When 1, credential files may get their tokens outside googleapis.com, as --allow-custom-endpoints"},
    {"GCE_METADATA_HOST", "Host of a metadata server that gives tokens"},
    {"NO_GCE_CHECK", "When true, the network is not searched for a metadata server"},
    {"CRDEPLOY_CA_FILE", "PEM file with the certificate authorities to trust instead of the system's"},
    {"CRDEPLOY_ENDPOINT_RUN",
     "Address of an API in place of Google's; also _STORAGE, _CLOUDBUILD, _ARTIFACTREGISTRY, _LOGGING and others"},
    {"CRDEPLOY_RETRY_MS",
     "First wait between tries in milliseconds, in place of 500; all later waits change in proportion (for tests)"},
    {"CRDEPLOY_DATADIR", "Directory with templates and examples in place of the installed ones"},
    {"NO_COLOR", "When not empty, messages have no colour"},
    {NULL, NULL},
};

/* The first of these variables that is set and not empty, or NULL. */
static const char *either(const char *a, const char *b)
{
    const char *value = getenv(a);

    if (value && *value)
        return value;
    value = getenv(b);
    return value && *value ? value : NULL;
}

/* How long the first wait between tries is, where the user says so. */
static int set_pace(struct gcp_http *http, struct cr_error *err)
{
    const char *text = getenv("CRDEPLOY_RETRY_MS");
    char *end;
    long ms;

    if (!text || !*text)
        return 0;
    ms = strtol(text, &end, 10);
    if (end == text || *end || ms < 0 || ms > 60000) {
        cr_fail(err, CR_E_USAGE, "CRDEPLOY_RETRY_MS must be milliseconds, not '%s'", text);
        return cr_hint(err, "a number from 0 to 60000; 500 is the default");
    }
    gcp_http_curl_pace(http, ms);
    return 0;
}

const char *cli_getenv(void *ud, const char *name)
{
    (void)ud;
    return getenv(name);
}

/* Whose quota the calls use: the project that is said, or for a person's login the project that is worked on. */
static void set_quota(struct cli_connection *c)
{
    const char *said = c->info.quota_project, *guess = c->info.user && c->project && *c->project ? c->project : NULL;

    if (!said && !guess)
        return;
    c->gcp.quota_project = cr_strdup(said ? said : guess);
    c->gcp.quota_guess = !said;
}

struct gcp_token_cache *cli_token_cache(bool make)
{
    CR_AUTO_FREE char *dir = NULL, *path = NULL;
    struct cr_error none = {0};

    if ((make ? cr_xdg_dir(CR_XDG_CACHE, "", &dir, &none) : cr_xdg_path(CR_XDG_CACHE, "", &dir, &none)) < 0)
        return NULL;
    path = cr_path_join(dir, "tokens.json");
    return make || cr_file_exists(path) ? gcp_token_cache_open(path) : NULL;
}

static int open_managed(struct cli_connection *c, struct ui *ui, struct cr_error *err)
{
    CLI_AUTO_GCLOUD struct cli_gcloud g = {0};
    const char *custom = getenv("CRDEPLOY_ALLOW_CUSTOM_ENDPOINTS"), *self = getenv("CRDEPLOY_SELF_SIGNED_JWT");

    (void)ui;
    gcp_init(&c->gcp, c->http, NULL, NULL);
    if (cli_gcloud_load(&g, err) < 0 || gcp_endpoints_set(&c->gcp, NULL, cli_getenv, NULL, err) < 0)
        return -1;
    c->env = (struct gcp_auth_env){
        .http = c->http,
        .oauth = c->gcp.endpoint[GCP_OAUTH],
        .sts = c->gcp.endpoint[GCP_STS],
        .iam = c->gcp.endpoint[GCP_IAM_CREDENTIALS],
        .allow_custom = (c->cred && c->cred->allow_custom) || (custom && strcmp(custom, "1") == 0),
        .self_signed = self ? strcmp(self, "1") == 0 : cli_gcloud_true(&g, "auth/service_account_use_self_signed_jwt"),
        .getenv = cli_getenv,
    };
    c->env.cache = c->cache = cli_token_cache(true);
    if (c->bare) {
        c->gcp.auth = c->auth = gcp_auth_fixed(NULL, NULL);
        return 0;
    }
    if (cli_credential_open(c->cred, &g, &c->env, &c->auth, &c->info, err) < 0)
        return -1;
    c->gcp.auth = c->auth;
    set_quota(c);
    return 0;
}

static int watched_send(struct gcp_http *self, const struct gcp_request *req, struct gcp_reply *reply,
                        struct cr_error *err)
{
    struct cli_watch *w = (struct cli_watch *)self; /* door is its first member */

    if (w->behind->send(w->behind, req, reply, err) == 0)
        return 0;
    if (err->code == CR_E_NET && gcp_url_loopback(req->url))
        cli_daemon_explain(err);
    return -1;
}

static void watched_sleep(struct gcp_http *self, int64_t ms)
{
    struct gcp_http *behind = ((struct cli_watch *)self)->behind;

    behind->sleep_ms(behind, ms);
}

static int open_local(struct cli_connection *c, struct ui *ui, struct cr_error *err)
{
    CLI_AUTO_DAEMON struct cli_daemon d = {0};

    if (cli_daemon_start(ui, NULL, &d, err) < 0)
        return -1;
    c->watch = (struct cli_watch){{watched_send, watched_sleep}, c->curl};
    c->http = &c->watch.door;
    c->auth = gcp_auth_fixed(d.token, d.token);
    c->info = (struct cli_credential_info){
        .kind = CLI_CREDENTIAL_TOKEN, .type = cr_strdup("access_token"), .source = cr_strdup("the local platform")};
    gcp_init(&c->gcp, c->http, c->auth, NULL);
    return gcp_endpoints_set(&c->gcp, d.url, NULL, NULL, err);
}

static int local_tools(char **text, bool *whole, struct cr_error *err)
{
    CLI_AUTO_DAEMON struct cli_daemon d = {0};
    json_auto_t *status = NULL;
    const char *runtime, *note;
    bool running;

    if (cli_daemon_find(&d, &running, err) < 0)
        return -1;
    if (!running)
        return cr_fail(err, CR_E_NET, "the local platform has ended");
    if (cli_daemon_call(&d, "GET", "/local/status", &status, err) < 0)
        return -1;
    runtime = json_string_value(json_object_get(status, "runtime"));
    note = json_string_value(json_object_get(status, "note"));
    if (!runtime) {
        cr_fail(err, CR_E_IO, "there are no container tools here that work");
        return cr_hint(err,
                       "sudo apt-get install podman buildah crun, then: crdeploy local down; why they do not work "
                       "is said in '%.300s/daemon.log'",
                       json_string_value(json_object_get(status, "state")));
    }
    *whole = !note && strcmp(runtime, "none") != 0;
    *text = strcmp(runtime, "none") == 0 ? cr_strdup("none: services are plain processes, and nothing is built")
            : note                       ? cr_format("%s; %s", runtime, note)
                                         : cr_format("%s, with limits on CPU and memory", runtime);
    return 0;
}

const struct cli_platform cli_platforms[] = {
    {"managed", "Google Cloud Run", NULL, NULL, "https://console.cloud.google.com/run/detail", false, open_managed,
     NULL},
    {"local", "this machine: real containers under the real limits", "local", "us-central1", NULL, true, open_local,
     local_tools},
    {0},
};

const struct cli_platform *cli_platform_find(const char *name)
{
    for (const struct cli_platform *p = cli_platforms; p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

void cli_connection_clear(struct cli_connection *c)
{
    if (c->gcp.http)
        gcp_clear(&c->gcp);
    gcp_auth_free(c->auth);
    gcp_token_cache_close(c->cache);
    cli_credential_info_clear(&c->info);
    gcp_http_curl_free(c->curl);
    *c = (struct cli_connection){0};
}

struct gcp_http *cli_door(void)
{
    return gcp_http_curl_new(either("CRDEPLOY_CA_FILE", "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE"));
}

int cli_connect_url(const struct cr_plan *plan, const struct cli_credential_args *cred, struct ui *ui,
                    struct cli_connection *c, struct cr_error *err)
{
    const char *name = cr_plan_text(plan, CR_KEY_PLATFORM);

    c->platform = cli_platform_find(name);
    c->cred = cred;
    c->project = cr_plan_text(plan, CR_KEY_PROJECT);
    if (!c->platform) {
        cr_fail(err, CR_E_USAGE, "there is no platform '%s'", name);
        return cr_hint(err, "it is managed or local");
    }
    c->http = c->curl = cli_door();
    if (set_pace(c->curl, err) < 0)
        return -1;
    return c->platform->open(c, ui, err);
}

int cli_connect_bare(const struct cr_plan *plan, struct ui *ui, struct cli_connection *c, struct cr_error *err)
{
    c->bare = true;
    return cli_connect_url(plan, NULL, ui, c, err);
}

int cli_connect(const struct cr_plan *plan, const struct cli_credential_args *cred, struct ui *ui,
                struct cli_connection *c, struct cr_error *err)
{
    const char *token;

    if (cli_connect_url(plan, cred, ui, c, err) < 0)
        return -1;
    if (c->auth->token(c->auth, false, &token, err) == 0)
        return 0;
    return c->info.kind == CLI_CREDENTIAL_FILE ? cr_wrap(err, "%s", c->info.source) : -1;
}
