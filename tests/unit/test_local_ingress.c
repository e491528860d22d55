/* The ingress as its clients see it, in front of processes in place of containers. */
#include "lib/test.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "lib/ingress_fixture.h"

/* One token, for one audience. */
static bool identity(void *ud, const char *token, const char *audience)
{
    (void)ud;
    return strcmp(token, "head.claims.signature") == 0 && strcmp(audience, "http://secret.localhost") == 0;
}

static int setup(void **state)
{
    (void)state;
    ingress_start((struct local_ingress_opt){.identity = identity, .head_ms = 1000});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ingress_stop();
    return 0;
}

static int dial(void)
{
    return raw_dial(local_ingress_port(ingress));
}

TEST(a_request_starts_an_instance_and_is_answered)
{
    ingress_expect(GET("/"), "HTTP/1.1 200 OK\r\n", "\r\n\r\nok");
    ingress_expect("GET / HTTP/1.1\r\nHost: nobody.localhost\r\n\r\n", "HTTP/1.1 421 ", "No service");
    ingress_expect("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 421 Misdirected Request\r\n",
                   "No service has this host name.");
    ingress_expect("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "HTTP/1.1 421 ", "");
    ingress_expect("GET / HTTP/1.1\r\nHost: svc.localhost:1x\r\n\r\n", "HTTP/1.1 400 ", "not valid");
    ingress_expect("GET / HTTP/1.1\r\n" HOST "Origin: https://page.example\r\nConnection: close\r\n\r\n",
                   "HTTP/1.1 200 ", "ok"); /* a web client of the service */
    ingress_expect("GET / HTTP/1.1\r\nHost: svc.localhost\r\nHost: x\r\n\r\n", "HTTP/1.1 400 ", "not valid");
    ingress_expect("TRACE / HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 405 ", "");
}

TEST(the_container_sees_who_asked)
{
    CR_AUTO_FREE char *got = ingress_ask("GET /head HTTP/1.1\r\n" HOST "X-Forwarded-For: 10.1.1.1\r\nX-Mine: kept\r\n"
                                         "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
                                         "Connection: close\r\n\r\n");

    assert_non_null(strstr(got, "\r\nX-Forwarded-For: 10.1.1.1,127.0.0.1\r\n"));
    assert_non_null(strstr(got, "\r\nX-Forwarded-Proto: http\r\n"));
    assert_non_null(strstr(got, "\r\nX-Mine: kept\r\n"));
    assert_non_null(strstr(got, "\r\nHost: svc.localhost\r\n"));
    assert_non_null(strstr(got, "\r\nX-Cloud-Trace-Context: 4bf92f3577b34da6a3ce929d0e0e4736/67667974448284343\r\n"));
    assert_null(strstr(got, "-00\r\n")); /* no second traceparent */
    ingress_expect(GET("/head"), "HTTP/1.1 200 ", "\r\ntraceparent: 00-");
}

TEST(bodies_pass_untouched_both_ways)
{
    ingress_expect("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nConnection: close\r\n\r\nhello",
                   "HTTP/1.1 200 ", "\r\n\r\nhello");
    ingress_expect("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                   "5;x=y\r\nhello\r\n0\r\n\r\n",
                   "HTTP/1.1 200 ", "\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n");
    ingress_expect("POST /echo HTTP/1.1\r\n" HOST
                   "Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
                   "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ", "\r\n\r\nhi");
    ingress_expect(GET("/chunks"), "HTTP/1.1 200 ", "\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n");
    ingress_expect("GET /close HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 200 ", "Connection: close\r\n\r\nuntil the end");
}

TEST(much_passes_through_small_buffers)
{
    CR_AUTO_FREE char *got = ingress_ask(GET("/big/3000000")), *body = cr_calloc(1, 900001), *request = NULL,
                      *back = NULL;

    assert_int_equal(strlen(strstr(got, "\r\n\r\n") + 4), 3000000);
    memset(body, 'a', 900000);
    request = cr_format("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 900000\r\nConnection: close\r\n\r\n%s", body);
    back = ingress_ask(request);
    assert_string_equal(strstr(back, "\r\n\r\n") + 4, body);
}

TEST(a_connection_serves_one_request_after_the_other)
{
    CR_AUTO_FD int fd = dial();
    CR_AUTO_FREE char *got = NULL;
    int answers = 0;

    raw_put(fd, "GET / HTTP/1.1\r\n" HOST "\r\nPOST /echo HTTP/1.1\r\n" HOST
                "Content-Length: 3\r\n\r\nabcHEAD / HTTP/1.1\r\n" HOST "\r\n");
    raw_put(fd, GET("/"));
    got = raw_rest(fd);
    for (const char *p = got; (p = strstr(p, "HTTP/1.1 200 OK")); p++)
        answers++;
    assert_int_equal(answers, 4);
    assert_non_null(strstr(got, "\r\n\r\nabcHTTP/1.1 200"));
}

TEST(too_much_is_413_and_a_broken_body_400)
{
    ingress_expect("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 33554433\r\n\r\n", "HTTP/1.1 413 ", "32 MiB");
    ingress_expect("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "HTTP/1.1 400 ",
                   "not chunked");
}

/* A request that two servers in a row might read differently, or that no client sends: each is refused with one answer,
 * and what comes after it is never read as a request of its own. */
TEST(malformed_requests_are_refused_and_nothing_is_smuggled)
{
#define NEXT "GET /head HTTP/1.1\r\n" HOST "\r\n"
#define GET_WITH(fields) "GET / HTTP/1.1\r\n" HOST fields "\r\n" NEXT
#define POST_WITH(fields, body) "POST /echo HTTP/1.1\r\n" HOST fields "\r\n" body NEXT
#define CHUNKED(body) POST_WITH("Transfer-Encoding: chunked\r\n", body)
#define BYTES(text) text, sizeof(text) - 1
    static const struct {
        int status;
        const char *bytes;
        size_t n;
    } cases[] = {
        /* two framings, or one that is not clear */
        {400, BYTES(POST_WITH("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"))},
        {400, BYTES(POST_WITH("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"))},
        {400, BYTES(POST_WITH("Content-Length: 0\r\nContent-Length: 5\r\n", "hello"))},
        {400, BYTES(POST_WITH("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"))},
        {400, BYTES(POST_WITH("Content-Length: 5, 5\r\n", "hello"))},
        {400, BYTES(POST_WITH("Content-Length: +5\r\n", "hello"))},
        {400, BYTES(POST_WITH("Content-Length: -5\r\n", ""))},
        {400, BYTES(POST_WITH("Content-Length: 0x5\r\n", "hello"))},
        {400, BYTES(POST_WITH("Content-Length: 5 5\r\n", "hello"))},
        {400, BYTES(POST_WITH("Content-Length: five\r\n", "hello"))},
        {400, BYTES(POST_WITH("Content-Length:\r\n", ""))},
        {400, BYTES(POST_WITH("Content-Length: 18446744073709551621\r\n", "hello"))},
        {413, BYTES(POST_WITH("Content-Length: 999999999999999999\r\n", ""))},
        {400, BYTES(POST_WITH("Content-Length : 5\r\n", "hello"))},
        {400, BYTES(POST_WITH(" Content-Length: 5\r\n", "hello"))},
        {400, BYTES(POST_WITH("X: y\r\n\tContent-Length: 5\r\n", "hello"))},
        {400, BYTES(POST_WITH("Content-Length: 5\n\r\n", "hello"))},
        {400, BYTES(POST_WITH("Content-Length: 5\rX: y\r\n", "hello"))},
        {400, BYTES(POST_WITH("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"))},
        {400, BYTES(POST_WITH("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"))},
        {501, BYTES(POST_WITH("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"))},
        {501, BYTES(POST_WITH("Transfer-Encoding: gzip\r\n", ""))},
        {501, BYTES(POST_WITH("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"))},
        {501, BYTES(POST_WITH("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"))},
        {501, BYTES(POST_WITH("Transfer-Encoding:\r\n", ""))},
        {400, BYTES(POST_WITH("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n"))},
        {400, BYTES(POST_WITH("Transfer\0-Encoding: chunked\r\n", "0\r\n\r\n"))},
        {400, BYTES("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT)},
        /* chunks that are none */
        {400, BYTES(CHUNKED("xyz\r\n"))},
        {400, BYTES(CHUNKED("\r\n"))},
        {400, BYTES(CHUNKED("-1\r\n"))},
        {400, BYTES(CHUNKED("+5\r\nhello\r\n0\r\n\r\n"))},
        {400, BYTES(CHUNKED("0x5\r\nhello\r\n0\r\n\r\n"))},
        {400, BYTES(CHUNKED(" 5\r\nhello\r\n0\r\n\r\n"))},
        {400, BYTES(CHUNKED("5\nhello\r\n0\r\n\r\n"))},
        {400, BYTES(CHUNKED("5;x\ny\r\nhello\r\n0\r\n\r\n"))},
        {400, BYTES(CHUNKED("5\r\nhello0\r\n\r\n"))},
        {400, BYTES(CHUNKED("5\r\nhello!\r\n0\r\n\r\n"))},
        {400, BYTES(CHUNKED("5\r\nhello\n0\r\n\r\n"))},
        {400, BYTES(CHUNKED("ffffffffffffffffff\r\nhello"))},
        {400, BYTES(CHUNKED("5\r\nhello\r\n0\r\nX: y\n\r\n"))},
        {413, BYTES(CHUNKED("2000001\r\n"))},
        /* lines and fields */
        {400, BYTES("GET / HTTP/1.1\n" HOST "\r\n" NEXT)},
        {408, BYTES("GET / HTTP/1.1\nHost: svc.localhost\n\n")},
        {400, BYTES("\r\nGET / HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {400, BYTES(" GET / HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {400, BYTES(GET_WITH("X: a\r\n folded\r\n"))},
        {400, BYTES(GET_WITH("no colon\r\n"))},
        {400, BYTES(GET_WITH(": no name\r\n"))},
        {400, BYTES(GET_WITH("X Y: z\r\n"))},
        {400, BYTES(GET_WITH("X: a\0b\r\n"))},
        {400, BYTES(GET_WITH("X: a\rb\r\n"))},
        {400, BYTES(GET_WITH("X\x80: y\r\n"))},
        {400, BYTES(GET_WITH("X: \x7f\r\n"))},
        /* hosts */
        {400, BYTES("GET / HTTP/1.1\r\n\r\n" NEXT)},
        {400, BYTES(GET_WITH("Host: svc.localhost\r\n"))},
        {400, BYTES("GET / HTTP/1.1\r\nHost:\r\n\r\n" NEXT)},
        {400, BYTES("GET / HTTP/1.1\r\nHost: svc.localhost, evil.example\r\n\r\n" NEXT)},
        {400, BYTES("GET / HTTP/1.1\r\nHost: evil@svc.localhost\r\n\r\n" NEXT)},
        {421, BYTES("GET / HTTP/1.1\r\nHost: svc.localhost.evil.example\r\n\r\n" NEXT)},
        {400, BYTES("GET http://evil.example/ HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {400, BYTES("GET http://svc.localhost/ HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        /* methods, targets, versions */
        {400, BYTES("GE\tT / HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {400, BYTES("G@T / HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {400, BYTES("/ HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {405, BYTES("TRACE / HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {400, BYTES("CONNECT svc.localhost:80 HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {400, BYTES("GET  / HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {400, BYTES("GET / x HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {400, BYTES("GET /\0 HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {400, BYTES("GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {400, BYTES("GET relative HTTP/1.1\r\n" HOST "\r\n" NEXT)},
        {400, BYTES("GET /\r\n" HOST "\r\n" NEXT)},
        {400, BYTES("GET / HTTP/1.1 \r\n" HOST "\r\n" NEXT)},
        {400, BYTES("GET / http/1.1\r\n" HOST "\r\n" NEXT)},
        {505, BYTES("GET / HTTP/2.0\r\n" HOST "\r\n" NEXT)},
        {505, BYTES("GET / HTTP/1.9\r\n" HOST "\r\n" NEXT)},
        {505, BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
        {408, BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *got = raw_send(local_ingress_port(ingress), cases[i].bytes, cases[i].n);

        if (strncmp(got, "HTTP/1.1 ", 9) != 0 || strtol(got + 9, NULL, 10) != cases[i].status ||
            strstr(got + 9, "HTTP/1.1 200"))
            fail_msg("case %zu, expected %d:\n%s\ngot:\n%s", i, cases[i].status, cases[i].bytes, got);
    }
    assert_true(CR_LEN(cases) >= 54);
    ingress_expect(GET("/"), "HTTP/1.1 200 ", "ok");
}

TEST(what_the_container_does_wrong_is_told)
{
    CR_AUTO_FREE char *got = NULL;

    ingress_expect(GET("/garbage"), "HTTP/1.1 502 ", "not valid HTTP/1.1");
    got = ingress_ask(GET("/short"));
    assert_non_null(strstr(got, "Content-Length: 10\r\n"));
    assert_non_null(strstr(got, "\r\n\r\nfour"));
    ingress_expect(GET("/exit"), "HTTP/1.1 500 ", "ended while it had the request");
    ingress_expect(GET("/"), "HTTP/1.1 200 ", "ok"); /* started again */
}

TEST(a_private_service_wants_the_token_and_keeps_it_from_the_container)
{
    CR_AUTO_FREE char *got = NULL;

    ingress_add("secret", "secret-00001-abc", NULL);
    ingress_route("secret", "secret-00001-abc", false, 80, 5000);
    ingress_expect("GET / HTTP/1.1\r\nHost: secret.localhost\r\n\r\n", "HTTP/1.1 403 ", "private");
    ingress_expect("GET / HTTP/1.1\r\nHost: secret.localhost\r\nAuthorization: Bearer " TOKEN "0\r\n\r\n",
                   "HTTP/1.1 403 ", "");
    ingress_expect("GET / HTTP/1.1\r\nHost: secret.localhost\r\nAuthorization: Basic " TOKEN "\r\n\r\n",
                   "HTTP/1.1 403 ", "");
    got = ingress_ask("GET /head HTTP/1.1\r\nHost: secret.localhost\r\nAuthorization: Bearer " TOKEN
                      "\r\nConnection: close\r\n\r\n");
    assert_int_equal(strncmp(got, "HTTP/1.1 200 ", 13), 0);
    assert_null(strstr(got, TOKEN));
}

TEST(an_identity_token_for_the_service_opens_it_and_loses_its_signature)
{
    CR_AUTO_FREE char *got = NULL;

    ingress_add("secret", "secret-00001-abc", NULL);
    ingress_route("secret", "secret-00001-abc", false, 80, 5000);
    ingress_add("other", "other-00001-abc", NULL);
    ingress_route("other", "other-00001-abc", false, 80, 5000);
    ingress_expect("GET / HTTP/1.1\r\nHost: other.localhost\r\nAuthorization: Bearer head.claims.signature\r\n\r\n",
                   "HTTP/1.1 403 ", "private");
    ingress_expect("GET / HTTP/1.1\r\nHost: secret.localhost\r\nAuthorization: Bearer head.claims.forged\r\n\r\n",
                   "HTTP/1.1 403 ", "private");
    /* X-Serverless-Authorization decides when it is there; the port is none of the audience. */
    ingress_expect(
        "GET / HTTP/1.1\r\nHost: secret.localhost\r\nX-Serverless-Authorization: Bearer head.claims.forged\r\n"
        "Authorization: Bearer head.claims.signature\r\n\r\n",
        "HTTP/1.1 403 ", "private");
    got = ingress_ask(
        "GET /head HTTP/1.1\r\nHost: secret.localhost:8791\r\nAuthorization: Bearer head.claims.signature\r\n"
        "Connection: close\r\n\r\n");
    assert_int_equal(strncmp(got, "HTTP/1.1 200 ", 13), 0);
    assert_non_null(strstr(got, "head.claims.SIGNATURE_REMOVED_BY_GOOGLE"));
    assert_null(strstr(got, "head.claims.signature"));
}

struct asker {
    const char *request;
    char *got;
    int64_t took_ms;
};

static void *ask_thread(void *arg)
{
    struct asker *a = arg;
    int64_t before = cr_now_ms();

    a->got = ingress_ask(a->request);
    a->took_ms = cr_now_ms() - before;
    return NULL;
}

TEST(an_identity_token_of_the_service_opens_its_tags_too)
{
    const struct local_target t = {"secret-00001-abc", "next", 100, 80, 5000};
    struct cr_error err = {0};

    ingress_add("secret", "secret-00001-abc", NULL);
    assert_ok(local_ingress_route(ingress, "secret", false, &t, 1, &err), &err);
    ingress_expect("GET / HTTP/1.1\r\nHost: next---secret.localhost\r\nAuthorization: Bearer head.claims.signature\r\n"
                   "Connection: close\r\n\r\n",
                   "HTTP/1.1 200 ", "ok");
    ingress_expect(
        "GET / HTTP/1.1\r\nHost: next---secret.localhost\r\nAuthorization: Bearer head.claims.forged\r\n\r\n",
        "HTTP/1.1 403 ", "private");
}

TEST(concurrency_is_kept_and_a_long_queue_is_429)
{
    struct asker a[3];
    pthread_t t[3];
    int ok = 0, refused = 0;

    ingress_add("one", "one-00001-abc", NULL);
    ingress_route("one", "one-00001-abc", true, 1, 5000);
    free(ingress_ask("GET / HTTP/1.1\r\nHost: one.localhost\r\nConnection: close\r\n\r\n")); /* so that it is warm */
    for (size_t i = 0; i < CR_LEN(a); i++) {
        a[i] = (struct asker){.request = "GET /slow/1500 HTTP/1.1\r\nHost: one.localhost\r\nConnection: close\r\n\r\n"};
        assert_int_equal(pthread_create(&t[i], NULL, ask_thread, &a[i]), 0);
    }
    for (size_t i = 0; i < CR_LEN(a); i++) {
        pthread_join(t[i], NULL);
        ok += strncmp(a[i].got, "HTTP/1.1 200 ", 13) == 0;
        refused += strncmp(a[i].got, "HTTP/1.1 429 ", 13) == 0 && strstr(a[i].got, "Rate exceeded.");
        free(a[i].got);
    }
    assert_int_equal(ok, 1); /* the others waited for more than the queue's 300 ms */
    assert_int_equal(refused, 2);
}

TEST(requests_run_side_by_side_when_they_may)
{
    struct asker a[8];
    pthread_t t[8];
    int64_t before;

    free(ingress_ask(GET("/")));
    before = cr_now_ms();
    for (size_t i = 0; i < CR_LEN(a); i++) {
        a[i] = (struct asker){.request = GET("/slow/300")};
        assert_int_equal(pthread_create(&t[i], NULL, ask_thread, &a[i]), 0);
    }
    for (size_t i = 0; i < CR_LEN(a); i++) {
        pthread_join(t[i], NULL);
        assert_int_equal(strncmp(a[i].got, "HTTP/1.1 200 ", 13), 0);
        free(a[i].got);
    }
    assert_true(cr_now_ms() - before < 8 * 300);
}

TEST(a_request_over_its_timeout_is_504)
{
    ingress_route("svc", "svc-00001-abc", true, 80, 200);
    ingress_expect(GET("/slow/3000"), "HTTP/1.1 504 ", "maximum request timeout");
    ingress_route("svc", "svc-00001-abc", true, 80, 5000);
    ingress_expect(GET("/"), "HTTP/1.1 200 ", "ok");
}

TEST(a_container_that_does_not_start_is_500_with_the_reason)
{
    ingress_add("bad", "bad-00001-abc", json_pack("{s:[{s:s, s:s}]}", "env", "name", "FIXTURE_EXIT", "value", "9"));
    ingress_route("bad", "bad-00001-abc", true, 80, 5000);
    ingress_expect("GET / HTTP/1.1\r\nHost: bad.localhost\r\n\r\n", "HTTP/1.1 500 ",
                   "failed to start and listen on the port");
}

TEST(a_client_that_leaves_gives_its_place_back)
{
    CR_AUTO_FREE char *got = NULL;
    int fd;

    ingress_add("left", "left-00001-abc", NULL);
    ingress_route("left", "left-00001-abc", true, 1, 5000);
    free(ingress_ask("GET / HTTP/1.1\r\nHost: left.localhost\r\nConnection: close\r\n\r\n"));
    fd = dial();
    raw_put(fd, "GET /slow/3000 HTTP/1.1\r\nHost: left.localhost\r\n\r\n");
    usleep(50000);
    close(fd);
    got = ingress_ask("GET / HTTP/1.1\r\nHost: left.localhost\r\nConnection: close\r\n\r\n");
    assert_int_equal(strncmp(got, "HTTP/1.1 200 ", 13), 0);
}

TEST(a_taken_port_is_named)
{
    struct local_ingress *second;
    struct cr_error err = {0};

    assert_int_equal(
        local_ingress_open(
            &(struct local_ingress_opt){.port = local_ingress_port(ingress), .token = TOKEN, .instances = fixture.set},
            &second, &err),
        -1);
    assert_int_equal(err.code, CR_E_IO);
    assert_non_null(strstr(err.hint, "--ingress-port"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_starts_an_instance_and_is_answered),
        cmocka_unit_test(the_container_sees_who_asked),
        cmocka_unit_test(bodies_pass_untouched_both_ways),
        cmocka_unit_test(much_passes_through_small_buffers),
        cmocka_unit_test(a_connection_serves_one_request_after_the_other),
        cmocka_unit_test(too_much_is_413_and_a_broken_body_400),
        cmocka_unit_test(malformed_requests_are_refused_and_nothing_is_smuggled),
        cmocka_unit_test(what_the_container_does_wrong_is_told),
        cmocka_unit_test(a_private_service_wants_the_token_and_keeps_it_from_the_container),
        cmocka_unit_test(an_identity_token_for_the_service_opens_it_and_loses_its_signature),
        cmocka_unit_test(an_identity_token_of_the_service_opens_its_tags_too),
        cmocka_unit_test(concurrency_is_kept_and_a_long_queue_is_429),
        cmocka_unit_test(requests_run_side_by_side_when_they_may),
        cmocka_unit_test(a_request_over_its_timeout_is_504),
        cmocka_unit_test(a_container_that_does_not_start_is_500_with_the_reason),
        cmocka_unit_test(a_client_that_leaves_gives_its_place_back),
        cmocka_unit_test(a_taken_port_is_named),
    };

    if (getenv("T"))
        cmocka_set_test_filter(getenv("T"));
    return cmocka_run_group_tests(tests, setup, teardown);
}
