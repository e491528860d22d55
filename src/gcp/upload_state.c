#include "gcp/upload_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"

#define STATE_MAX (64 << 10)
#define DAY_S 86400
#define GOOD_S (6 * DAY_S)

struct upload_state {
    int fd;
    char *path;
    char *endpoint, *bucket, *object, *maker;
    size_t chunk;
    char *session;
    int64_t created_s; /* of the session */
};

static char *name_of(const struct upload_state_key *key)
{
    /* no bucket, and no endpoint, has a space */
    CR_AUTO_FREE char *text = cr_format("%s %s/%s", key->endpoint, key->bucket, key->object);
    char hex[CR_SHA256_HEX];

    cr_sha256(text, strlen(text), hex);
    return cr_format("%s.json", hex);
}

/* What nobody went on with. The lock is not asked for: an upload that still runs has written its file since. */
static void sweep(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *found;
    struct stat st;

    while (d && (found = readdir(d))) {
        size_t n = strlen(found->d_name);

        if (n == CR_SHA256_HEX - 1 + 5 && strcmp(found->d_name + n - 5, ".json") == 0 &&
            fstatat(dirfd(d), found->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            st.st_mtim.tv_sec < cr_wall_ms() / 1000 - 2L * GOOD_S)
            unlinkat(dirfd(d), found->d_name, 0);
    }
    if (d)
        closedir(d);
}

/* Opened, locked, and still the file of that name: the one who had the lock before may have removed it. */
static int open_locked(const char *path, int *fd, struct cr_error *err)
{
    for (;;) {
        CR_AUTO_FD int got = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        struct stat st;

        if (got < 0)
            return cr_fail(err, CR_E_IO, "cannot open '%s': %s", path, strerror(errno));
        if (flock(got, LOCK_EX | LOCK_NB) < 0)
            return cr_fail(err, CR_E_IO, "cannot lock '%s': another process uploads the same", path);
        if (fstat(got, &st) < 0 || st.st_nlink == 0)
            continue;
        if (st.st_uid != geteuid() || (st.st_mode & 077))
            return cr_fail(err, CR_E_IO, "'%s' is open to others", path);
        *fd = got;
        got = -1;
        return 0;
    }
}

int upload_state_open(const char *dir, const struct upload_state_key *key, struct upload_state **state,
                      struct cr_error *err)
{
    CR_AUTO_FREE char *name = name_of(key), *path = cr_path_join(dir, name);
    struct upload_state *s;
    int fd = -1;

    if (cr_dir_make(dir, 0700, err) < 0)
        return -1;
    sweep(dir);
    if (open_locked(path, &fd, err) < 0)
        return -1;
    s = cr_calloc(1, sizeof(*s));
    *s = (struct upload_state){.fd = fd,
                               .path = CR_STEAL(path),
                               .endpoint = cr_strdup(key->endpoint),
                               .bucket = cr_strdup(key->bucket),
                               .object = cr_strdup(key->object),
                               .maker = cr_strdup(key->maker ? key->maker : ""),
                               .chunk = key->chunk};
    *state = s;
    return 0;
}

static bool is(const json_t *doc, const char *key, const char *want)
{
    const char *text = json_string_value(json_object_get(doc, key));

    return text && strcmp(text, want) == 0;
}

static void set_session(struct upload_state *s, const char *session, int64_t created_s)
{
    if (s->session) {
        explicit_bzero(s->session, strlen(s->session));
        free(s->session);
    }
    s->session = session ? cr_strdup(session) : NULL;
    s->created_s = created_s;
}

const char *upload_state_session(struct upload_state *s)
{
    CR_AUTO_FREE char *text = cr_malloc(STATE_MAX);
    ssize_t n = pread(s->fd, text, STATE_MAX, 0);
    json_auto_t *doc = n > 0 ? json_loadb(text, (size_t)n, 0, NULL) : NULL;
    int64_t created_s = json_integer_value(json_object_get(doc, "created"));
    int64_t age_s = cr_wall_ms() / 1000 - created_s;
    const char *session = json_string_value(json_object_get(doc, "session"));

    explicit_bzero(text, STATE_MAX);
    if (!session || !is(doc, "endpoint", s->endpoint) || !is(doc, "bucket", s->bucket) ||
        !is(doc, "object", s->object) || !is(doc, "maker", s->maker) || age_s < 0 || age_s > GOOD_S)
        return NULL;
    set_session(s, session, created_s);
    return s->session;
}

int upload_state_note(struct upload_state *s, int64_t stored, struct cr_error *err)
{
    json_auto_t *doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "session", s->session, "endpoint",
                                 s->endpoint, "bucket", s->bucket, "object", s->object, "maker", s->maker, "created",
                                 (json_int_t)s->created_s, "stored", (json_int_t)stored, "chunk", (json_int_t)s->chunk);
    char *text = json_dumps(doc, JSON_COMPACT);
    size_t len;
    bool ok;

    if (!text)
        return cr_fail(err, CR_E_IO, "the name of the object is not UTF-8");
    len = strlen(text);
    /* In place: the lock is on this very file. A crash in the middle leaves no JSON, and so no session. */
    ok = pwrite(s->fd, text, len, 0) == (ssize_t)len && ftruncate(s->fd, (off_t)len) == 0;
    explicit_bzero(text, len);
    free(text);
    return ok ? 0 : cr_fail(err, CR_E_IO, "cannot write '%s': %s", s->path, strerror(errno));
}

int upload_state_begin(struct upload_state *s, const char *session, struct cr_error *err)
{
    set_session(s, session, cr_wall_ms() / 1000);
    return upload_state_note(s, 0, err);
}

void upload_state_remove(struct upload_state *s)
{
    if (s)
        unlink(s->path); /* before the lock goes */
    upload_state_close(s);
}

void upload_state_close(struct upload_state *s)
{
    if (!s)
        return;
    close(s->fd);
    set_session(s, NULL, 0);
    free(s->path);
    free(s->endpoint);
    free(s->bucket);
    free(s->object);
    free(s->maker);
    free(s);
}
