/*
 * fuzz_token_cache.c - whatever stands in the file of tokens, it costs a request at most.
 *
 * Input: the file. Holds: a token is always given, visible ASCII, either the source's or one that stands in the file;
 * after the source was asked for a fresh one the next process gets that very token without asking, and the file is JSON
 * that nobody else can read.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/token_cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OURS "ya29.ours"

struct source {
    struct gcp_auth vtable; /* first */
    int asked;
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static int give(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    (void)fresh, (void)err;
    ((struct source *)self)->asked++;
    self->expires_ms = cr_wall_ms() + 3600000;
    *token = OURS;
    return 0;
}

static void free_not(struct gcp_auth *self)
{
    (void)self;
}

/* One process that starts with the file as it is. Returns how often it asked the source. */
static int ask(const char *path, bool fresh, char got[65536])
{
    struct source s = {.vtable = {.token = give, .free = free_not}};
    struct gcp_token_cache *cache = gcp_token_cache_open(path);
    struct gcp_auth *auth = gcp_auth_cached(cache, &s.vtable, "kind", "principal", "scope", NULL);
    struct cr_error err = {0};
    const char *token = NULL;

    require(auth->token(auth, fresh, &token, &err) == 0 && token && *token && err.code == CR_OK);
    for (const char *p = token; *p; p++)
        require(*p > ' ' && *p <= '~');
    require(strlen(token) < 65536);
    memcpy(got, token, strlen(token) + 1);
    gcp_auth_free(auth);
    gcp_token_cache_close(cache);
    cr_log_forget();
    return s.asked;
}

static void check_file(const char *path)
{
    struct stat st;
    json_t *doc = json_load_file(path, 0, NULL);

    require(json_is_object(doc) && stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    json_decref(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[] = "/tmp/fuzz_token_cache.XXXXXX", *path, *got = cr_malloc(65536);
    struct cr_error err = {0};
    int fd;

    if (size > 60000 || !mkdtemp(dir)) {
        free(got);
        return 0;
    }
    cr_clock_fake(1000, 1767323045000);
    path = cr_path_join(dir, "tokens.json");
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
    if (ask(path, false, got) == 1)
        require(strcmp(got, OURS) == 0);
    require(ask(path, true, got) == 1 && strcmp(got, OURS) == 0);
    check_file(path);
    require(ask(path, false, got) == 0 && strcmp(got, OURS) == 0);
    require(cr_dir_remove(dir, &err) == 0);
    cr_clock_fake(0, 0);
    free(path);
    free(got);
    return 0;
}
