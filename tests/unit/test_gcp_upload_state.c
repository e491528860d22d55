/* Uploads that one process leaves and the next one goes on with. */
#include "lib/test.h"

#include "lib/fake_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"

#define SIZE (3 * (size_t)FAKE_CHUNK + 5000)
#define DAY_MS 86400000LL

struct place {
    char dir[64];
    struct fake_store s;
    const char *maker;
    int64_t resumed;
    int runs;
};

static int make_place(void **state)
{
    struct place *p = cr_calloc(1, sizeof(*p));

    snprintf(p->dir, sizeof(p->dir), "/tmp/test_upload_state.XXXXXX");
    fake_store_init(&p->s);
    p->maker = "packer 1";
    p->resumed = -1;
    *state = p;
    return mkdtemp(p->dir) ? 0 : -1;
}

static int drop_place(void **state)
{
    struct place *p = *state;
    struct cr_error err;
    int rc = cr_dir_remove(p->dir, &err);

    fake_store_end(&p->s);
    free(p);
    return rc;
}

static int produce(void *ud, struct gcp_upload *up, struct cr_error *err)
{
    struct place *p = ud;
    unsigned char part[65536];

    p->runs++;
    for (size_t at = 0; at < SIZE; at += sizeof(part)) {
        size_t n = SIZE - at < sizeof(part) ? SIZE - at : sizeof(part);

        for (size_t i = 0; i < n; i++)
            part[i] = (unsigned char)((at + i) * 31 + (at + i) / 251);
        if (gcp_upload_write(up, part, n, err) < 0)
            return -1;
    }
    return 0;
}

static void on_resumed(void *ud, int64_t stored)
{
    ((struct place *)ud)->resumed = stored;
}

/* What a process does: 0, or the code of its error. */
static enum cr_code upload(struct place *p)
{
    json_auto_t *object = NULL;
    struct cr_error err = {0};
    int rc = gcp_upload(&p->s.gcp,
                        &(struct gcp_upload_spec){.bucket = "b",
                                                  .object = "source/a.tgz",
                                                  .content_type = "application/gzip",
                                                  .if_absent = true,
                                                  .chunk = FAKE_CHUNK,
                                                  .state_dir = p->dir,
                                                  .maker = p->maker,
                                                  .resumed = on_resumed,
                                                  .ud = p},
                        produce, p, &object, &err);

    assert_null(strstr(err.msg, "SECRET"));
    assert_null(strstr(err.hint, "SECRET"));
    return rc < 0 ? err.code : CR_OK;
}

/* The file of the one session, or NULL. New. */
static char *kept(const struct place *p)
{
    DIR *d = opendir(p->dir);
    const struct dirent *e;
    char *path = NULL;

    while ((e = readdir(d)))
        if (e->d_name[0] != '.') {
            assert_null(path);
            path = cr_path_join(p->dir, e->d_name);
        }
    closedir(d);
    return path;
}

static void trouble(struct place *p, int first, int last, enum fake_trouble_kind what, size_t at)
{
    memset(p->s.plan, 0, sizeof(p->s.plan));
    for (int i = 0; first + i <= last; i++)
        p->s.plan[i] = (struct fake_trouble){first + i, what, at};
}

/* The network stays away in the middle of the third chunk. */
static void leave(struct place *p)
{
    trouble(p, 3, 10, CUT, 0);
    p->s.plan[0].at = 300000;
    assert_int_equal(upload(p), CR_E_NET);
    assert_int_equal(p->s.cancels, 0);
    memset(p->s.plan, 0, sizeof(p->s.plan));
}

static void whole(const struct place *p)
{
    CR_AUTO_FREE char *path = kept(p);

    assert_int_equal(p->s.len, SIZE);
    for (size_t i = 0; i < SIZE; i++)
        if (p->s.held[i] != (unsigned char)(i * 31 + i / 251))
            fail_msg("byte %zu", i);
    assert_null(path); /* used up */
}

TEST(the_next_process_sends_only_the_rest)
{
    struct place *p = *state;
    CR_AUTO_FREE char *path = NULL;
    struct stat st;

    leave(p);
    path = kept(p);
    assert_non_null(path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(upload(p), CR_OK);
    assert_int_equal(p->resumed, 2 * FAKE_CHUNK + 300000);
    assert_int_equal(p->s.received, SIZE); /* not a byte twice */
    assert_int_equal(p->s.sessions, 1);
    assert_int_equal(p->runs, 2);
    whole(p);
}

TEST(an_answer_that_was_never_heard_is_asked_for)
{
    struct place *p = *state;

    trouble(p, 4, 11, UNHEARD, 0);
    assert_int_equal(upload(p), CR_E_NET);
    memset(p->s.plan, 0, sizeof(p->s.plan));
    assert_int_equal(upload(p), CR_OK);
    assert_int_equal(p->s.received, SIZE);
    assert_int_equal(p->s.sessions, 1);
    whole(p);
}

/* What the service, time, or another way to make the bytes makes useless. */
TEST(a_session_that_is_no_good_is_not_used)
{
    static const struct {
        enum fake_trouble_kind what;
        int64_t age_ms;
        const char *maker;
        const char *text;
    } rows[] = {{.what = GONE},    {.what = GONE_410},    {.what = FORBID}, {.age_ms = 6 * DAY_MS + 2000},
                {.age_ms = -2000}, {.maker = "packer 2"}, {.text = ""},     {.text = "{\"session\":"},
                {.text = "[]"}};

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        void *row = NULL;
        CR_AUTO_FREE char *path = NULL;
        struct cr_error err = {0};
        struct place *p;

        (void)state;
        assert_int_equal(make_place(&row), 0);
        p = row;
        cr_clock_fake(1000000, 1000 * DAY_MS);
        leave(p);
        path = kept(p);
        if (rows[i].text)
            assert_ok(cr_file_write(path, rows[i].text, strlen(rows[i].text), 0600, &err), &err);
        if (rows[i].maker)
            p->maker = rows[i].maker;
        trouble(p, p->s.puts + 1, p->s.puts + 1, rows[i].what, 0);
        cr_clock_fake(1000000, 1000 * DAY_MS + rows[i].age_ms);
        if (upload(p) != CR_OK)
            fail_msg("row %zu", i);
        assert_int_equal(p->resumed, -1);
        assert_int_equal(p->s.sessions, 2);
        whole(p);
        assert_int_equal(drop_place(&row), 0);
    }
}

TEST(two_processes_never_share_a_session)
{
    struct place *p = *state;
    CR_AUTO_FREE char *path = NULL, *after = NULL;
    int fd;

    leave(p);
    path = kept(p);
    fd = open(path, O_RDWR);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0); /* the other one goes on with it */
    assert_int_equal(upload(p), CR_OK);
    assert_int_equal(p->s.sessions, 2);
    assert_int_equal(p->s.len, SIZE);
    after = kept(p);
    assert_non_null(after); /* it is the other's to remove */
    close(fd);
}

TEST(ctrl_c_cancels_and_leaves_nothing)
{
    struct place *p = *state;
    CR_AUTO_FREE char *path = NULL;

    trouble(p, 2, 2, PRESS, 0);
    assert_int_equal(upload(p), CR_E_INTERRUPT);
    assert_int_equal(p->s.cancels, 1);
    path = kept(p);
    assert_null(path);
}

TEST(what_the_earlier_process_spoilt_is_sent_anew)
{
    struct place *p = *state;

    leave(p);
    p->s.held[1000] ^= 1;
    assert_int_equal(upload(p), CR_OK);
    assert_int_equal(p->s.deletes, 1);
    assert_int_equal(p->s.sessions, 2);
    whole(p);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_place, drop_place)
TEST_MAIN(CASE(the_next_process_sends_only_the_rest), CASE(an_answer_that_was_never_heard_is_asked_for),
          CASE(a_session_that_is_no_good_is_not_used), CASE(two_processes_never_share_a_session),
          CASE(ctrl_c_cancels_and_leaves_nothing), CASE(what_the_earlier_process_spoilt_is_sent_anew))
