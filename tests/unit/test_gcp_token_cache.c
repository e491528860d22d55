#include "lib/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "gcp/token_cache.h"

/* A source that counts how often it is asked. */
struct counted {
    struct gcp_auth vtable; /* first */
    int asked;
    int64_t life_ms;
    char token[32];
};

static int counted_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    struct counted *c = (struct counted *)self;

    (void)fresh;
    (void)err;
    snprintf(c->token, sizeof(c->token), "token-%d", ++c->asked);
    self->expires_ms = c->life_ms ? cr_wall_ms() + c->life_ms : 0;
    *token = c->token;
    return 0;
}

static void counted_free(struct gcp_auth *self)
{
    (void)self;
}

static struct counted counted(int64_t life_ms)
{
    return (struct counted){.vtable = {.token = counted_token, .free = counted_free}, .life_ms = life_ms};
}

static char dir[] = "/tmp/test_token_cache.XXXXXX";
static char *path;

static int begin(void **state)
{
    (void)state;
    memset(dir + strlen(dir) - 6, 'X', 6);
    assert_non_null(mkdtemp(dir));
    path = cr_path_join(dir, "tokens.json");
    return 0;
}

static int end(void **state)
{
    struct cr_error err = {0};

    (void)state;
    free(path);
    assert_ok(cr_dir_remove(dir, &err), &err);
    return 0;
}

/* What one process that starts with the file as it is gets, under this principal. */
static void ask(struct counted *source, const char *principal, bool fresh, char got[32])
{
    struct gcp_token_cache *cache = gcp_token_cache_open(path);
    struct gcp_auth *auth = gcp_auth_cached(cache, &source->vtable, "kind", principal, "scope", NULL);
    struct cr_error err = {0};
    const char *token;

    assert_ok(auth->token(auth, fresh, &token, &err), &err);
    snprintf(got, 32, "%s", token);
    gcp_auth_free(auth);
    gcp_token_cache_close(cache);
}

TEST(a_token_is_asked_for_once_and_again_when_refused)
{
    struct counted a = counted(3600000), b = counted(3600000);
    struct stat st;
    char got[32];

    ask(&a, "a", false, got);
    ask(&a, "a", false, got);
    assert_string_equal(got, "token-1");
    ask(&b, "b", false, got);
    assert_int_equal(b.asked, 1); /* another principal has its own */
    ask(&a, "a", true, got);
    assert_string_equal(got, "token-2");
    ask(&a, "a", false, got);
    assert_string_equal(got, "token-2");
    assert_int_equal(a.asked, 2);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

TEST(what_ends_soon_or_never_said_is_not_used)
{
    struct counted soon = counted(GCP_AUTH_MARGIN_MS - 1000), unknown = counted(0);
    char got[32];

    ask(&soon, "soon", false, got);
    ask(&soon, "soon", false, got);
    assert_int_equal(soon.asked, 2);
    ask(&unknown, "unknown", false, got);
    ask(&unknown, "unknown", false, got);
    assert_int_equal(unknown.asked, 2);
}

TEST(a_file_that_is_damaged_or_open_to_others_is_empty)
{
    struct counted a = counted(3600000);
    struct cr_error err = {0};
    char got[32];

    ask(&a, "a", false, got);
    assert_int_equal(chmod(path, 0644), 0);
    ask(&a, "a", false, got);
    assert_int_equal(a.asked, 2);
    assert_ok(cr_file_write(path, "{\"x\": ", 6, 0600, &err), &err);
    ask(&a, "a", false, got);
    assert_int_equal(a.asked, 3);
    ask(&a, "a", false, got);
    assert_int_equal(a.asked, 3);
}

TEST(processes_at_once_lose_nothing)
{
    enum { PROCESSES = 8, EACH = 10 };
    int status;

    for (int p = 0; p < PROCESSES; p++) {
        if (fork() == 0) {
            for (int i = 0; i < EACH; i++) {
                struct counted c = counted(3600000);
                char name[32], got[32];

                snprintf(name, sizeof(name), "%d.%d", p, i);
                ask(&c, name, false, got);
            }
            _exit(0);
        }
    }
    for (int p = 0; p < PROCESSES; p++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    for (int p = 0; p < PROCESSES; p++)
        for (int i = 0; i < EACH; i++) {
            struct counted c = counted(3600000);
            char name[32], got[32];

            snprintf(name, sizeof(name), "%d.%d", p, i);
            ask(&c, name, false, got);
            assert_int_equal(c.asked, 0);
        }
}

TEST(dropped_is_forgotten)
{
    struct counted a = counted(3600000);
    struct gcp_token_cache *cache;
    char got[32];

    ask(&a, "a", false, got);
    cache = gcp_token_cache_open(path);
    gcp_token_cache_drop(cache);
    gcp_token_cache_close(cache);
    ask(&a, "a", false, got);
    assert_int_equal(a.asked, 2);
}

/* {"exp": now + 3600} of the fake clock, 2026-01-02T03:04:05Z, without a signature that anybody looks at. */
#define JWT "e30.eyJleHAiOjE3NjczMjY2NDV9.c2ln"

static int counted_identity(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err)
{
    (void)audience, (void)err;
    ((struct counted *)self)->asked++;
    *token = JWT;
    return 0;
}

static void ask_identity(struct counted *source, const char *audience)
{
    struct gcp_token_cache *cache = gcp_token_cache_open(path);
    struct gcp_auth *auth = gcp_auth_cached(cache, &source->vtable, "kind", "p", "scope", NULL);
    struct cr_error err = {0};
    const char *token;

    source->vtable.identity = counted_identity;
    assert_ok(auth->identity(auth, audience, &token, &err), &err);
    assert_string_equal(token, JWT);
    gcp_auth_free(auth);
    gcp_token_cache_close(cache);
}

TEST(identity_tokens_are_kept_for_their_audience_until_they_end)
{
    struct counted a = counted(3600000);

    cr_clock_fake(1000, 1767323045000);
    ask_identity(&a, "https://a");
    ask_identity(&a, "https://a");
    assert_int_equal(a.asked, 1);
    ask_identity(&a, "https://b");
    assert_int_equal(a.asked, 2);
    cr_clock_fake(1000, 1767323045000 + 3299000);
    ask_identity(&a, "https://a");
    assert_int_equal(a.asked, 2);
    cr_clock_fake(1000, 1767323045000 + 3300000); /* five minutes left */
    ask_identity(&a, "https://a");
    assert_int_equal(a.asked, 3);
    cr_clock_fake(0, 0);
}

TEST(rows_that_ended_go_and_an_end_that_cannot_be_is_not_believed)
{
    struct counted a = counted(3600000);
    struct cr_error err = {0};
    char got[32], *text;

    cr_clock_fake(1000, 1767323045000);
    ask(&a, "a", false, got);
    cr_clock_fake(1000, 1767323045000 + 3600000);
    ask(&a, "b", false, got);
    assert_ok(cr_file_read(path, 1 << 20, &text, NULL, &err), &err);
    assert_null(strstr(text, "token-1"));
    assert_non_null(strstr(text, "token-2"));
    free(text);
    cr_clock_fake(1000, 1767323045000 - 86400000LL); /* set back by a day */
    ask(&a, "b", false, got);
    assert_string_equal(got, "token-3");
    cr_clock_fake(0, 0);
}

TEST(a_lock_that_is_not_given_back_costs_only_the_cache)
{
    CR_AUTO_FREE char *name = cr_format("%s.lock", path);
    CR_AUTO_FD int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct counted a = counted(3600000);
    char got[32];

    assert_int_equal(flock(fd, LOCK_EX), 0);
    ask(&a, "a", false, got);
    assert_string_equal(got, "token-1");
    assert_false(cr_file_exists(path));
}

#define CASE(t) cmocka_unit_test_setup_teardown(t, begin, end)
TEST_MAIN(CASE(a_token_is_asked_for_once_and_again_when_refused), CASE(what_ends_soon_or_never_said_is_not_used),
          CASE(a_file_that_is_damaged_or_open_to_others_is_empty), CASE(processes_at_once_lose_nothing),
          CASE(identity_tokens_are_kept_for_their_audience_until_they_end),
          CASE(rows_that_ended_go_and_an_end_that_cannot_be_is_not_believed),
          CASE(a_lock_that_is_not_given_back_costs_only_the_cache), CASE(dropped_is_forgotten))
