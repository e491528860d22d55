#include "lib/test.h"

#include <string.h>

#include "local/ingress_head.h"
#include "local/ingress_route.h"

TEST(heads_are_accepted_or_refused_with_the_right_status)
{
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a.localhost\r\n\r\n", 0},
        {"GET / HTTP/1.0\r\n\r\n", 0},
        {"POST /p?q=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 0},
        {"POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 0},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\n\r\n", 400},                          /* no Host */
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},    /* two */
        {"GET / HTTP/1.1\nHost: a\r\n\r\n", 400},                 /* bare LF */
        {"GET / HTTP/1.1\r\nHost: a\r\n X: folded\r\n\r\n", 400}, /* folded */
        {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},              /* blank before the colon */
        {"GET / HTTP/1.1\r\nHost: a\r\nX: a\001b\r\n\r\n", 400},  /* control character */
        {"GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},        /* two blanks */
        {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400}, /* a proxy's request */
        {"GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
        {"GET / HTCPCP/1\r\nHost: a\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999999\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    };
    struct local_head h;

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        size_t n = local_head_end(cases[i].text, strlen(cases[i].text));

        assert_int_equal(n, strlen(cases[i].text));
        if (local_head_request(&h, cases[i].text, n) != cases[i].status)
            fail_msg("case %zu: %d, not %d", i, local_head_request(&h, cases[i].text, n), cases[i].status);
    }
}

TEST(a_head_is_read_as_it_says)
{
    static const char text[] =
        "POST /predict HTTP/1.1\r\nHost: svc.localhost:8081\r\nConnection: Keep-Alive, Upgrade\r\n"
        "Expect: 100-continue\r\nContent-Length: 12\r\nX-Odd:   two words \t\r\n\r\n";
    struct local_head h;

    assert_int_equal(local_head_request(&h, text, sizeof(text) - 1), 0);
    assert_true(local_text_is(h.method, "POST"));
    assert_true(local_text_is(h.target, "/predict"));
    assert_true(local_text_is(h.host, "svc.localhost:8081"));
    assert_int_equal(h.length, 12);
    assert_true(h.expect_continue && h.upgrade && !h.close && !h.chunked);
    assert_true(local_text_is(local_head_get(&h, "x-odd")->value, "two words"));
    assert_null(local_head_get(&h, "x-od"));
}

TEST(too_many_fields_are_431)
{
    char text[8192] = "GET / HTTP/1.1\r\nHost: a\r\n";
    size_t n = strlen(text);
    struct local_head h;

    for (int i = 0; i < LOCAL_HEAD_FIELDS; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "X: y\r\n");
    n += (size_t)snprintf(text + n, sizeof(text) - n, "\r\n");
    assert_int_equal(local_head_request(&h, text, n), 431);
}

TEST(responses_are_read)
{
    static const char *const good[] = {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 \r\n\r\n",
                                       "HTTP/1.0 404\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"};
    static const char *const bad[] = {"HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 999 X\r\n\r\n",
                                      "this is not HTTP\r\n\r\n",
                                      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
                                      "Transfer-Encoding: chunked\r\n\r\n"};
    struct local_head h;

    for (size_t i = 0; i < CR_LEN(good); i++)
        assert_int_equal(local_head_response(&h, good[i], strlen(good[i])), 0);
    for (size_t i = 0; i < CR_LEN(bad); i++)
        assert_int_not_equal(local_head_response(&h, bad[i], strlen(bad[i])), 0);
}

/* Whole, and byte by byte, must agree. */
static ssize_t feed(const char *text, bool by_byte, struct local_chunks *c)
{
    size_t n = strlen(text), used = 0;

    *c = (struct local_chunks){0};
    if (!by_byte)
        return local_chunks_feed(c, text, n);
    while (used < n && !c->done) {
        ssize_t k = local_chunks_feed(c, text + used, 1);

        if (k < 0)
            return -1;
        used += (size_t)k;
    }
    return (ssize_t)used;
}

TEST(chunked_bodies_end_where_they_end)
{
    static const struct {
        const char *text;
        ssize_t used; /* -1: refused */
        bool done;
        unsigned data;
    } cases[] = {
        {"0\r\n\r\nNEXT", 5, true, 0},
        {"5\r\nhello\r\n0\r\n\r\nNEXT", 15, true, 5},
        {"5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\nNEXT", 31, true, 5},
        {"00A\r\n0123456789\r\n", 17, false, 10},
        {"5\r\nhel", 6, false, 3},
        {"5\nhello\r\n", -1, false, 0},
        {"g\r\n", -1, false, 0},
        {"\r\n", -1, false, 0},
        {"-1\r\n", -1, false, 0},
        {"3\r\nhello\r\n", -1, false, 0},
        {"fffffffffffffffff\r\n", -1, false, 0},
        {"0\r\n\rx", -1, false, 0},
    };
    struct local_chunks c;

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        for (int by_byte = 0; by_byte < 2; by_byte++) {
            ssize_t used = feed(cases[i].text, by_byte, &c);

            if (used != cases[i].used || (used >= 0 && (c.done != cases[i].done || c.bytes != cases[i].data)))
                fail_msg("case %zu: used %zd, done %d, data %d", i, used, c.done, (int)c.bytes);
        }
    }
}

static void expect(struct local_routes *r, const char *host, int status, const char *revision)
{
    struct local_choice c = {0};
    int got = local_routes_find(r, (struct local_text){host, strlen(host)}, &c);

    if (got != status || strcmp(c.revision, revision) != 0)
        fail_msg("%s: %d %s", host, got, c.revision);
}

TEST(hosts_name_services_and_tags)
{
    static const struct local_target targets[] = {{"r1", NULL, 100, 1, 1000}, {"r2", "canary", 0, 1, 1000}};
    static const struct local_target hidden[] = {{"r3", "canary", 0, 1, 1000}};
    struct local_routes *r = local_routes_new();
    struct cr_error err = {0};

    assert_ok(local_routes_set(r, "svc", true, targets, 2, &err), &err);
    expect(r, "svc.localhost", 0, "r1");
    expect(r, "SVC.LocalHost:8081", 0, "r1");
    expect(r, "svc.localhost.:8081", 0, "r1");
    expect(r, "canary---svc.localhost:1", 0, "r2");
    expect(r, "none---svc.localhost", 404, "");
    expect(r, "other.localhost", 421, "");
    expect(r, "a.svc.localhost", 421, "");
    expect(r, "svc", 421, "");
    expect(r, ".localhost", 421, "");
    expect(r, "localhost", 421, "");
    expect(r, "127.0.0.1:8081", 421, "");
    expect(r, "evil.example", 421, "");
    expect(r, "svc.localhost.evil.example", 421, "");
    expect(r, "svc.localhost:8081x", 400, "");
    expect(r, "svc.localhost, evil.example", 400, "");
    expect(r, "me@svc.localhost", 400, "");
    expect(r, "", 400, "");
    assert_ok(local_routes_set(r, "hidden", true, hidden, 1, &err), &err);
    expect(r, "hidden.localhost", 404, "");
    expect(r, "canary---hidden.localhost", 0, "r3");
    local_routes_forget(r, "svc");
    expect(r, "svc.localhost", 421, "");
    expect(r, "canary---svc.localhost", 421, "");
    local_routes_free(r);
}

TEST(percents_are_kept_exactly_over_a_hundred_requests)
{
    static const struct local_target targets[] = {{"r1", NULL, 90, 1, 0}, {"r2", NULL, 9, 1, 0}, {"r3", NULL, 1, 1, 0}};
    static const struct local_target wrong[] = {{"r1", "x", 50, 1, 0}, {"r2", "y", 49, 1, 0}};
    static const struct local_target twice[] = {{"r1", "x", 50, 1, 0}, {"r2", "X", 50, 1, 0}};
    struct local_routes *r = local_routes_new();
    struct cr_error err = {0};
    int count[4] = {0};

    assert_ok(local_routes_set(r, "svc", true, targets, 3, &err), &err);
    for (int i = 0; i < 100; i++) {
        struct local_choice c;

        assert_int_equal(local_routes_find(r, (struct local_text){"svc.localhost", 13}, &c), 0);
        count[c.revision[1] - '0']++;
    }
    assert_int_equal(count[1], 90);
    assert_int_equal(count[2], 9);
    assert_int_equal(count[3], 1);
    assert_int_equal(local_routes_set(r, "svc", true, wrong, 2, &err), -1);
    assert_int_equal(local_routes_set(r, "svc", true, twice, 2, &err), -1);
    local_routes_free(r);
}

TEST_MAIN(cmocka_unit_test(heads_are_accepted_or_refused_with_the_right_status),
          cmocka_unit_test(a_head_is_read_as_it_says), cmocka_unit_test(too_many_fields_are_431),
          cmocka_unit_test(responses_are_read), cmocka_unit_test(chunked_bodies_end_where_they_end),
          cmocka_unit_test(hosts_name_services_and_tags),
          cmocka_unit_test(percents_are_kept_exactly_over_a_hundred_requests))
