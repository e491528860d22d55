/* Uploads against a store that keeps what it is sent and is cut short on command. */
#include "lib/test.h"

#include "lib/fake_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "gcp/upload.h"

enum { CHUNK = 2 * GCP_UPLOAD_UNIT, MAX_SIZE = 5 * CHUNK, MAX_TROUBLE = 12 };

enum trouble {
    NONE,
    CUT,      /* the connection breaks behind `at` bytes of the body */
    SAYS_503, /* 503 behind `at` bytes */
    SHORT,    /* 308, having kept `at` bytes */
    UNHEARD,  /* all is kept, but the answer is lost */
    GONE,     /* 404: the session was dropped */
    GONE_410,
    FORGETS, /* 503, and only `at` bytes are left of what was confirmed */
    FORBID,  /* 403 */
    PRESS,   /* Ctrl-C */
};

struct planned {
    int put; /* the PUT it happens to, from 1 */
    enum trouble what;
    size_t at;
};

struct store {
    struct gcp_http vtable; /* first */
    struct gcp_auth auth;
    struct gcp gcp;
    struct planned plan[MAX_TROUBLE];
    unsigned char *held;
    size_t len, granule; /* kept in multiples of it when cut */
    bool complete, taken, damage;
    int puts, sessions, deletes, cancels;
    size_t largest;
    int64_t slept_ms;
    uint32_t existing_crc;
    int64_t existing_size;
};

static const char *header(const struct gcp_request *req, const char *name)
{
    for (const struct gcp_header *h = req->headers; h->name; h++)
        if (strcmp(h->name, name) == 0)
            return h->value;
    return NULL;
}

static int answer(struct gcp_reply *reply, int status, const char *name, const char *value)
{
    struct cr_error err = {0};

    reply->status = status;
    if (name)
        assert_ok(gcp_reply_header_add(reply, name, strlen(name), value, strlen(value), &err), &err);
    return 0;
}

static int give_object(struct store *s, struct gcp_reply *reply, uint32_t crc, int64_t size)
{
    struct cr_error err = {0};
    char text[9];

    cr_crc32c_base64(crc ^ (s->damage ? 1 : 0), text);
    reply->status = 200;
    return cr_str_addf(&reply->body, &err,
                       "{\"name\":\"o\",\"generation\":\"17\",\"size\":\"%" PRId64 "\",\"crc32c\":\"%s\"}", size, text);
}

static int held_so_far(struct store *s, struct gcp_reply *reply)
{
    char range[64];

    snprintf(range, sizeof(range), "bytes=0-%zu", s->len - 1);
    return answer(reply, 308, s->len ? "Range" : NULL, range);
}

static enum trouble trouble_now(const struct store *s, size_t *at)
{
    for (size_t i = 0; i < CR_LEN(s->plan); i++)
        if (s->plan[i].put == s->puts && s->plan[i].what) {
            *at = s->plan[i].at;
            return s->plan[i].what;
        }
    return NONE;
}

static int broken(struct gcp_reply *reply, enum gcp_fault fault, struct cr_error *err)
{
    reply->fault = fault;
    return cr_fail(err, CR_E_NET, "no answer from 'store'");
}

/* A PUT of the session: checks the rules of the protocol as the service would, then keeps what the trouble lets
 * through. */
static int put(struct store *s, const struct gcp_request *req, struct gcp_reply *reply, struct cr_error *err)
{
    long long first = 0, last = -1, total = -1;
    const char *range = header(req, "Content-Range"), *slash = strrchr(range, '/');
    size_t keep = req->body_len, at = 0;
    enum trouble t;

    s->puts++;
    t = trouble_now(s, &at);
    if (slash[1] != '*')
        assert_int_equal(sscanf(slash + 1, "%lld", &total), 1);
    if (t == GONE || t == GONE_410) {
        s->len = 0;
        return answer(reply, t == GONE ? 404 : 410, NULL, NULL);
    }
    if (t == FORBID)
        return answer(reply, 403, NULL, NULL);
    if (t == FORGETS) {
        s->len = at;
        return answer(reply, 503, NULL, NULL);
    }
    if (t == PRESS) {
        reply->fault = GCP_FAULT_LOCAL;
        return cr_fail(err, CR_E_INTERRUPT, "interrupted");
    }
    if (strncmp(range, "bytes */", 8) != 0) {
        assert_int_equal(sscanf(range, "bytes %lld-%lld/", &first, &last), 2);
        assert_int_equal(first, (long long)s->len); /* goes on exactly where the service is */
        assert_int_equal(last - first + 1, (long long)req->body_len);
        if (total < 0)
            assert_int_equal(req->body_len % GCP_UPLOAD_UNIT, 0);
        else
            assert_int_equal(last + 1, total);
    } else {
        assert_int_equal(req->body_len, 0);
    }
    if (req->body_len > s->largest)
        s->largest = req->body_len;
    if ((t == CUT || t == SAYS_503 || t == SHORT) && keep > at) {
        keep = at;
        keep -= (s->len + keep) % s->granule < keep ? (s->len + keep) % s->granule : keep;
    }
    assert_true(s->len + keep <= MAX_SIZE);
    if (keep)
        memcpy(s->held + s->len, req->body, keep);
    s->len += keep;
    s->complete |= total >= 0 && (long long)s->len == total;
    if (t == CUT || t == UNHEARD)
        return broken(reply, GCP_FAULT_BROKEN, err);
    if (t == SAYS_503)
        return answer(reply, 503, NULL, NULL);
    return s->complete ? give_object(s, reply, cr_crc32c(0, s->held, s->len), (int64_t)s->len) : held_so_far(s, reply);
}

static int serve(struct gcp_http *self, const struct gcp_request *req, struct gcp_reply *reply, struct cr_error *err)
{
    static const char session[] = "https://storage.test/upload/storage/v1/b/b/o?uploadType=resumable&upload_id=SECRET";
    struct store *s = (struct store *)self;

    assert_null(req->connect_to);
    if (strcmp(req->method, "POST") == 0) {
        s->sessions++;
        s->len = 0;
        if (s->taken)
            return answer(reply, 412, NULL, NULL);
        assert_string_equal(req->url, "https://storage.test/upload/storage/v1/b/b/o?uploadType=resumable"
                                      "&name=source%2Fa.tgz&ifGenerationMatch=0");
        assert_string_equal(header(req, "X-Upload-Content-Type"), "application/gzip");
        return answer(reply, 200, "Location", session);
    }
    if (strcmp(req->method, "GET") == 0) {
        assert_string_equal(req->url, "https://storage.test/storage/v1/b/b/o/source%2Fa.tgz");
        return give_object(s, reply, s->existing_crc, s->existing_size);
    }
    if (strcmp(req->method, "DELETE") == 0 && strcmp(req->url, session) == 0) {
        s->cancels++;
        return answer(reply, 499, NULL, NULL);
    }
    if (strcmp(req->method, "DELETE") == 0) {
        assert_string_equal(req->url, "https://storage.test/storage/v1/b/b/o/source%2Fa.tgz?generation=17");
        s->deletes++;
        return answer(reply, 204, NULL, NULL);
    }
    assert_string_equal(req->method, "PUT");
    assert_string_equal(req->url, session);
    assert_true(req->secret_url);
    return put(s, req, reply, err);
}

static void count(struct gcp_http *self, int64_t ms)
{
    ((struct store *)self)->slept_ms += ms;
    cr_sleep_ms(ms);
}

static int give_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    (void)self;
    *token = "t";
    return fresh ? cr_fail(err, CR_E_AUTH, "no other") : 0;
}

static void store_init(struct store *s)
{
    *s = (struct store){.vtable = {serve, count}, .auth = {.token = give_token}, .granule = 1};
    s->held = cr_malloc(MAX_SIZE);
    gcp_init(&s->gcp, &s->vtable, &s->auth, NULL);
    free(s->gcp.endpoint[GCP_STORAGE]);
    s->gcp.endpoint[GCP_STORAGE] = cr_strdup("https://storage.test");
    cr_clock_fake(1000000, 1);
    cr_interrupt_clear();
}

static void store_end(struct store *s)
{
    free(s->held);
    gcp_clear(&s->gcp);
    cr_clock_fake(0, 0);
}

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

static int upload(struct store *s, struct content *c, int64_t *progress, json_t **object, struct cr_error *err)
{
    return gcp_upload(&s->gcp,
                      &(struct gcp_upload_spec){.bucket = "b",
                                                .object = "source/a.tgz",
                                                .content_type = "application/gzip",
                                                .if_absent = true,
                                                .chunk = CHUNK,
                                                .progress = note,
                                                .ud = progress},
                      produce, c, object, err);
}

static void arrives(struct store *s, struct content *c, const char *row)
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
    assert_true(s->largest <= CHUNK);
    assert_int_equal(s->cancels, 0);
}

TEST(sizes_around_the_chunk)
{
    static const size_t sizes[] = {0,         1,     GCP_UPLOAD_UNIT - 1, GCP_UPLOAD_UNIT, GCP_UPLOAD_UNIT + 1,
                                   CHUNK - 1, CHUNK, CHUNK + 1,           2 * CHUNK,       3 * CHUNK + 7};
    static const size_t steps[] = {1000, 65536, 70000};

    for (size_t i = 0; i < CR_LEN(sizes); i++)
        for (size_t k = 0; k < CR_LEN(steps); k++) {
            struct content c = {sizes[i], steps[k], 0};
            struct store s;
            char row[64];

            store_init(&s);
            snprintf(row, sizeof(row), "%zu by %zu", sizes[i], steps[k]);
            arrives(&s, &c, row);
            assert_int_equal(s.puts, sizes[i] ? (sizes[i] + CHUNK - 1) / CHUNK : 1);
            assert_int_equal(s.slept_ms, 0);
            store_end(&s);
        }
}

/* Every kind of interruption, at every kind of place, in the first, a middle and the last PUT. */
TEST(cut_anywhere_arrives_whole)
{
    static const enum trouble kinds[] = {CUT, SAYS_503, SHORT};
    static const size_t places[] = {0, 1, 262143, 262144, 300000, CHUNK - 1, CHUNK};
    static const size_t granules[] = {1, GCP_UPLOAD_UNIT};

    for (size_t k = 0; k < CR_LEN(kinds); k++)
        for (size_t p = 0; p < CR_LEN(places); p++)
            for (size_t g = 0; g < CR_LEN(granules); g++)
                for (int n = 1; n <= 3; n++) {
                    struct content c = {2 * CHUNK + 300001, 65536, 0};
                    struct store s;
                    char row[96];

                    store_init(&s);
                    s.granule = granules[g];
                    s.plan[0] = (struct planned){n, kinds[k], places[p]};
                    snprintf(row, sizeof(row), "kind %d at %zu of PUT %d, granule %zu", kinds[k], places[p], n,
                             granules[g]);
                    arrives(&s, &c, row);
                    assert_int_equal(c.runs, 1); /* never from the start */
                    store_end(&s);
                }
}

TEST(a_lost_answer_is_asked_for)
{
    for (int n = 1; n <= 3; n++) {
        struct content c = {2 * CHUNK + 5, 65536, 0};
        struct store s;

        store_init(&s);
        s.plan[0] = (struct planned){n, UNHEARD, 0};
        arrives(&s, &c, "lost answer");
        assert_int_equal(s.puts, 4); /* three, and one question */
        assert_int_equal(c.runs, 1);
        store_end(&s);
    }
}

TEST(trouble_after_trouble)
{
    static const struct planned plan[MAX_TROUBLE] = {{1, CUT, 262144}, {2, CUT, 0}, {3, SAYS_503, 0}, {4, SHORT, 0},
                                                     {5, CUT, 1},      {6, CUT, 0}, {7, SAYS_503, 9}};
    struct content c = {3 * CHUNK + 5, 65536, 0};
    struct store s;

    store_init(&s);
    memcpy(s.plan, plan, sizeof(plan));
    arrives(&s, &c, "in a row");
    store_end(&s);
}

TEST(a_session_that_is_gone_starts_anew)
{
    static const enum trouble kinds[] = {GONE, GONE_410};

    for (size_t i = 0; i < CR_LEN(kinds); i++) {
        struct content c = {2 * CHUNK + 5, 65536, 0};
        struct store s;

        store_init(&s);
        s.plan[0] = (struct planned){2, kinds[i], 0};
        arrives(&s, &c, "gone");
        assert_int_equal(s.sessions, 2);
        assert_int_equal(c.runs, 2);
        store_end(&s);
    }
}

TEST(a_session_that_is_always_gone_ends)
{
    struct content c = {2 * CHUNK + 5, 65536, 0};
    struct cr_error err = {0};
    int64_t progress;
    json_t *object = NULL;
    struct store s;

    store_init(&s);
    for (int i = 0; i < 3; i++)
        s.plan[i] = (struct planned){i + 1, GONE, 0};
    assert_int_equal(upload(&s, &c, &progress, &object, &err), -1);
    assert_int_equal(err.code, CR_E_NET);
    assert_int_equal(s.sessions, 3);
    assert_non_null(strstr(err.hint, "run it again"));
    assert_null(object);
    store_end(&s);
}

/* The session says it holds less than it had confirmed, and those bytes are no longer in memory. */
TEST(a_session_that_forgets_starts_anew)
{
    struct content c = {2 * CHUNK + 5, 65536, 0};
    struct store s;

    store_init(&s);
    s.plan[0] = (struct planned){2, FORGETS, 1000};
    arrives(&s, &c, "forgets");
    assert_int_equal(s.sessions, 2);
    assert_int_equal(c.runs, 2);
    store_end(&s);
}

TEST(refusals)
{
    static const struct {
        enum trouble what;
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
        struct store s;

        store_init(&s);
        for (int k = 0; k < rows[i].repeat; k++)
            s.plan[k] = (struct planned){k + 1, rows[i].what, 0};
        assert_int_equal(upload(&s, &c, &progress, &object, &err), -1);
        assert_int_equal(err.code, rows[i].code);
        assert_null(strstr(err.msg, "SECRET"));
        assert_int_equal(s.cancels, rows[i].cancels);
        assert_int_equal(s.puts, rows[i].repeat);
        store_end(&s);
    }
}

TEST(damage_is_deleted)
{
    struct content c = {1000, 1000, 0};
    struct cr_error err = {0};
    json_t *object = NULL;
    int64_t progress;
    struct store s;

    store_init(&s);
    s.damage = true;
    assert_int_equal(upload(&s, &c, &progress, &object, &err), -1);
    assert_int_equal(err.code, CR_E_NET);
    assert_int_equal(s.deletes, 1);
    assert_int_equal(s.cancels, 0);
    assert_null(object);
    store_end(&s);
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
        struct store s;

        store_init(&s);
        s.taken = true;
        s.existing_size = rows[i].size;
        s.existing_crc = crc_of(1000) ^ rows[i].flip;
        assert_int_equal(upload(&s, &c, &progress, &object, &err) == 0, rows[i].ok);
        assert_int_equal(object != NULL, rows[i].ok);
        assert_int_equal(s.puts, 0);
        assert_int_equal(s.deletes, 0); /* it is not ours to delete */
        store_end(&s);
    }
}

TEST_MAIN(cmocka_unit_test(sizes_around_the_chunk), cmocka_unit_test(cut_anywhere_arrives_whole),
          cmocka_unit_test(a_lost_answer_is_asked_for), cmocka_unit_test(trouble_after_trouble),
          cmocka_unit_test(a_session_that_is_gone_starts_anew), cmocka_unit_test(a_session_that_is_always_gone_ends),
          cmocka_unit_test(a_session_that_forgets_starts_anew), cmocka_unit_test(refusals),
          cmocka_unit_test(damage_is_deleted), cmocka_unit_test(what_is_there_already_is_compared))
