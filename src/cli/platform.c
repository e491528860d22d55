#include "cli/platform.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/daemon.h"
#include "gcp/endpoints.h"
#include "gcp/http_curl.h"

const struct cli_variable cli_variables[] = {
    {"CRDEPLOY_ACCESS_TOKEN", "OAuth access token for Google's APIs; CLOUDSDK_AUTH_ACCESS_TOKEN is read as well"},
    {"CRDEPLOY_ACCESS_TOKEN_FILE",
     "File with an access token, read again when it has expired; CLOUDSDK_AUTH_ACCESS_TOKEN_FILE is read as well"},
    {"CRDEPLOY_IDENTITY_TOKEN", "Identity token with which predict asks a private service"},
    {"GCE_METADATA_HOST", "Host of a metadata server that gives tokens"},
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

static const char *lookup(void *ud, const char *name)
{
    (void)ud;
    return getenv(name);
}

static int open_managed(struct cli_connection *c, struct ui *ui, struct cr_error *err)
{
    const char *token = either("CRDEPLOY_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN");
    const char *file = c->cred ? c->cred->token_file : NULL, *identity = getenv("CRDEPLOY_IDENTITY_TOKEN");
    const char *metadata = getenv("GCE_METADATA_HOST");

    (void)ui;
    if (!file && !token)
        file = either("CRDEPLOY_ACCESS_TOKEN_FILE", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE");
    if (file) {
        c->auth = gcp_auth_file(file, identity);
    } else if (token || !metadata || !*metadata) {
        c->auth = gcp_auth_fixed(token, identity);
    } else {
        char *base = cr_format("http://%s", metadata);

        c->auth = gcp_auth_metadata(c->http, base);
        free(base);
    }
    gcp_init(&c->gcp, c->http, c->auth, NULL);
    return gcp_endpoints_set(&c->gcp, NULL, lookup, NULL, err);
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
    gcp_init(&c->gcp, c->http, c->auth, NULL);
    return gcp_endpoints_set(&c->gcp, d.url, NULL, NULL, err);
}

const struct cli_platform cli_platforms[] = {
    {"managed", "Google Cloud Run", NULL, NULL, false, open_managed},
    {"local", "this machine: real containers under the real limits", "local", "us-central1", true, open_local},
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
    gcp_http_curl_free(c->curl);
    *c = (struct cli_connection){0};
}

int cli_connect_url(const struct cr_plan *plan, const struct cli_credential_args *cred, struct ui *ui,
                    struct cli_connection *c, struct cr_error *err)
{
    const char *name = cr_plan_text(plan, CR_KEY_PLATFORM);

    c->platform = cli_platform_find(name);
    c->cred = cred;
    if (!c->platform) {
        cr_fail(err, CR_E_USAGE, "there is no platform '%s'", name);
        return cr_hint(err, "it is managed or local");
    }
    c->http = c->curl = gcp_http_curl_new(either("CRDEPLOY_CA_FILE", "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE"));
    if (set_pace(c->curl, err) < 0)
        return -1;
    return c->platform->open(c, ui, err);
}

int cli_connect(const struct cr_plan *plan, const struct cli_credential_args *cred, struct ui *ui,
                struct cli_connection *c, struct cr_error *err)
{
    const char *token;

    if (cli_connect_url(plan, cred, ui, c, err) < 0)
        return -1;
    return c->auth->token(c->auth, false, &token, err);
}
