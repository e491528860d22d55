/* The real transport against a server of raw bytes on loopback: one connection, one canned answer. */
#include "lib/test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "gcp/fetch.h"
#include "gcp/http_curl.h"

struct server {
    pthread_t thread;
    int fd, port;
    const char *answer; /* raw; "" closes at once; NULL never answers */
    char got[70000];
    size_t len;
};

static bool whole(const struct server *s)
{
    const char *end = strstr(s->got, "\r\n\r\n"), *length = strcasestr(s->got, "\r\ncontent-length:");

    if (!end)
        return false;
    if (strcasestr(s->got, "transfer-encoding: chunked"))
        return strstr(end, "\r\n0\r\n\r\n") != NULL;
    return !length || s->len >= (size_t)(end + 4 - s->got) + strtoul(length + 17, NULL, 10);
}

static void *serve(void *ud)
{
    struct server *s = ud;
    int c = accept(s->fd, NULL, NULL);
    ssize_t n;

    if (c < 0)
        return NULL; /* nobody came */
    while (!whole(s) && (n = read(c, s->got + s->len, sizeof(s->got) - 1 - s->len)) > 0)
        s->len += (size_t)n;
    if (s->answer && *s->answer)
        n = write(c, s->answer, strlen(s->answer));
    if (!s->answer)
        while (read(c, s->got, 1) > 0)
            ; /* until the client gives up */
    close(c);
    return NULL;
}

static void start(struct server *s, const char *answer)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);

    memset(s, 0, sizeof(*s));
    s->answer = answer;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(s->fd, 1), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &n), 0);
    s->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(struct server *s)
{
    shutdown(s->fd, SHUT_RDWR); /* ends a wait for a client that gave up before it came */
    pthread_join(s->thread, NULL);
    close(s->fd);
}

/* One exchange; the server's record stays in *s. */
static int exchange(struct server *s, const char *answer, struct gcp_request *req, struct gcp_reply *reply,
                    struct cr_error *err)
{
    struct gcp_http *http = gcp_http_curl_new(NULL);
    char url[64];
    int rc;

    start(s, answer);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/a?b=c", s->port);
    req->url = url;
    rc = http->send(http, req, reply, err);
    gcp_http_curl_free(http);
    stop(s);
    return rc;
}

#define OK_REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A:  one \r\n\r\nhi"

static ssize_t pull(void *ud, char *buf, size_t max, struct cr_error *err)
{
    int *left = ud;
    size_t n = *left < (int)max ? (size_t)*left : max;

    if (*left < 0)
        return cr_fail(err, CR_E_IO, "the disk is gone");
    memset(buf, 'x', n);
    *left -= (int)n;
    return (ssize_t)n;
}

TEST(requests_on_the_wire)
{
    static const struct gcp_header headers[] = {{"X-One", "1"}, {"X-Empty", ""}, {0}};
    int ten = 10, five = 5;
    const struct gcp_source sized = {.pull = pull, .ud = &ten, .len = 10},
                            open = {.pull = pull, .ud = &five, .len = -1};
    const struct {
        struct gcp_request req;
        const char *has[4], *lacks;
    } rows[] = {
        {{.method = "GET", .headers = headers},
         {"GET /a?b=c HTTP/1.1\r\n", "\r\nX-One: 1\r\n", "\r\nX-Empty:\r\n", "\r\nUser-Agent: crdeploy/"},
         "Content-"},
        {{.method = "POST", .body = "a\0b", .body_len = 3, .content_type = "text/x"},
         {"POST /a", "\r\nContent-Length: 3\r\n", "\r\nContent-Type: text/x\r\n"},
         "Expect"},
        {{.method = "PUT"}, {"PUT /a", "\r\nContent-Length: 0\r\n"}, "Content-Type"},
        {{.method = "DELETE"}, {"DELETE /a"}, "Content-"},
        {{.method = "PATCH", .body = "{}", .body_len = 2}, {"PATCH /a", "\r\n\r\n{}"}, "Expect"},
        {{.method = "PUT", .source = &sized}, {"PUT /a", "\r\nContent-Length: 10\r\n", "\r\n\r\nxxxxxxxxxx"}, "Expect"},
        {{.method = "POST", .source = &open}, {"POST /a", "chunked", "\r\n5\r\nxxxxx\r\n0\r\n"}, "Content-Length"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
        struct gcp_request req = rows[i].req;
        struct cr_error err = {0};
        struct server s;

        assert_ok(exchange(&s, OK_REPLY, &req, &reply, &err), &err);
        for (size_t k = 0; k < 4 && rows[i].has[k]; k++)
            if (!strstr(s.got, rows[i].has[k]))
                fail_msg("row %zu: '%s' is missing in: %s", i, rows[i].has[k], s.got);
        if (strstr(s.got, rows[i].lacks))
            fail_msg("row %zu: '%s' is in: %s", i, rows[i].lacks, s.got);
        assert_int_equal(reply.status, 200);
        assert_string_equal(reply.body.buf, "hi");
        assert_string_equal(gcp_reply_header(&reply, "x-a"), "one");
    }
}

TEST(replies_off_the_wire)
{
    static const struct {
        const char *answer;
        int status; /* 0: none */
        enum gcp_fault fault;
        enum cr_code code;
    } rows[] = {
        {"HTTP/1.1 308 Resume Incomplete\r\nRange: bytes=0-4\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: "
         "0\r\n\r\n",
         308, GCP_FAULT_NONE, CR_OK},
        {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 302, GCP_FAULT_NONE,
         CR_OK},
        {"HTTP/1.1 100 Continue\r\nX-A: no\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 1\r\n\r\nx", 503, GCP_FAULT_NONE,
         CR_OK},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nonly", 0, GCP_FAULT_BROKEN, CR_E_NET}, /* cut within the body */
        {"HTTP/1.1 200 OK\r\nContent-", 0, GCP_FAULT_BROKEN, CR_E_NET},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-T: trailer\r\n\r\n", 200,
         GCP_FAULT_NONE, CR_OK},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nx", 0, GCP_FAULT_BROKEN, CR_E_NET},
        {"", 0, GCP_FAULT_BROKEN, CR_E_NET},
        {"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n123456789012345678901", 0, GCP_FAULT_LOCAL,
         CR_E_IO}, /* ceiling */
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(20);
        struct gcp_request req = {.method = "GET"};
        struct cr_error err = {0};
        struct server s;
        int rc = exchange(&s, rows[i].answer, &req, &reply, &err);

        if ((rc == 0) != (rows[i].status != 0) || reply.status != rows[i].status || err.code != rows[i].code ||
            reply.fault != rows[i].fault)
            fail_msg("row %zu: status %d, fault %d, %s", i, reply.status, (int)reply.fault, err.msg);
        assert_null(gcp_reply_header(&reply, "X-A"));
    }
}

static int collect(void *ud, const char *bytes, size_t n, struct cr_error *err)
{
    return cr_str_add(ud, bytes, n, err);
}

TEST(a_sink_takes_only_what_succeeded)
{
    static const struct {
        const char *answer, *sink, *body;
    } rows[] = {
        {OK_REPLY, "hi", ""},
        {"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno", "", "no"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
        CR_AUTO_STR struct cr_str all = CR_STR_INIT(100);
        const struct gcp_sink sink = {collect, &all};
        struct gcp_request req = {.method = "GET", .sink = &sink};
        struct cr_error err = {0};
        struct server s;

        assert_ok(exchange(&s, rows[i].answer, &req, &reply, &err), &err);
        assert_string_equal(all.buf, rows[i].sink);
        assert_string_equal(reply.body.buf, rows[i].body);
    }
}

TEST(a_source_that_fails_says_why)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    int broken = -1;
    const struct gcp_source source = {.pull = pull, .ud = &broken, .len = 10};
    struct gcp_request req = {.method = "PUT", .source = &source};
    struct cr_error err = {0};
    struct server s;

    assert_int_equal(exchange(&s, OK_REPLY, &req, &reply, &err), -1);
    assert_string_equal(err.msg, "the disk is gone");
    assert_int_equal(reply.fault, GCP_FAULT_LOCAL);
}

TEST(nobody_there)
{
    struct gcp_http *http = gcp_http_curl_new(NULL);
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct cr_error err = {0};

    assert_int_equal(
        http->send(http, &(struct gcp_request){.method = "GET", .url = "http://127.0.0.1:1/secret?x"}, &reply, &err),
        -1);
    assert_int_equal(err.code, CR_E_NET);
    assert_int_equal(reply.fault, GCP_FAULT_REFUSED);
    assert_non_null(strstr(err.msg, "no answer from '127.0.0.1:1'"));
    assert_null(strstr(err.msg, "secret"));
    gcp_http_curl_free(http);
    gcp_http_curl_free(NULL);
}

TEST(a_timeout_and_ctrl_c)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct gcp_request req = {.method = "GET", .timeout_ms = 200};
    struct cr_error err = {0};
    struct server s;

    assert_int_equal(exchange(&s, NULL, &req, &reply, &err), -1);
    assert_int_equal(err.code, CR_E_NET);
    assert_int_equal(reply.fault, GCP_FAULT_TIMEOUT);
    cr_interrupt_catch();
    raise(SIGINT);
    req.timeout_ms = 0;
    assert_int_equal(exchange(&s, NULL, &req, &reply, &err), -1);
    assert_int_equal(err.code, CR_E_INTERRUPT);
    assert_int_equal(reply.fault, GCP_FAULT_LOCAL);
    cr_interrupt_clear();
}

enum { GUESTS = 6 };

/* Answers the first request it gets, and hangs up on every other; counts them. */
struct moody {
    int fd, requests;
};

static void answer_once(struct moody *m, int *conn)
{
    char got[4096];
    ssize_t n = read(*conn, got, sizeof(got)); /* these requests come in one piece */

    if (n > 0 && m->requests++ == 0) {
        assert_int_equal(write(*conn, OK_REPLY, strlen(OK_REPLY)), (ssize_t)strlen(OK_REPLY));
        return;
    }
    close(*conn);
    *conn = -1;
}

static void *be_moody(void *ud)
{
    struct moody *m = ud;
    struct pollfd fds[GUESTS] = {{.fd = m->fd, .events = POLLIN}};
    nfds_t n = 1;

    while (poll(fds, n, 10000) > 0) {
        for (nfds_t i = 1; i < n; i++)
            if (fds[i].fd >= 0 && fds[i].revents)
                answer_once(m, &fds[i].fd);
        if (fds[0].revents & POLLIN && n < GUESTS) {
            int c = accept(m->fd, NULL, NULL);

            if (c < 0)
                break;
            fds[n++] = (struct pollfd){.fd = c, .events = POLLIN};
        } else if (fds[0].revents) {
            break;
        }
    }
    for (nfds_t i = 1; i < n; i++)
        if (fds[i].fd >= 0)
            close(fds[i].fd);
    return NULL;
}

/* libcurl repeats by itself what it lost on a connection that it used before. */
TEST(what_must_not_be_sent_twice_is_sent_once)
{
    static const struct {
        const char *method;
        enum gcp_repeat repeat;
        bool once;
    } rows[] = {
        {"POST", GCP_REPEAT_NEVER, true},   {"POST", GCP_REPEAT_BY_METHOD, true}, {"PATCH", GCP_REPEAT_NEVER, true},
        {"DELETE", GCP_REPEAT_NEVER, true}, {"GET", GCP_REPEAT_BY_METHOD, false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct gcp_http *http = gcp_http_curl_new(NULL);
        GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
        struct moody m = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        struct cr_error err = {0};
        socklen_t n = sizeof(at);
        pthread_t thread;
        char url[64];

        assert_int_equal(bind(m.fd, (struct sockaddr *)&at, sizeof(at)), 0);
        assert_int_equal(listen(m.fd, 4), 0);
        assert_int_equal(getsockname(m.fd, (struct sockaddr *)&at, &n), 0);
        snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(at.sin_port));
        assert_int_equal(pthread_create(&thread, NULL, be_moody, &m), 0);
        assert_ok(http->send(http, &(struct gcp_request){.method = "GET", .url = url}, &reply, &err), &err);
        assert_int_equal(
            http->send(http, &(struct gcp_request){.method = rows[i].method, .url = url, .repeat = rows[i].repeat},
                       &reply, &err),
            -1);
        assert_int_equal(reply.fault, GCP_FAULT_BROKEN);
        shutdown(m.fd, SHUT_RDWR);
        pthread_join(thread, NULL);
        close(m.fd);
        gcp_http_curl_free(http);
        assert_true(rows[i].once ? m.requests == 2 : m.requests >= 2);
    }
}

TEST(names_under_localhost_are_this_machine)
{
    struct gcp_http *http = gcp_http_curl_new(NULL);
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct cr_error err = {0};
    struct server s;
    char url[96], host[96];

    start(&s, OK_REPLY);
    snprintf(url, sizeof(url), "http://scorer.localhost:%d/predict", s.port);
    snprintf(host, sizeof(host), "\r\nHost: scorer.localhost:%d\r\n", s.port);
    assert_ok(
        gcp_fetch(http, &(struct gcp_fetch){.method = "POST", .url = url, .body = "{}", .body_len = 2}, &reply, &err),
        &err);
    stop(&s);
    assert_non_null(strstr(s.got, host));
    gcp_http_curl_free(http);
}

TEST_MAIN(cmocka_unit_test(requests_on_the_wire), cmocka_unit_test(what_must_not_be_sent_twice_is_sent_once),
          cmocka_unit_test(replies_off_the_wire), cmocka_unit_test(a_sink_takes_only_what_succeeded),
          cmocka_unit_test(a_source_that_fails_says_why), cmocka_unit_test(nobody_there),
          cmocka_unit_test(a_timeout_and_ctrl_c), cmocka_unit_test(names_under_localhost_are_this_machine))
