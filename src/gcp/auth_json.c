#include "gcp/auth_json.h"

#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/auth_oauth.h"
#include "gcp/endpoints.h"
#include "gcp/http.h"
#include "gcp/token_cache.h"

static const struct {
    const char *type;
    gcp_auth_open *open;
} types[] = {
    {"service_account", gcp_auth_service_account},
    {"authorized_user", gcp_auth_user},
    {"external_account", gcp_auth_external},
    {"external_account_authorized_user", gcp_auth_external_user},
    {"impersonated_service_account", gcp_auth_impersonated},
};

#define TYPES                                                                                                 \
    "the types are service_account, authorized_user, external_account, external_account_authorized_user and " \
    "impersonated_service_account"

int gcp_auth_need(const json_t *cred, const char *key, const char *name, const char **text, struct cr_error *err)
{
    const char *value = json_string_value(json_object_get(cred, key));

    if (!value || !*value) {
        cr_fail(err, CR_E_AUTH, "the credential file '%s' has no '%s'", name, key);
        return cr_hint(err, "the file may be cut or edited: get it again from where it came");
    }
    *text = value;
    return 0;
}

struct gcp_auth *gcp_auth_keep(const struct gcp_auth_env *env, struct gcp_auth *source, const char *kind,
                               const char *principal, const char *target)
{
    CR_AUTO_FREE char *there = cr_format("%s %s %s %s", principal, env->oauth ? env->oauth : "",
                                         env->sts ? env->sts : "", env->iam ? env->iam : "");

    /* What one platform gives is nothing to another. */
    return env->cache ? gcp_auth_cached(env->cache, source, kind, there, GCP_SCOPE, target) : source;
}

/* Length of the host in https://HOST[:443]/..., or 0 when the address is anything else. */
static size_t https_host(const char *url)
{
    const char *host = url + 8;
    size_t n;

    if (strncasecmp(url, "https://", 8) != 0)
        return 0;
    n = strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-");
    return host[n] == '\0' || host[n] == '/' || host[n] == '?' || strncmp(host + n, ":443/", 5) == 0 ? n : 0;
}

static bool host_is(const char *url, size_t n, const char *host)
{
    return n == strlen(host) && strncasecmp(url + 8, host, n) == 0;
}

static bool host_ends(const char *url, size_t n, const char *tail)
{
    size_t t = strlen(tail);

    return n > t && strncasecmp(url + 8 + n - t, tail, t) == 0;
}

/* url lies under base: "BASE", "BASE/..." . */
static bool under(const char *url, const char *base)
{
    size_t n = base ? strlen(base) : 0;

    return n && strncmp(url, base, n) == 0 && (url[n] == '\0' || url[n] == '/' || url[n] == '?');
}

/* Google's own hosts, at whatever address they are for us; NULL for another host. New. */
static char *own_host(const struct gcp_auth_env *env, const char *url, size_t n)
{
    const char *path = url + 8 + n;

    path += strncmp(path, ":443", 4) == 0 ? 4 : 0;
    if (host_is(url, n, "oauth2.googleapis.com"))
        return cr_format("%s%s", env->oauth ? env->oauth : gcp_endpoint_rows[GCP_OAUTH].address, path);
    if (host_is(url, n, "sts.googleapis.com"))
        return cr_format("%s%s", env->sts ? env->sts : gcp_endpoint_rows[GCP_STS].address, path);
    if (host_is(url, n, "iamcredentials.googleapis.com"))
        return cr_format("%s%s", env->iam ? env->iam : gcp_endpoint_rows[GCP_IAM_CREDENTIALS].address, path);
    if ((host_is(url, n, "accounts.google.com") && strcmp(path, "/o/oauth2/token") == 0) || /* older files */
        (host_is(url, n, "www.googleapis.com") && strcmp(path, "/oauth2/v4/token") == 0))
        return cr_format("%s/token", env->oauth ? env->oauth : gcp_endpoint_rows[GCP_OAUTH].address);
    return host_ends(url, n, ".googleapis.com") ? cr_strdup(url) : NULL;
}

/* A web address that could be sent to at all: a host, nothing before it, no white space. */
static bool well_formed(const char *url)
{
    const char *host = strstr(url, "://");
    size_t n;

    if (!host || (strncasecmp(url, "https:", 6) != 0 && !gcp_url_loopback(url)))
        return false;
    host += 3;
    n = strcspn(host, "/?#");
    if (!n || memchr(host, '@', n) || memchr(host, '\\', n))
        return false;
    for (const char *p = url; *p; p++)
        if (*p <= ' ' || *p > '~')
            return false;
    return true;
}

int gcp_auth_address(const struct gcp_auth_env *env, const char *url, const char *key, const char *name, char **address,
                     struct cr_error *err)
{
    size_t n = https_host(url);
    char *own = n ? own_host(env, url, n) : NULL;

    if (own) {
        *address = own;
        return 0;
    }
    if (!well_formed(url)) {
        cr_fail(err, CR_E_AUTH, "'%s' in '%s' is '%.200s', which is no https address", key, name, url);
        return cr_hint(err, "it should be at googleapis.com: get the file again from where it came");
    }
    if (env->allow_custom || under(url, env->oauth) || under(url, env->sts) || under(url, env->iam)) {
        *address = cr_strdup(url);
        return 0;
    }
    cr_fail(err, CR_E_AUTH, "'%s' in '%s' is '%.200s', which is not Google's: it would receive the credential", key,
            name, url);
    return cr_hint(err, "if the file is yours and the address right: --allow-custom-endpoints");
}

static int check_universe(const struct gcp_auth_env *env, const json_t *cred, const char *name, struct cr_error *err)
{
    const char *universe = json_string_value(json_object_get(cred, "universe_domain"));

    if (!universe || !*universe || env->allow_custom || strcmp(universe, "googleapis.com") == 0)
        return 0;
    cr_fail(err, CR_E_AUTH, "the credential file '%s' is of the universe '%.100s', not of googleapis.com", name,
            universe);
    return cr_hint(err, "use a credential of googleapis.com, or set the CRDEPLOY_ENDPOINT_ variables and "
                        "--allow-custom-endpoints");
}

/* Files that are mistaken for credentials, and what they are. */
static int unknown(const json_t *cred, const char *type, const char *name, struct cr_error *err)
{
    if (json_object_get(cred, "installed") || json_object_get(cred, "web")) {
        cr_fail(err, CR_E_AUTH, "'%s' is an OAuth client, not a credential", name);
        return cr_hint(err, "log in with it: crdeploy auth login --client-file %.200s", name);
    }
    if (!type) {
        cr_fail(err, CR_E_AUTH, "the credential file '%s' has no 'type'", name);
        return cr_hint(err, TYPES);
    }
    if (strcmp(type, "gdch_service_account") == 0) {
        cr_fail(err, CR_E_AUTH, "'%s' is a credential of Google Distributed Cloud, which has no Cloud Run", name);
        return cr_hint(err, TYPES);
    }
    cr_fail(err, CR_E_AUTH, "the credential file '%s' has the type '%.100s', which nobody knows", name, type);
    return cr_hint(err, TYPES);
}

int gcp_auth_from_object(const struct gcp_auth_env *env, const json_t *cred, const char *name, struct gcp_auth **auth,
                         struct cr_error *err)
{
    const char *type = json_string_value(json_object_get(cred, "type"));

    if (check_universe(env, cred, name, err) < 0)
        return -1;
    for (size_t i = 0; i < CR_LEN(types); i++)
        if (type && strcmp(types[i].type, type) == 0)
            return types[i].open(env, cred, name, auth, err);
    return unknown(cred, type, name, err);
}

int gcp_auth_from_json(const struct gcp_auth_env *env, const char *text, const char *name, struct gcp_auth **auth,
                       struct cr_error *err)
{
    GCP_AUTO_SECRET_JSON json_t *cred = NULL;
    json_error_t at;

    cred = json_loads(text, JSON_REJECT_DUPLICATES, &at);
    if (!json_is_object(cred)) { /* what the parser quotes may be a secret: only the place is told */
        cr_fail(err, CR_E_AUTH, "the credential file '%s' is no JSON object: line %d, column %d", name, at.line,
                at.column);
        return cr_hint(err, strncmp(text, "ya29.", 5) == 0 ? "it holds an access token: pass --access-token-file FILE"
                            : strstr(text, "-----BEGIN")   ? "a key in PEM or P12 will not do: make one in JSON"
                                                           : "get the file again from where it came");
    }
    return gcp_auth_from_object(env, cred, name, auth, err);
}
