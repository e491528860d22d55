/* Connections to the ingress that are many, slow, large or odd. */
#include "lib/test.h"

#include <malloc.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "lib/ingress_fixture.h"

#define CONNS 200 /* the ceiling in these tests; the half of it is shared */
#define NOBODY 65534
#define KEPT "GET / HTTP/1.1\r\n" HOST "\r\n"

static int setup(void **state)
{
    (void)state;
    ingress_start((struct local_ingress_opt){.conns = CONNS, .head_ms = 400, .idle_ms = 1500});
    free(ingress_ask(GET("/"))); /* so that the instance runs */
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

static void expect_prompt_answer(void)
{
    int64_t before = cr_now_ms();

    ingress_expect(GET("/"), "HTTP/1.1 200 ", "ok");
    assert_true(cr_now_ms() - before < 3000);
}

/* Whether connections of the ingress are all gone, which their deadline sees to. */
static void await_room(void)
{
    for (int64_t end = cr_now_ms() + 10000; cr_now_ms() < end; usleep(50000)) {
        CR_AUTO_FREE char *got = ingress_ask(GET("/"));

        if (strncmp(got, "HTTP/1.1 200 ", 13) == 0)
            return;
    }
    fail_msg("no connection is accepted any more");
}

TEST(idle_connections_of_another_user_do_not_shut_the_owner_out)
{
    /* Without root there is nobody else: the owner's own must reach beyond the half that is for everybody. */
    struct raw_idlers idlers =
        raw_idle(local_ingress_port(ingress), geteuid() ? CONNS * 3 / 4 : 300, geteuid() ? 0 : NOBODY);

    assert_int_equal(idlers.opened, geteuid() ? CONNS * 3 / 4 : 300);
    expect_prompt_answer();
    raw_idle_end(&idlers);
}

TEST(connections_over_the_ceiling_are_503_and_there_is_room_again)
{
    struct raw_idlers idlers = raw_idle(local_ingress_port(ingress), CONNS, 0);
    CR_AUTO_FREE char *got = ingress_ask("");

    assert_int_equal(strncmp(got, "HTTP/1.1 503 ", 13), 0);
    assert_non_null(strstr(got, "Connection: close\r\n\r\nToo many connections.\n"));
    raw_idle_end(&idlers);
    await_room();
}

TEST(an_idle_connection_and_a_slow_head_end_in_time)
{
    CR_AUTO_FD int silent = dial();
    CR_AUTO_FD int kept = dial();
    CR_AUTO_FD int slow = dial();
    CR_AUTO_FREE char *got = NULL;
    const char *p = "GET / HTTP/1.1\r\nX: yyyyyyyyyyyy\r\n";
    int64_t before = cr_now_ms(), took;

    raw_put(kept, KEPT);
    while (*p && !raw_ends(slow, 50))
        raw_put(slow, (char[]){*p++, '\0'});
    assert_true(*p);
    took = cr_now_ms() - before;
    assert_true(took >= 400); /* every byte that comes moves no deadline */
    assert_true(raw_ends(silent, 10000) && raw_ends(kept, 10000));
    took = cr_now_ms() - before;
    assert_true(took >= 1500);
    got = ingress_ask("GET / HT");
    assert_int_equal(strncmp(got, "HTTP/1.1 408 ", 13), 0);
}

/* Leaves none of this process's descriptors free; how many there were is returned. */
static int take_descriptors(int *taken, int most)
{
    int n = 0;

    while (n < most && (taken[n] = dup(0)) >= 0)
        n++;
    return n;
}

static int64_t cpu_ms(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

TEST(without_descriptors_it_waits_and_does_not_spin)
{
    struct rlimit old, few;
    int taken[512], n, fd;
    int64_t cpu;

    getrlimit(RLIMIT_NOFILE, &old);
    few = (struct rlimit){.rlim_cur = 256, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    fd = dial();
    raw_put(fd, KEPT);
    n = take_descriptors(taken, 512);
    close(taken[--n]);
    taken[n] = dial(); /* the last one: the ingress has none for its side */
    /* a loop that spins takes all that a busy machine leaves it; one that waits, next to nothing */
    cpu = cpu_ms();
    for (int i = 0; i < 40; i++) {
        usleep(50000);
        if (cpu_ms() - cpu > 60)
            fail_msg("%lld ms of CPU while there is nothing to do", (long long)(cpu_ms() - cpu));
    }
    while (n)
        close(taken[--n]);
    close(fd);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    await_room();
}

TEST(a_connection_holds_no_memory_between_two_requests)
{
    const size_t count = CONNS / 4;
    int fd[CONNS / 4];
    size_t before = 0, after;

    for (size_t i = 0; i < count; i++) {
        char start[64];
        size_t left = 200000;

        fd[i] = dial();
        raw_put(fd[i], "GET /big/200000 HTTP/1.1\r\n" HOST "\r\n");
        while (left) {
            ssize_t n = read(fd[i], start, sizeof(start));

            assert_true(n > 0);
            left = (size_t)n < left ? left - (size_t)n : 0;
        }
        if (i == 0)
            before = mallinfo2().uordblks;
    }
    usleep(200000);
    after = mallinfo2().uordblks;
    for (size_t i = 0; i < count; i++)
        close(fd[i]);
    if (after > before + count * 2048)
        fail_msg("%zu bytes for each of %zu idle connections", (after - before) / count, count);
}

/* A head of exactly `size` bytes, asking for what the container sees. New. */
static char *large_head(size_t size)
{
    CR_AUTO_FREE char *fill = cr_calloc(1, size + 1);
    char *head = cr_format("GET /head HTTP/1.1\r\n" HOST "Connection: close\r\nX-Fill: \r\n\r\n");

    memset(fill, 'x', size - strlen(head));
    free(head);
    return cr_format("GET /head HTTP/1.1\r\n" HOST "Connection: close\r\nX-Fill: %s\r\n\r\n", fill);
}

TEST(a_head_may_be_larger_than_a_buffer)
{
    static const size_t sizes[] = {15000, 16384, 20000, 32768};
    CR_AUTO_FREE char *over = large_head(32769);

    for (size_t i = 0; i < CR_LEN(sizes); i++) {
        CR_AUTO_FREE char *request = large_head(sizes[i]), *got = ingress_ask(request);
        const char *fill = strstr(request, "X-Fill: ");

        assert_int_equal(strncmp(got, "HTTP/1.1 200 ", 13), 0);
        assert_non_null(strstr(got, "X-Fill: xxx"));
        assert_int_equal(strspn(strstr(got, "X-Fill: ") + 8, "x"), strspn(fill + 8, "x"));
    }
    ingress_expect(over, "HTTP/1.1 431 ", "too large");
}

/* Reads until the end, never as fast as it comes; how many heads were in it is returned. */
static int read_slowly(int fd)
{
    static char all[8 << 20];
    size_t have = 0;
    ssize_t n;
    int heads = 0;

    while ((n = recv(fd, all + have, sizeof(all) - 1 - have < 65536 ? sizeof(all) - 1 - have : 65536, 0)) > 0) {
        have += (size_t)n;
        usleep(2000);
    }
    all[have] = '\0';
    for (const char *p = all; (p = strstr(p, "HTTP/1.1 200 ")); p++)
        heads++;
    return heads;
}

/* Answers that a client does not take yet fill the buffer towards it: the next head must wait, not fail. */
TEST(pipelined_answers_wait_for_a_client_that_reads_slowly)
{
    CR_AUTO_FD int fd = dial();

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){32768}, sizeof(int));
    raw_put(fd, "GET /big/2500000 HTTP/1.1\r\n" HOST "\r\n"); /* most of what the kernel buffers */
    for (int i = 0; i < 100; i++)
        raw_put(fd, "GET /field/30000 HTTP/1.1\r\n" HOST "\r\n");
    raw_put(fd, GET("/"));
    usleep(1500000);
    assert_int_equal(read_slowly(fd), 102);
}

TEST(a_switch_of_protocols_must_be_asked_for)
{
    static const char *const unasked[] = {
        GET("/switch"),
        "GET /switch HTTP/1.1\r\n" HOST "Upgrade: echo\r\nConnection: close\r\n\r\n",
        "GET /switch HTTP/1.1\r\n" HOST "Connection: upgrade, close\r\n\r\n",
        "GET /switch HTTP/1.0\r\n" HOST "Connection: upgrade\r\nUpgrade: echo\r\n\r\n",
    };
    CR_AUTO_FREE char *got = NULL;

    for (size_t i = 0; i < CR_LEN(unasked); i++)
        ingress_expect(unasked[i], "HTTP/1.1 502 ", "did not ask for");
    got = ingress_ask("GET /switch HTTP/1.1\r\n" HOST "Connection: upgrade\r\nUpgrade: echo\r\n\r\nhello");
    assert_int_equal(strncmp(got, "HTTP/1.1 101 ", 13), 0);
    assert_non_null(strstr(got, "\r\nUpgrade: echo\r\n\r\nhello"));
    ingress_expect("GET /switch/bare HTTP/1.1\r\n" HOST "Connection: upgrade\r\nUpgrade: echo\r\n\r\n", "HTTP/1.1 502 ",
                   "");
}

TEST(an_upgraded_connection_ends_with_the_request_timeout)
{
    CR_AUTO_FD int fd = dial();

    ingress_route("svc", "svc-00001-abc", true, 80, 300);
    raw_put(fd, "GET /switch HTTP/1.1\r\n" HOST "Connection: upgrade\r\nUpgrade: echo\r\n\r\n");
    assert_true(raw_ends(fd, 4000));
    ingress_route("svc", "svc-00001-abc", true, 80, 5000);
}

TEST(answers_without_a_body_say_nothing_of_its_length)
{
    static const char *const requests[] = {"GET /empty/204 HTTP/1.1\r\n" HOST "\r\n" GET("/"),
                                           "GET /empty/304 HTTP/1.1\r\n" HOST "\r\n" GET("/")};

    for (size_t i = 0; i < CR_LEN(requests); i++) {
        CR_AUTO_FREE char *got = ingress_ask(requests[i]);
        char *second = strstr(got, "\r\n\r\n") + 4;

        assert_int_equal(strncmp(second, "HTTP/1.1 200 OK\r\n", 17), 0); /* nothing of a body in between */
        *second = '\0';
        assert_true(strncmp(got, "HTTP/1.1 204 ", 13) == 0 || strncmp(got, "HTTP/1.1 304 ", 13) == 0);
        assert_null(strcasestr(got, "content-length"));
        assert_null(strcasestr(got, "transfer-encoding"));
        assert_non_null(strstr(got, "\r\nX-Kept: yes\r\n"));
    }
    ingress_expect("HEAD /big/7 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "HTTP/1.1 200 ",
                   "Content-Length: 7\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_connections_of_another_user_do_not_shut_the_owner_out),
        cmocka_unit_test(connections_over_the_ceiling_are_503_and_there_is_room_again),
        cmocka_unit_test(an_idle_connection_and_a_slow_head_end_in_time),
        cmocka_unit_test(without_descriptors_it_waits_and_does_not_spin),
        cmocka_unit_test(a_connection_holds_no_memory_between_two_requests),
        cmocka_unit_test(a_head_may_be_larger_than_a_buffer),
        cmocka_unit_test(pipelined_answers_wait_for_a_client_that_reads_slowly),
        cmocka_unit_test(a_switch_of_protocols_must_be_asked_for),
        cmocka_unit_test(an_upgraded_connection_ends_with_the_request_timeout),
        cmocka_unit_test(answers_without_a_body_say_nothing_of_its_length),
    };

    if (getenv("T"))
        cmocka_set_test_filter(getenv("T"));
    return cmocka_run_group_tests(tests, setup, teardown);
}
