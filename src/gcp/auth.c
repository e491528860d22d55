#include "gcp/auth.h"

#include <string.h>
#include <openssl/crypto.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

enum { MAX_TOKEN = 64 << 10 };

#define HOW                                                                                                \
    "log in: crdeploy auth login, or gcloud auth application-default login; elsewhere --key-file FILE or " \
    "CRDEPLOY_ACCESS_TOKEN; for a trial, --platform local"
#define HOW_IDENTITY "set CRDEPLOY_IDENTITY_TOKEN=$(gcloud auth print-identity-token), or make the service public"

struct given {
    struct gcp_auth vtable; /* first */
    char *access, *identity;
    char *path; /* of the token file; NULL: the token was given */
};

void gcp_secret_wipe(char **secret)
{
    if (*secret)
        OPENSSL_cleanse(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

void gcp_secret_set(char **secret, const char *token)
{
    char *copy = cr_strdup(token); /* token may be *secret */

    gcp_secret_wipe(secret);
    *secret = copy;
    cr_log_secret(copy);
}

bool gcp_kept_good(const struct gcp_kept *k, const char *audience, int64_t margin_ms)
{
    if (!k->token || k->end_ms - cr_wall_ms() <= margin_ms)
        return false;
    return !audience || (k->audience && strcmp(k->audience, audience) == 0);
}

void gcp_kept_set(struct gcp_kept *k, const char *token, const char *audience, int64_t end_ms)
{
    gcp_secret_set(&k->token, token);
    free(k->audience);
    k->audience = audience ? cr_strdup(audience) : NULL;
    k->end_ms = end_ms;
}

void gcp_kept_clear(struct gcp_kept *k)
{
    gcp_secret_wipe(&k->token);
    free(k->audience);
    *k = (struct gcp_kept){0};
}

/* A copy without white space around it; NULL when there is nothing. Registered as a secret. */
static char *keep(const char *token)
{
    size_t n;
    char *copy;

    if (!token)
        return NULL;
    token += strspn(token, " \t\r\n");
    n = strlen(token);
    while (n && strchr(" \t\r\n", token[n - 1]))
        n--;
    if (!n)
        return NULL;
    copy = cr_strndup(token, n);
    cr_log_secret(copy);
    return copy;
}

int gcp_token_check(const char *token, const char *from, struct cr_error *err)
{
    for (const char *p = token; *p; p++)
        if (*p <= ' ' || *p > '~') {
            cr_fail(err, CR_E_AUTH, "%s is no token: it has white space or a character that is not ASCII", from);
            return cr_hint(err, "it should be the output of: gcloud auth print-access-token");
        }
    return 0;
}

static int read_file(struct given *a, struct cr_error *err)
{
    char *text = NULL;

    if (cr_file_read(a->path, MAX_TOKEN, &text, NULL, err) < 0)
        return -1;
    gcp_secret_wipe(&a->access);
    a->access = keep(text);
    gcp_secret_wipe(&text);
    if (a->access)
        return 0;
    cr_fail(err, CR_E_AUTH, "the token file '%s' is empty", a->path);
    return cr_hint(err, "fill it: gcloud auth print-access-token > %s", a->path);
}

static int given_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    struct given *a = (struct given *)self;

    if (a->path && (fresh || !a->access)) {
        char *last = a->access ? cr_strdup(a->access) : NULL;
        bool same;

        if (read_file(a, err) < 0) {
            gcp_secret_wipe(&last);
            return -1;
        }
        same = fresh && last && strcmp(last, a->access) == 0;
        gcp_secret_wipe(&last);
        if (same) {
            cr_fail(err, CR_E_AUTH, "the token in '%s' was refused", a->path);
            return cr_hint(err, "renew it: gcloud auth print-access-token > %s", a->path);
        }
    } else if (fresh) {
        cr_fail(err, CR_E_AUTH, "the access token was refused");
        return cr_hint(err, "it lives an hour: export CRDEPLOY_ACCESS_TOKEN=$(gcloud auth print-access-token)");
    }
    if (!a->access) {
        cr_fail(err, CR_E_AUTH, "there is no credential, so no access token");
        return cr_hint(err, HOW);
    }
    if (gcp_token_check(a->access, a->path ? "the content of the token file" : "the access token", err) < 0)
        return -1;
    *token = a->access;
    return 0;
}

static int given_identity(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err)
{
    struct given *a = (struct given *)self;

    if (!a->identity) {
        cr_fail(err, CR_E_AUTH, "there is no identity token for '%.200s'", audience);
        return cr_hint(err, HOW_IDENTITY);
    }
    if (gcp_token_check(a->identity, "the identity token", err) < 0)
        return -1;
    *token = a->identity;
    return 0;
}

static void given_free(struct gcp_auth *self)
{
    struct given *a = (struct given *)self;

    gcp_secret_wipe(&a->access);
    gcp_secret_wipe(&a->identity);
    free(a->path);
    free(a);
}

static struct given *given_new(const char *access, const char *identity)
{
    struct given *a = cr_calloc(1, sizeof(*a));

    a->vtable = (struct gcp_auth){.token = given_token, .identity = given_identity, .free = given_free};
    a->access = keep(access);
    a->identity = keep(identity);
    return a;
}

struct gcp_auth *gcp_auth_fixed(const char *access, const char *identity)
{
    return &given_new(access, identity)->vtable;
}

struct gcp_auth *gcp_auth_file(const char *path, const char *identity)
{
    struct given *a = given_new(NULL, identity);

    a->path = cr_strdup(path);
    return &a->vtable;
}

struct overlay {
    struct gcp_auth vtable; /* first */
    struct gcp_auth *source;
    struct given *identity;
};

static int overlay_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    struct gcp_auth *source = ((struct overlay *)self)->source;

    if (source->token(source, fresh, token, err) < 0)
        return -1;
    self->expires_ms = source->expires_ms;
    return 0;
}

static int overlay_identity(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err)
{
    return given_identity(&((struct overlay *)self)->identity->vtable, audience, token, err);
}

static void overlay_free(struct gcp_auth *self)
{
    struct overlay *o = (struct overlay *)self;

    gcp_auth_free(o->source);
    given_free(&o->identity->vtable);
    free(o);
}

struct gcp_auth *gcp_auth_with_identity(struct gcp_auth *source, const char *identity)
{
    struct overlay *o = cr_calloc(1, sizeof(*o));

    o->vtable = (struct gcp_auth){.token = overlay_token, .identity = overlay_identity, .free = overlay_free};
    o->source = source;
    o->identity = given_new(NULL, identity);
    return &o->vtable;
}

void gcp_auth_free(struct gcp_auth *auth)
{
    if (auth)
        auth->free(auth);
}
