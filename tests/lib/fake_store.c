#include "lib/test.h"

#include "lib/fake_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/interrupt.h"

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

static int give_object(struct fake_store *s, struct gcp_reply *reply, uint32_t crc, int64_t size)
{
    struct cr_error err = {0};
    char text[9];

    cr_crc32c_base64(crc ^ (s->damage ? 1 : 0), text);
    reply->status = 200;
    return cr_str_addf(&reply->body, &err,
                       "{\"name\":\"o\",\"generation\":\"17\",\"size\":\"%" PRId64 "\",\"crc32c\":\"%s\"}", size, text);
}

static int held_so_far(struct fake_store *s, struct gcp_reply *reply)
{
    char range[64];

    snprintf(range, sizeof(range), "bytes=0-%zu", s->len - 1);
    return answer(reply, 308, s->len ? "Range" : NULL, range);
}

static enum fake_trouble_kind trouble_now(const struct fake_store *s, size_t *at)
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
static int put(struct fake_store *s, const struct gcp_request *req, struct gcp_reply *reply, struct cr_error *err)
{
    long long first = 0, last = -1, total = -1;
    const char *range = header(req, "Content-Range"), *slash = strrchr(range, '/');
    size_t keep = req->body_len, at = 0;
    enum fake_trouble_kind t;

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
    assert_true(s->len + keep <= FAKE_SIZE_MAX);
    if (keep)
        memcpy(s->held + s->len, req->body, keep);
    s->len += keep;
    s->received += keep;
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
    struct fake_store *s = (struct fake_store *)self;

    assert_null(req->connect_to);
    if (strcmp(req->method, "POST") == 0) {
        s->sessions++;
        s->len = 0;
        s->complete = false;
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
    ((struct fake_store *)self)->slept_ms += ms;
    cr_sleep_ms(ms);
}

static int give_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    (void)self;
    *token = "t";
    return fresh ? cr_fail(err, CR_E_AUTH, "no other") : 0;
}

void fake_store_init(struct fake_store *s)
{
    *s = (struct fake_store){.vtable = {serve, count}, .auth = {.token = give_token}, .granule = 1};
    s->held = cr_malloc(FAKE_SIZE_MAX);
    gcp_init(&s->gcp, &s->vtable, &s->auth, NULL);
    free(s->gcp.endpoint[GCP_STORAGE]);
    s->gcp.endpoint[GCP_STORAGE] = cr_strdup("https://storage.test");
    cr_clock_fake(1000000, 1);
    cr_interrupt_clear();
}

void fake_store_end(struct fake_store *s)
{
    free(s->held);
    gcp_clear(&s->gcp);
    cr_clock_fake(0, 0);
}
