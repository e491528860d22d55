/* Uploads against a store that keeps what it is sent and is cut short on command. */
#include "lib/test.h"

#include "lib/fake_store.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

struct content {
    size_t size, step;
    int runs;
};

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 31 + i / 251 + i / 65536);
}

static int produce(void *ud, struct gcp_upload *up, struct cr_error *err)
{
    struct content *c = ud;
    unsigned char part[70000];

    c->runs++;
    for (size_t at = 0; at < c->size;) {
        size_t n = c->size - at < c->step ? c->size - at : c->step;

        for (size_t i = 0; i < n; i++)
            part[i] = byte_at(at + i);
        if (gcp_upload_write(up, part, n, err) < 0)
            return -1;
        at += n;
    }
    return 0;
}

static uint32_t crc_of(size_t size)
{
    uint32_t crc = 0;

    for (size_t i = 0; i < size; i++)
        crc = cr_crc32c(crc, &(unsigned char){byte_at(i)}, 1);
    return crc;
}

static void note(void *ud, int64_t stored)
{
    *(int64_t *)ud = stored;
}

static int upload(struct fake_store *s, struct content *c, int64_t *progress, json_t **object, struct cr_error *err)
{
    return gcp_upload(&s->gcp,
                      &(struct gcp_upload_spec){.bucket = "b",
                                                .object = "source/a.tgz",
                                                .content_type = "application/gzip",
                                                .if_absent = true,
                                                .chunk = FAKE_CHUNK,
                                                .progress = note,
                                                .ud = progress},
                      produce, c, object, err);
}

static void arrives(struct fake_store *s, struct content *c, const char *row)
{
    json_auto_t *object = NULL;
    struct cr_error err = {0};
    int64_t progress = -1;

    if (upload(s, c, &progress, &object, &err) < 0)
        fail_msg("%s: %s", row, err.msg);
    assert_int_equal(s->len, c->size);
    assert_int_equal(cr_crc32c(0, s->held, s->len), crc_of(c->size));
    assert_int_equal(progress, (int64_t)c->size);
    assert_string_equal(json_string_value(json_object_get(object, "generation")), "17");
    assert_true(s->largest <= FAKE_CHUNK);
    assert_int_equal(s->cancels, 0);
}

TEST(sizes_around_the_chunk)
{
    static const size_t sizes[] = {0,
                                   1,
                                   GCP_UPLOAD_UNIT - 1,
                                   GCP_UPLOAD_UNIT,
                                   GCP_UPLOAD_UNIT + 1,
                                   FAKE_CHUNK - 1,
                                   FAKE_CHUNK,
                                   FAKE_CHUNK + 1,
                                   2 * FAKE_CHUNK,
                                   3 * FAKE_CHUNK + 7};
    static const size_t steps[] = {1000, 65536, 70000};

    for (size_t i = 0; i < CR_LEN(sizes); i++)
        for (size_t k = 0; k < CR_LEN(steps); k++) {
            struct content c = {sizes[i], steps[k], 0};
            struct fake_store s;

            fake_store_init(&s);
            arrives(&s, &c, "undisturbed");
            assert_int_equal(s.puts, sizes[i] ? (sizes[i] + FAKE_CHUNK - 1) / FAKE_CHUNK : 1);
            assert_int_equal(s.slept_ms, 0);
            fake_store_end(&s);
        }
}

/* Every kind of interruption, at every kind of place, in the first, a middle and the last PUT. */
TEST(cut_anywhere_arrives_whole)
{
    static const enum fake_trouble_kind kinds[] = {CUT, SAYS_503, SHORT};
    static const size_t places[] = {0, 1, 262143, 262144, 300000, FAKE_CHUNK - 1, FAKE_CHUNK};
    static const size_t granules[] = {1, GCP_UPLOAD_UNIT};

    for (size_t k = 0; k < CR_LEN(kinds); k++)
        for (size_t p = 0; p < CR_LEN(places); p++)
            for (size_t g = 0; g < CR_LEN(granules); g++)
                for (int n = 1; n <= 3; n++) {
                    struct content c = {2 * FAKE_CHUNK + 300001, 65536, 0};
                    struct fake_store s;
                    char row[96];

                    fake_store_init(&s);
                    s.granule = granules[g];
                    s.plan[0] = (struct fake_trouble){n, kinds[k], places[p]};
                    snprintf(row, sizeof(row), "kind %d at %zu of PUT %d, granule %zu", kinds[k], places[p], n,
                             granules[g]);
                    arrives(&s, &c, row);
                    assert_int_equal(c.runs, 1); /* never from the start */
                    fake_store_end(&s);
                }
}

TEST(a_lost_answer_is_asked_for)
{
    for (int n = 1; n <= 3; n++) {
        struct content c = {2 * FAKE_CHUNK + 5, 65536, 0};
        struct fake_store s;

        fake_store_init(&s);
        s.plan[0] = (struct fake_trouble){n, UNHEARD, 0};
        arrives(&s, &c, "lost answer");
        assert_int_equal(s.puts, 4); /* three, and one question */
        assert_int_equal(c.runs, 1);
        fake_store_end(&s);
    }
}

TEST(trouble_after_trouble)
{
    static const struct fake_trouble plan[FAKE_TROUBLE_MAX] = {
        {1, CUT, 262144}, {2, CUT, 0}, {3, SAYS_503, 0}, {4, SHORT, 0}, {5, CUT, 1}, {6, CUT, 0}, {7, SAYS_503, 9}};
    struct content c = {3 * FAKE_CHUNK + 5, 65536, 0};
    struct fake_store s;

    fake_store_init(&s);
    memcpy(s.plan, plan, sizeof(plan));
    arrives(&s, &c, "in a row");
    fake_store_end(&s);
}

TEST(a_session_that_is_gone_starts_anew)
{
    static const enum fake_trouble_kind kinds[] = {GONE, GONE_410};

    for (size_t i = 0; i < CR_LEN(kinds); i++) {
        struct content c = {2 * FAKE_CHUNK + 5, 65536, 0};
        struct fake_store s;

        fake_store_init(&s);
        s.plan[0] = (struct fake_trouble){2, kinds[i], 0};
        arrives(&s, &c, "gone");
        assert_int_equal(s.sessions, 2);
        assert_int_equal(c.runs, 2);
        fake_store_end(&s);
    }
}

TEST(a_session_that_is_always_gone_ends)
{
    struct content c = {2 * FAKE_CHUNK + 5, 65536, 0};
    struct cr_error err = {0};
    int64_t progress;
    json_t *object = NULL;
    struct fake_store s;

    fake_store_init(&s);
    for (int i = 0; i < 3; i++)
        s.plan[i] = (struct fake_trouble){i + 1, GONE, 0};
    assert_int_equal(upload(&s, &c, &progress, &object, &err), -1);
    assert_int_equal(err.code, CR_E_NET);
    assert_int_equal(s.sessions, 3);
    assert_non_null(strstr(err.hint, "run it again"));
    assert_null(object);
    fake_store_end(&s);
}

/* The session says it holds less than it had confirmed, and those bytes are no longer in memory. */
TEST(a_session_that_forgets_starts_anew)
{
    struct content c = {2 * FAKE_CHUNK + 5, 65536, 0};
    struct fake_store s;

    fake_store_init(&s);
    s.plan[0] = (struct fake_trouble){2, FORGETS, 1000};
    arrives(&s, &c, "forgets");
    assert_int_equal(s.sessions, 2);
    assert_int_equal(c.runs, 2);
    fake_store_end(&s);
}

TEST(refusals)
{
    static const struct {
        enum fake_trouble_kind what;
        int repeat;
        enum cr_code code;
        int cancels;
    } rows[] = {
        {FORBID, 1, CR_E_AUTH, 1},
        {PRESS, 1, CR_E_INTERRUPT, 1},
        {SAYS_503, 8, CR_E_NET, 1},
        {CUT, 8, CR_E_NET, 1},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct content c = {10, 10, 0};
        struct cr_error err = {0};
        json_t *object = NULL;
        int64_t progress;
        struct fake_store s;

        fake_store_init(&s);
        for (int k = 0; k < rows[i].repeat; k++)
            s.plan[k] = (struct fake_trouble){k + 1, rows[i].what, 0};
        assert_int_equal(upload(&s, &c, &progress, &object, &err), -1);
        assert_int_equal(err.code, rows[i].code);
        assert_null(strstr(err.msg, "SECRET"));
        assert_int_equal(s.cancels, rows[i].cancels);
        assert_int_equal(s.puts, rows[i].repeat);
        fake_store_end(&s);
    }
}

TEST(damage_is_deleted)
{
    struct content c = {1000, 1000, 0};
    struct cr_error err = {0};
    json_t *object = NULL;
    int64_t progress;
    struct fake_store s;

    fake_store_init(&s);
    s.damage = true;
    assert_int_equal(upload(&s, &c, &progress, &object, &err), -1);
    assert_int_equal(err.code, CR_E_NET);
    assert_int_equal(s.deletes, 1);
    assert_int_equal(s.cancels, 0);
    assert_null(object);
    fake_store_end(&s);
}

TEST(what_is_there_already_is_compared)
{
    static const struct {
        int64_t size;
        uint32_t flip;
        bool ok;
    } rows[] = {{1000, 0, true}, {1000, 1, false}, {999, 0, false}};

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct content c = {1000, 100, 0};
        struct cr_error err = {0};
        json_auto_t *object = NULL;
        int64_t progress;
        struct fake_store s;

        fake_store_init(&s);
        s.taken = true;
        s.existing_size = rows[i].size;
        s.existing_crc = crc_of(1000) ^ rows[i].flip;
        assert_int_equal(upload(&s, &c, &progress, &object, &err) == 0, rows[i].ok);
        assert_int_equal(object != NULL, rows[i].ok);
        assert_int_equal(s.puts, 0);
        assert_int_equal(s.deletes, 0); /* it is not ours to delete */
        fake_store_end(&s);
    }
}

TEST_MAIN(cmocka_unit_test(sizes_around_the_chunk), cmocka_unit_test(cut_anywhere_arrives_whole),
          cmocka_unit_test(a_lost_answer_is_asked_for), cmocka_unit_test(trouble_after_trouble),
          cmocka_unit_test(a_session_that_is_gone_starts_anew), cmocka_unit_test(a_session_that_is_always_gone_ends),
          cmocka_unit_test(a_session_that_forgets_starts_anew), cmocka_unit_test(refusals),
          cmocka_unit_test(damage_is_deleted), cmocka_unit_test(what_is_there_already_is_compared))
