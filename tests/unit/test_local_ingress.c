/* The ingress as its clients see it, in front of processes in place of containers. */
#include "lib/test.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/str.h"
#include "lib/local_fixture.h"
#include "local/ingress.h"

#define TOKEN "0123456789abcdef"
#define HOST "Host: svc.localhost\r\n"

static struct local_fixture f;
static struct local_ingress *in;

static void route(const char *service, const char *revision, bool open, int concurrency, int64_t timeout_ms)
{
    const struct local_target t = {revision, NULL, 100, concurrency, timeout_ms};
    struct cr_error err = {0};

    assert_ok(local_ingress_route(in, service, open, &t, 1, &err), &err);
}

static void add(const char *service, const char *revision, json_t *more)
{
    json_t *template = local_fixture_template(more);
    struct cr_error err = {0};

    assert_ok(local_instances_add(f.set, service, revision, template, &err), &err);
    json_decref(template);
}

/* One token, for one audience. */
static bool identity(void *ud, const char *token, const char *audience)
{
    (void)ud;
    return strcmp(token, "head.claims.signature") == 0 && strcmp(audience, "http://secret.localhost") == 0;
}

static int setup(void **state)
{
    struct cr_error err = {0};

    (void)state;
    local_fixture_open(&f, 0);
    assert_ok(
        local_ingress_open(
            &(struct local_ingress_opt){.token = TOKEN, .identity = identity, .instances = f.set, .queue_ms = 300}, &in,
            &err),
        &err);
    add("svc", "svc-00001-abc", NULL);
    route("svc", "svc-00001-abc", true, 80, 5000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    local_ingress_close(in);
    local_fixture_close(&f);
    return 0;
}

static int dial(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)local_ingress_port(in)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval wait = {.tv_sec = 20};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

static void put(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Everything until the other side ends. New. */
static char *rest(int fd)
{
    struct cr_str all = CR_STR_INIT(64 << 20);
    struct cr_error err = {0};
    char part[65536];
    ssize_t n;

    /* valgrind lets a call be interrupted by a child that ends, which the kernel does not */
    while ((n = recv(fd, part, sizeof(part), 0)) > 0 || (n < 0 && errno == EINTR))
        assert_ok(cr_str_add(&all, part, n > 0 ? (size_t)n : 0, &err), &err);
    if (n < 0)
        fail_msg("after '%s': %s", all.buf, strerror(errno));
    return cr_str_take(&all);
}

/* One request on a connection of its own, which must ask for its end. */
static char *ask(const char *request)
{
    CR_AUTO_FD int fd = dial();

    put(fd, request);
    return rest(fd);
}

static void expect_in(const char *request, const char *start, const char *inside)
{
    CR_AUTO_FREE char *got = ask(request);

    if (strncmp(got, start, strlen(start)) != 0 || !strstr(got, inside))
        fail_msg("asked:\n%s\ngot:\n%s", request, got);
}

#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

TEST(a_request_starts_an_instance_and_is_answered)
{
    expect_in(GET("/"), "HTTP/1.1 200 OK\r\n", "\r\n\r\nok");
    expect_in("GET / HTTP/1.1\r\nHost: nobody.localhost\r\n\r\n", "HTTP/1.1 404 ", "No service");
    expect_in("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 421 Misdirected Request\r\n", "no other hosts");
    expect_in("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "HTTP/1.1 421 ", "");
    expect_in("GET / HTTP/1.1\r\nHost: svc.localhost:1x\r\n\r\n", "HTTP/1.1 400 ", "not valid");
    expect_in("GET / HTTP/1.1\r\n" HOST "Origin: https://page.example\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 ",
              "ok"); /* a web client of the service */
    expect_in("GET / HTTP/1.1\r\nHost: svc.localhost\r\nHost: x\r\n\r\n", "HTTP/1.1 400 ", "not valid");
    expect_in("TRACE / HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 405 ", "");
}

TEST(the_container_sees_who_asked)
{
    CR_AUTO_FREE char *got = ask("GET /head HTTP/1.1\r\n" HOST "X-Forwarded-For: 10.1.1.1\r\nX-Mine: kept\r\n"
                                 "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
                                 "Connection: close\r\n\r\n");

    assert_non_null(strstr(got, "\r\nX-Forwarded-For: 10.1.1.1,127.0.0.1\r\n"));
    assert_non_null(strstr(got, "\r\nX-Forwarded-Proto: http\r\n"));
    assert_non_null(strstr(got, "\r\nX-Mine: kept\r\n"));
    assert_non_null(strstr(got, "\r\nHost: svc.localhost\r\n"));
    assert_non_null(strstr(got, "\r\nX-Cloud-Trace-Context: 4bf92f3577b34da6a3ce929d0e0e4736/67667974448284343\r\n"));
    assert_null(strstr(got, "-00\r\n")); /* no second traceparent */
    expect_in(GET("/head"), "HTTP/1.1 200 ", "\r\ntraceparent: 00-");
}

TEST(bodies_pass_untouched_both_ways)
{
    expect_in("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nConnection: close\r\n\r\nhello", "HTTP/1.1 200 ",
              "\r\n\r\nhello");
    expect_in("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
              "5;x=y\r\nhello\r\n0\r\n\r\n",
              "HTTP/1.1 200 ", "\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n");
    expect_in("POST /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
              "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ", "\r\n\r\nhi");
    expect_in(GET("/chunks"), "HTTP/1.1 200 ", "\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n");
    expect_in("GET /close HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 200 ", "Connection: close\r\n\r\nuntil the end");
}

TEST(much_passes_through_small_buffers)
{
    CR_AUTO_FREE char *got = ask(GET("/big/3000000")), *body = cr_calloc(1, 900001), *request = NULL, *back = NULL;

    assert_int_equal(strlen(strstr(got, "\r\n\r\n") + 4), 3000000);
    memset(body, 'a', 900000);
    request = cr_format("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 900000\r\nConnection: close\r\n\r\n%s", body);
    back = ask(request);
    assert_string_equal(strstr(back, "\r\n\r\n") + 4, body);
}

TEST(a_connection_serves_one_request_after_the_other)
{
    CR_AUTO_FD int fd = dial();
    CR_AUTO_FREE char *got = NULL;
    int answers = 0;

    put(fd, "GET / HTTP/1.1\r\n" HOST "\r\nPOST /echo HTTP/1.1\r\n" HOST
            "Content-Length: 3\r\n\r\nabcHEAD / HTTP/1.1\r\n" HOST "\r\n");
    put(fd, GET("/"));
    got = rest(fd);
    for (const char *p = got; (p = strstr(p, "HTTP/1.1 200 OK")); p++)
        answers++;
    assert_int_equal(answers, 4);
    assert_non_null(strstr(got, "\r\n\r\nabcHTTP/1.1 200"));
}

TEST(too_much_is_413_and_a_broken_body_400)
{
    expect_in("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 33554433\r\n\r\n", "HTTP/1.1 413 ", "32 MiB");
    expect_in("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "HTTP/1.1 400 ",
              "not chunked");
}

TEST(what_the_container_does_wrong_is_told)
{
    CR_AUTO_FREE char *got = NULL;

    expect_in(GET("/garbage"), "HTTP/1.1 502 ", "not valid HTTP/1.1");
    got = ask(GET("/short"));
    assert_non_null(strstr(got, "Content-Length: 10\r\n"));
    assert_non_null(strstr(got, "\r\n\r\nfour"));
    expect_in(GET("/exit"), "HTTP/1.1 500 ", "ended while it had the request");
    expect_in(GET("/"), "HTTP/1.1 200 ", "ok"); /* started again */
}

TEST(a_private_service_wants_the_token_and_keeps_it_from_the_container)
{
    CR_AUTO_FREE char *got = NULL;

    add("secret", "secret-00001-abc", NULL);
    route("secret", "secret-00001-abc", false, 80, 5000);
    expect_in("GET / HTTP/1.1\r\nHost: secret.localhost\r\n\r\n", "HTTP/1.1 403 ", "private");
    expect_in("GET / HTTP/1.1\r\nHost: secret.localhost\r\nAuthorization: Bearer " TOKEN "0\r\n\r\n", "HTTP/1.1 403 ",
              "");
    expect_in("GET / HTTP/1.1\r\nHost: secret.localhost\r\nAuthorization: Basic " TOKEN "\r\n\r\n", "HTTP/1.1 403 ",
              "");
    got = ask("GET /head HTTP/1.1\r\nHost: secret.localhost\r\nAuthorization: Bearer " TOKEN
              "\r\nConnection: close\r\n\r\n");
    assert_int_equal(strncmp(got, "HTTP/1.1 200 ", 13), 0);
    assert_null(strstr(got, TOKEN));
}

TEST(an_identity_token_for_the_service_opens_it_and_loses_its_signature)
{
    CR_AUTO_FREE char *got = NULL;

    add("secret", "secret-00001-abc", NULL);
    route("secret", "secret-00001-abc", false, 80, 5000);
    add("other", "other-00001-abc", NULL);
    route("other", "other-00001-abc", false, 80, 5000);
    expect_in("GET / HTTP/1.1\r\nHost: other.localhost\r\nAuthorization: Bearer head.claims.signature\r\n\r\n",
              "HTTP/1.1 403 ", "private");
    expect_in("GET / HTTP/1.1\r\nHost: secret.localhost\r\nAuthorization: Bearer head.claims.forged\r\n\r\n",
              "HTTP/1.1 403 ", "private");
    /* X-Serverless-Authorization decides when it is there; the port is none of the audience. */
    expect_in("GET / HTTP/1.1\r\nHost: secret.localhost\r\nX-Serverless-Authorization: Bearer head.claims.forged\r\n"
              "Authorization: Bearer head.claims.signature\r\n\r\n",
              "HTTP/1.1 403 ", "private");
    got = ask("GET /head HTTP/1.1\r\nHost: secret.localhost:8791\r\nAuthorization: Bearer head.claims.signature\r\n"
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

    a->got = ask(a->request);
    a->took_ms = cr_now_ms() - before;
    return NULL;
}

TEST(an_identity_token_of_the_service_opens_its_tags_too)
{
    const struct local_target t = {"secret-00001-abc", "next", 100, 80, 5000};
    struct cr_error err = {0};

    add("secret", "secret-00001-abc", NULL);
    assert_ok(local_ingress_route(in, "secret", false, &t, 1, &err), &err);
    expect_in("GET / HTTP/1.1\r\nHost: next---secret.localhost\r\nAuthorization: Bearer head.claims.signature\r\n"
              "Connection: close\r\n\r\n",
              "HTTP/1.1 200 ", "ok");
    expect_in("GET / HTTP/1.1\r\nHost: next---secret.localhost\r\nAuthorization: Bearer head.claims.forged\r\n\r\n",
              "HTTP/1.1 403 ", "private");
}

TEST(concurrency_is_kept_and_a_long_queue_is_429)
{
    struct asker a[3];
    pthread_t t[3];
    int ok = 0, refused = 0;

    add("one", "one-00001-abc", NULL);
    route("one", "one-00001-abc", true, 1, 5000);
    free(ask("GET / HTTP/1.1\r\nHost: one.localhost\r\nConnection: close\r\n\r\n")); /* so that it is warm */
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

    free(ask(GET("/")));
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
    route("svc", "svc-00001-abc", true, 80, 200);
    expect_in(GET("/slow/3000"), "HTTP/1.1 504 ", "maximum request timeout");
    route("svc", "svc-00001-abc", true, 80, 5000);
    expect_in(GET("/"), "HTTP/1.1 200 ", "ok");
}

TEST(a_container_that_does_not_start_is_500_with_the_reason)
{
    add("bad", "bad-00001-abc", json_pack("{s:[{s:s, s:s}]}", "env", "name", "FIXTURE_EXIT", "value", "9"));
    route("bad", "bad-00001-abc", true, 80, 5000);
    expect_in("GET / HTTP/1.1\r\nHost: bad.localhost\r\n\r\n", "HTTP/1.1 500 ",
              "failed to start and listen on the port");
}

TEST(a_client_that_leaves_gives_its_place_back)
{
    CR_AUTO_FREE char *got = NULL;
    int fd;

    add("left", "left-00001-abc", NULL);
    route("left", "left-00001-abc", true, 1, 5000);
    free(ask("GET / HTTP/1.1\r\nHost: left.localhost\r\nConnection: close\r\n\r\n"));
    fd = dial();
    put(fd, "GET /slow/3000 HTTP/1.1\r\nHost: left.localhost\r\n\r\n");
    usleep(50000);
    close(fd);
    got = ask("GET / HTTP/1.1\r\nHost: left.localhost\r\nConnection: close\r\n\r\n");
    assert_int_equal(strncmp(got, "HTTP/1.1 200 ", 13), 0);
}

TEST(a_taken_port_is_named)
{
    struct local_ingress *second;
    struct cr_error err = {0};

    assert_int_equal(
        local_ingress_open(
            &(struct local_ingress_opt){.port = local_ingress_port(in), .token = TOKEN, .instances = f.set}, &second,
            &err),
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
