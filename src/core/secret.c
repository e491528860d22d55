#include "core/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"

static const char private_key[] = "a private key", environment[] = "environment variables, perhaps with passwords",
                  google[] = "credentials of Google Cloud", cloud[] = "credentials of a cloud",
                  logins[] = "passwords of other hosts", cluster[] = "the token of a cluster";

/* ---- how a file begins ---- */

static bool has(const char *bytes, size_t len, const char *text)
{
    return memmem(bytes, len, text, strlen(text)) != NULL;
}

/* "KEY": "something", as JSON writes it. */
static bool has_member(const char *bytes, size_t len, const char *key)
{
    CR_AUTO_FREE char *quoted = cr_format("\"%s\"", key);
    const char *end = bytes + len, *at = bytes;
    size_t n = strlen(quoted);

    while ((at = memmem(at, (size_t)(end - at), quoted, n))) {
        at += n;
        while (at < end && strchr(" \t\r\n", *at) && *at)
            at++;
        if (at == end || *at++ != ':')
            continue;
        while (at < end && strchr(" \t\r\n", *at) && *at)
            at++;
        if (end - at > 1 && at[0] == '"' && at[1] != '"')
            return true;
    }
    return false;
}

/* A PEM block of a private key, at the start of a line. `begins`: nothing may stand before it. */
static bool has_pem(const char *bytes, size_t len, bool begins)
{
    static const char mark[] = "-----BEGIN ", tail[] = "PRIVATE KEY-----";
    const char *end = bytes + len, *at = bytes;

    while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1))) {
        const char *line = at;
        const char *stop = memchr(at, '\n', (size_t)(end - at));

        at += sizeof(mark) - 1;
        if (has(line, (size_t)((stop ? stop : end) - line), tail) && (line == bytes || (!begins && line[-1] == '\n')))
            return true;
        if (begins)
            return false;
    }
    return false;
}

static bool is_json_key(const char *b, size_t n)
{
    return has_member(b, n, "private_key");
}

static bool is_json_login(const char *b, size_t n)
{
    return has_member(b, n, "refresh_token") && has_member(b, n, "client_secret");
}

static bool is_pem(const char *b, size_t n)
{
    return has_pem(b, n, false);
}

static bool is_pem_only(const char *b, size_t n)
{
    return has_pem(b, n, true);
}

static bool is_kubeconfig(const char *b, size_t n)
{
    return has(b, n, "clusters:") && (has(b, n, "token:") || has(b, n, "client-key-data:") || has(b, n, "password:"));
}

static bool is_aws(const char *b, size_t n)
{
    return has(b, n, "aws_secret_access_key");
}

static bool is_npm(const char *b, size_t n)
{
    return has(b, n, "_authToken") || has(b, n, "_password");
}

static bool is_docker(const char *b, size_t n)
{
    return has_member(b, n, "auth");
}

static bool is_something(const char *b, size_t n)
{
    (void)b;
    return n > 0;
}

/* ---- what to look at where ---- */

/* A pattern with a slash is of the end of the path, one without of its last part. */
static const struct row {
    const char *name, *what;
    bool (*is)(const char *bytes, size_t len);
} rows[] = {
    {".env.example", NULL, is_something},
    {".env.sample", NULL, is_something},
    {".env.template", NULL, is_something},
    {".env.dist", NULL, is_something},
    {".env", environment, is_something},
    {".env.*", environment, is_something},
    {".envrc", environment, is_something},
    {"application_default_credentials.json", google, is_something},
    {"*.json", "the private key of a service account", is_json_key},
    {"*.json", google, is_json_login},
    {"gcloud/credentials.db", google, is_something},
    {"gcloud/access_tokens.db", google, is_something},
    {".aws/credentials", cloud, is_something},
    {"credentials", cloud, is_aws},
    {"*.pem", private_key, is_pem},
    {"*.key", private_key, is_pem},
    {"id_rsa", private_key, is_something},
    {"id_dsa", private_key, is_something},
    {"id_ecdsa", private_key, is_something},
    {"id_ed25519", private_key, is_something},
    {".netrc", logins, is_something},
    {"_netrc", logins, is_something},
    {".git-credentials", logins, is_something},
    {".npmrc", logins, is_npm},
    {".pypirc", logins, is_something},
    {".docker/config.json", logins, is_docker},
    {".dockercfg", logins, is_docker},
    {".kube/config", cluster, is_kubeconfig},
    {"kubeconfig*", cluster, is_kubeconfig},
    {"*.kubeconfig", cluster, is_kubeconfig},
    {"*.yaml", cluster, is_kubeconfig},
    {"*.yml", cluster, is_kubeconfig},
    {"*", private_key, is_pem_only},
};

static bool named(const char *pattern, const char *path)
{
    const char *slash = strrchr(path, '/'), *end = path + strlen(path);
    size_t n = strlen(pattern);

    if (!strchr(pattern, '/'))
        return fnmatch(pattern, slash ? slash + 1 : path, 0) == 0;
    return (size_t)(end - path) >= n && strcmp(end - n, pattern) == 0 &&
           ((size_t)(end - path) == n || end[-(ptrdiff_t)n - 1] == '/');
}

const char *cr_secret_of(const char *path, const char *bytes, size_t len)
{
    for (size_t i = 0; i < CR_LEN(rows); i++)
        if (named(rows[i].name, path) && rows[i].is(bytes, len))
            return rows[i].what;
    return NULL;
}

/* ---- contexts ---- */

/* Weights and the like: no key is that large, so that nothing of them is read but what their name asks for. */
static bool worth_reading(const struct cr_entry *e)
{
    size_t n = strlen(e->path);

    return e->size <= CR_SECRET_LOOK || (n > 5 && strcmp(e->path + n - 5, ".json") == 0);
}

static int look(const struct cr_entry *e, char *bytes, const char **what, struct cr_error *err)
{
    CR_AUTO_FD int fd = -1;
    ssize_t got = 0;
    size_t len = 0;

    if (!worth_reading(e)) {
        *what = cr_secret_of(e->path, "x", 1);
        return 0;
    }
    if (cr_file_open(e->from, &fd, err) < 0)
        return -1;
    while (len < CR_SECRET_LOOK && (got = read(fd, bytes + len, CR_SECRET_LOOK - len)) > 0)
        len += (size_t)got;
    if (got < 0)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", e->from, strerror(errno));
    *what = cr_secret_of(e->path, bytes, len);
    return 0;
}

int cr_secrets_find(const struct cr_context *ctx, bool allowed, struct cr_problems *problems, struct cr_error *err)
{
    CR_AUTO_FREE char *bytes = cr_malloc(CR_SECRET_LOOK);

    for (size_t i = 0; i < ctx->len; i++) {
        const struct cr_entry *e = &ctx->entry[i];
        const char *what = NULL;
        struct cr_problem *p;

        if (e->kind != CR_ENTRY_FILE)
            continue;
        if (look(e, bytes, &what, err) < 0)
            return -1;
        if (!what)
            continue;
        p = cr_problems_add(problems, CR_E_CONFIG, e->from, "this looks like %s", what);
        p->warning = allowed;
        if (!allowed)
            cr_problem_hint(p, "name it in .gcloudignore or .dockerignore; --allow-secrets sends it all the same");
    }
    return 0;
}
