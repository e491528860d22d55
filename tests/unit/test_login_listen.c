#include "lib/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "cli/login_listen.h"

enum { WAIT_MS = 20000, PAGE_MAX = 8192 };

static int dial(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const struct timeval limit = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        abort();
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    return fd;
}

static void say(int fd, const char *text)
{
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
        abort();
}

/* All that comes until the other end closes. */
static void hear(int fd, char page[PAGE_MAX])
{
    size_t len = 0;
    ssize_t n;

    while (len < PAGE_MAX - 1 && (n = recv(fd, page + len, PAGE_MAX - 1 - len, 0)) > 0)
        len += (size_t)n;
    page[len] = '\0';
    close(fd);
}

static void ask(int port, const char *request, char page[PAGE_MAX])
{
    int fd = dial(port);

    say(fd, request);
    hear(fd, page);
}

/* What the browser of a test does, in a thread of its own; its pages are looked at when it has ended. */
struct browser {
    pthread_t thread;
    int port;
    char page[4][PAGE_MAX];
};

/* good: done; bad: goes on; no: ends. */
static enum cli_listen_verdict judge(void *ud, const char *query, struct cr_error *err)
{
    int *asked = ud;

    ++*asked;
    if (strcmp(query, "good") == 0)
        return CLI_LISTEN_DONE;
    cr_fail(err, CR_E_AUTH, "not <b>%s</b> & \"that\"", query);
    return strcmp(query, "no") == 0 ? CLI_LISTEN_FAIL : CLI_LISTEN_ON;
}

#define GET(target) "GET " target " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

static void start(void *(*run)(void *), struct browser *b, struct cli_listen *l)
{
    struct cr_error err = {0};

    assert_ok(cli_listen_open(0, l, &err), &err);
    b->port = l->port;
    assert_int_equal(pthread_create(&b->thread, NULL, run, b), 0);
}

static void *straight(void *ud)
{
    struct browser *b = ud;

    ask(b->port, GET("/?good"), b->page[0]);
    return NULL;
}

TEST(the_answer_ends_the_wait_and_the_page_says_so)
{
    struct cli_listen l = CLI_LISTEN_INIT;
    struct browser b = {0};
    struct cr_error err = {0};
    int asked = 0;

    start(straight, &b, &l);
    assert_ok(cli_listen_wait(&l, WAIT_MS, judge, &asked, &err), &err);
    cli_listen_close(&l);
    pthread_join(b.thread, NULL);
    assert_int_equal(asked, 1);
    assert_int_equal(strncmp(b.page[0], "HTTP/1.1 200 OK\r\n", 17), 0);
    assert_non_null(strstr(b.page[0], "You are logged in"));
    assert_non_null(strstr(b.page[0], "Referrer-Policy: no-referrer\r\n"));
    assert_non_null(strstr(b.page[0], "Cache-Control: no-store\r\n"));
}

/* A connection that says nothing, one that closes again, one that speaks a byte at a time. */
static void *slow(void *ud)
{
    const char *text = GET("/?good");
    struct browser *b = ud;
    int silent = dial(b->port), gone = dial(b->port), fd = dial(b->port);

    close(gone);
    say(silent, "GET /?go"); /* and no more */
    for (const char *p = text; *p; p++) {
        const char one[] = {*p, '\0'};

        say(fd, one);
        if (p - text < 5)
            usleep(2000);
    }
    hear(fd, b->page[0]);
    hear(silent, b->page[1]);
    return NULL;
}

TEST(connections_opened_ahead_of_time_keep_nobody_waiting)
{
    struct cli_listen l = CLI_LISTEN_INIT;
    struct browser b = {0};
    struct cr_error err = {0};
    int asked = 0;

    start(slow, &b, &l);
    assert_ok(cli_listen_wait(&l, WAIT_MS, judge, &asked, &err), &err);
    cli_listen_close(&l);
    pthread_join(b.thread, NULL);
    assert_int_equal(asked, 1);
    assert_non_null(strstr(b.page[0], "You are logged in"));
    assert_string_equal(b.page[1], "");
}

static void *crowd(void *ud)
{
    struct browser *b = ud;
    int silent[CLI_LISTEN_CONNS + 8];

    for (size_t i = 0; i < CR_LEN(silent); i++)
        silent[i] = dial(b->port);
    ask(b->port, GET("/?good"), b->page[0]);
    for (size_t i = 0; i < CR_LEN(silent); i++)
        close(silent[i]);
    return NULL;
}

TEST(more_silent_connections_than_are_held_push_out_the_oldest)
{
    struct cli_listen l = CLI_LISTEN_INIT;
    struct browser b = {0};
    struct cr_error err = {0};
    int asked = 0;

    start(crowd, &b, &l);
    assert_ok(cli_listen_wait(&l, WAIT_MS, judge, &asked, &err), &err);
    cli_listen_close(&l);
    pthread_join(b.thread, NULL);
    assert_non_null(strstr(b.page[0], "You are logged in"));
}

static void *wrong(void *ud)
{
    struct browser *b = ud;

    ask(b->port, GET("/favicon.ico"), b->page[0]);
    ask(b->port, "POST /?good HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b->page[1]);
    ask(b->port, GET("/?bad"), b->page[2]);
    ask(b->port, GET("/?good"), b->page[3]);
    return NULL;
}

TEST(a_request_that_is_not_the_answer_is_refused_and_the_wait_goes_on)
{
    struct cli_listen l = CLI_LISTEN_INIT;
    struct browser b = {0};
    struct cr_error err = {0};
    int asked = 0;

    start(wrong, &b, &l);
    assert_ok(cli_listen_wait(&l, WAIT_MS, judge, &asked, &err), &err);
    assert_int_equal(err.code, CR_OK);
    cli_listen_close(&l);
    pthread_join(b.thread, NULL);
    assert_int_equal(asked, 2);
    assert_int_equal(strncmp(b.page[0], "HTTP/1.1 404 ", 13), 0);
    assert_int_equal(strncmp(b.page[1], "HTTP/1.1 404 ", 13), 0);
    assert_int_equal(strncmp(b.page[2], "HTTP/1.1 400 ", 13), 0);
    assert_non_null(strstr(b.page[2], "not &lt;b&gt;bad&lt;/b&gt; &amp; &quot;that&quot;"));
    assert_null(strstr(b.page[2], "<b>"));
    assert_int_equal(strncmp(b.page[3], "HTTP/1.1 200 ", 13), 0);
}

static void *denied(void *ud)
{
    struct browser *b = ud;

    ask(b->port, GET("/?no"), b->page[0]);
    return NULL;
}

TEST(a_denial_ends_the_wait_with_its_words)
{
    struct cli_listen l = CLI_LISTEN_INIT;
    struct browser b = {0};
    struct cr_error err = {0};
    int asked = 0;

    start(denied, &b, &l);
    assert_int_equal(cli_listen_wait(&l, WAIT_MS, judge, &asked, &err), -1);
    cli_listen_close(&l);
    pthread_join(b.thread, NULL);
    assert_int_equal(err.code, CR_E_AUTH);
    assert_string_equal(err.msg, "not <b>no</b> & \"that\"");
    assert_non_null(strstr(b.page[0], "Not logged in"));
}

static void *endless(void *ud)
{
    struct browser *b = ud;
    char part[1025];
    int fd = dial(b->port);

    memset(part, 'a', sizeof(part) - 1);
    part[sizeof(part) - 1] = '\0';
    for (int i = 0; i < 64 && send(fd, part, sizeof(part) - 1, MSG_NOSIGNAL) > 0; i++)
        continue;
    hear(fd, b->page[0]);
    ask(b->port, GET("/?good"), b->page[1]);
    return NULL;
}

TEST(a_head_without_end_is_cut_off)
{
    struct cli_listen l = CLI_LISTEN_INIT;
    struct browser b = {0};
    struct cr_error err = {0};
    int asked = 0;

    start(endless, &b, &l);
    assert_ok(cli_listen_wait(&l, WAIT_MS, judge, &asked, &err), &err);
    cli_listen_close(&l);
    pthread_join(b.thread, NULL);
    assert_string_equal(b.page[0], "");
    assert_int_equal(asked, 1);
}

TEST(nobody_comes)
{
    struct cli_listen l = CLI_LISTEN_INIT;
    struct cr_error err = {0};
    int asked = 0;

    assert_ok(cli_listen_open(0, &l, &err), &err);
    assert_int_equal(cli_listen_wait(&l, 50, judge, &asked, &err), -1);
    assert_int_equal(err.code, CR_E_AUTH);
    assert_non_null(strstr(err.hint, "--headless"));
    cli_listen_close(&l);
}

static void *press(void *ud)
{
    (void)ud;
    usleep(50000);
    kill(getpid(), SIGINT);
    return NULL;
}

TEST(control_c_ends_the_wait)
{
    struct cli_listen l = CLI_LISTEN_INIT;
    struct cr_error err = {0};
    struct browser b = {0};
    int asked = 0;
    int64_t before = cr_now_ms();

    cr_interrupt_catch();
    start(press, &b, &l);
    assert_int_equal(cli_listen_wait(&l, WAIT_MS, judge, &asked, &err), -1);
    pthread_join(b.thread, NULL);
    assert_int_equal(err.code, CR_E_INTERRUPT);
    assert_true(cr_now_ms() - before < WAIT_MS / 2);
    cr_interrupt_clear();
    cli_listen_close(&l);
}

TEST(a_taken_port_is_said_or_passed_over)
{
    struct cli_listen a = CLI_LISTEN_INIT, b = CLI_LISTEN_INIT, c = CLI_LISTEN_INIT;
    struct cr_error err = {0};

    assert_ok(cli_listen_open(-1, &a, &err), &err);
    assert_ok(cli_listen_open(-1, &b, &err), &err);
    assert_in_range(a.port, CLI_LISTEN_FIRST, CLI_LISTEN_LAST);
    assert_in_range(b.port, a.port + 1, CLI_LISTEN_LAST);
    assert_int_equal(cli_listen_open(a.port, &c, &err), -1);
    assert_int_equal(err.code, CR_E_IO);
    assert_non_null(strstr(err.hint, "--port 0"));
    assert_int_equal(c.fd, -1);
    cli_listen_close(&a);
    cli_listen_close(&b);
    cli_listen_close(&c);
}

TEST_MAIN(cmocka_unit_test(the_answer_ends_the_wait_and_the_page_says_so),
          cmocka_unit_test(connections_opened_ahead_of_time_keep_nobody_waiting),
          cmocka_unit_test(more_silent_connections_than_are_held_push_out_the_oldest),
          cmocka_unit_test(a_request_that_is_not_the_answer_is_refused_and_the_wait_goes_on),
          cmocka_unit_test(a_denial_ends_the_wait_with_its_words), cmocka_unit_test(a_head_without_end_is_cut_off),
          cmocka_unit_test(nobody_comes), cmocka_unit_test(control_c_ends_the_wait),
          cmocka_unit_test(a_taken_port_is_said_or_passed_over))
