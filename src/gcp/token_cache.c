#include "gcp/token_cache.h"

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/auth_jwt.h"
#include "gcp/auth_oauth.h"

enum {
    MAX_FILE = 1 << 20,
    MAX_LIFE_MS = 13 * 3600 * 1000, /* twelve hours is what an organisation may allow */
    IDENTITY_MARGIN_MS = 300000,
    LOCK_TRIES = 200, /* of 10 ms: who holds it for longer is stopped, and must not stop us */
};

struct gcp_token_cache {
    char *path, *lock;
};

struct cached {
    struct gcp_auth vtable; /* first */
    struct gcp_token_cache *cache;
    struct gcp_auth *source;
    char *who; /* kind, principal and target */
    char key[CR_SHA256_HEX];
    struct gcp_kept kept, identity;
};

struct gcp_token_cache *gcp_token_cache_open(const char *path)
{
    struct gcp_token_cache *c = cr_calloc(1, sizeof(*c));

    c->path = cr_strdup(path);
    c->lock = cr_format("%s.lock", path);
    return c;
}

void gcp_token_cache_close(struct gcp_token_cache *c)
{
    if (!c)
        return;
    free(c->path);
    free(c->lock);
    free(c);
}

/* A descriptor that holds the lock until it is closed, or -1. */
static int lock(const struct gcp_token_cache *c)
{
    int fd = open(c->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    for (int i = 0; fd >= 0 && i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return fd;
        poll(NULL, 0, 10);
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool ours(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 077);
}

/* The rows, or an empty object. New. */
static json_t *rows(const struct gcp_token_cache *c)
{
    struct cr_error unusable = {0};
    json_t *doc = NULL;
    char *text = NULL;
    size_t len;

    if (ours(c->path) && cr_file_read(c->path, MAX_FILE, &text, &len, &unusable) == 0) {
        doc = json_loadb(text, len, 0, NULL);
        gcp_secret_wipe(&text);
    }
    if (!json_is_object(doc)) {
        json_decref(doc);
        doc = json_object();
    }
    return doc;
}

static void drop_ended(json_t *doc)
{
    int64_t now = cr_wall_ms();
    const char *key;
    json_t *row;
    void *next;

    json_object_foreach_safe(doc, next, key, row)
    {
        if (json_integer_value(json_object_get(row, "end_ms")) <= now) {
            gcp_json_wipe(json_incref(row));
            json_object_del(doc, key);
        }
    }
}

static void put(const struct gcp_token_cache *c, const char *key, const char *token, int64_t end_ms)
{
    GCP_AUTO_SECRET_JSON json_t *doc = NULL;
    struct cr_error unwritten = {0};
    int fd = lock(c);
    char *text;

    if (fd < 0)
        return;
    doc = rows(c);
    drop_ended(doc);
    json_object_set_new(doc, key, json_pack("{s:s, s:I}", "token", token, "end_ms", (json_int_t)end_ms));
    text = cr_oom_check(json_dumps(doc, JSON_COMPACT));
    if (cr_file_write(c->path, text, strlen(text), 0600, &unwritten) < 0)
        cr_log("auth", "%s", unwritten.msg);
    gcp_secret_wipe(&text);
    close(fd);
}

/* Reads need no lock: whoever writes puts a whole file in place. An end that no token can have is a clock that was set
 * back, or not our writing. */
static void get(const struct gcp_token_cache *c, const char *key, const char *audience, struct gcp_kept *kept)
{
    GCP_AUTO_SECRET_JSON json_t *doc = rows(c);
    const json_t *row = json_object_get(doc, key);
    const char *token = json_string_value(json_object_get(row, "token"));
    int64_t end_ms = json_integer_value(json_object_get(row, "end_ms"));
    struct cr_error damaged = {0};

    if (token && *token && end_ms <= cr_wall_ms() + MAX_LIFE_MS && gcp_token_check(token, "the cache", &damaged) == 0)
        gcp_kept_set(kept, token, audience, end_ms);
}

void gcp_token_cache_drop(struct gcp_token_cache *c)
{
    int fd = c ? lock(c) : -1;

    if (fd < 0)
        return;
    unlink(c->path);
    close(fd);
}

static int cached_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    struct cached *a = (struct cached *)self;
    const char *got;

    if (!fresh && !gcp_kept_good(&a->kept, NULL, GCP_AUTH_MARGIN_MS))
        get(a->cache, a->key, NULL, &a->kept);
    if (fresh || !gcp_kept_good(&a->kept, NULL, GCP_AUTH_MARGIN_MS)) {
        if (a->source->token(a->source, fresh, &got, err) < 0)
            return -1;
        gcp_kept_set(&a->kept, got, NULL, a->source->expires_ms);
        if (a->source->expires_ms)
            put(a->cache, a->key, got, a->source->expires_ms);
    }
    self->expires_ms = a->kept.end_ms;
    *token = a->kept.token;
    return 0;
}

static int cached_identity(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err)
{
    struct cached *a = (struct cached *)self;
    CR_AUTO_FREE char *whole = cr_format("%s|identity|%s", a->who, audience);
    char key[CR_SHA256_HEX];
    const char *got;

    cr_sha256(whole, strlen(whole), key);
    if (!gcp_kept_good(&a->identity, audience, IDENTITY_MARGIN_MS))
        get(a->cache, key, audience, &a->identity);
    if (!gcp_kept_good(&a->identity, audience, IDENTITY_MARGIN_MS)) {
        if (a->source->identity(a->source, audience, &got, err) < 0)
            return -1;
        gcp_kept_set(&a->identity, got, audience, gcp_jwt_end_ms(got));
        if (a->identity.end_ms)
            put(a->cache, key, got, a->identity.end_ms);
    }
    *token = a->identity.token;
    return 0;
}

static void cached_free(struct gcp_auth *self)
{
    struct cached *a = (struct cached *)self;

    gcp_auth_free(a->source);
    gcp_kept_clear(&a->kept);
    gcp_kept_clear(&a->identity);
    free(a->who);
    free(a);
}

struct gcp_auth *gcp_auth_cached(struct gcp_token_cache *cache, struct gcp_auth *source, const char *kind,
                                 const char *principal, const char *scopes, const char *target)
{
    char *who = cr_format("%s|%s|%s", kind, principal, target ? target : "");
    CR_AUTO_FREE char *whole = cr_format("%s|access|%s", who, scopes);
    struct cached *a = cr_calloc(1, sizeof(*a));

    a->vtable = (struct gcp_auth){.token = cached_token, .identity = cached_identity, .free = cached_free};
    a->cache = cache;
    a->source = source;
    a->who = who;
    cr_sha256(whole, strlen(whole), a->key);
    return &a->vtable;
}
