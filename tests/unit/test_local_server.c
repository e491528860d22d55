/* The server of the APIs under many connections. Who may send requests at all is in test_local_caller.c. */
#include "lib/test.h"

#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "lib/local_call.h"
#include "lib/raw_http.h"
#include "local/server.h"

#define NOBODY 65534
#define HEALTH "GET /local/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

static struct local l;
static struct local_server *server;

static int setup(void **state)
{
    struct cr_error err = {0};

    (void)state;
    platform_start(&l);
    assert_ok(local_server_open(&l, 0, &server, &err), &err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    local_server_close(server);
    platform_stop(&l);
    return 0;
}

static void expect_prompt_answer(void)
{
    int64_t before = cr_now_ms();
    CR_AUTO_FREE char *got = raw_send(l.port, HEALTH, strlen(HEALTH));

    assert_int_equal(strncmp(got, "HTTP/1.1 200 ", 13), 0);
    assert_true(cr_now_ms() - before < 3000);
}

TEST(idle_connections_of_another_user_do_not_shut_the_owner_out)
{
    /* Without root there is nobody else: the owner's own must reach beyond the share that is for everybody. */
    int count = geteuid() ? 200 : 300;
    struct raw_idlers idlers = raw_idle(l.port, count, geteuid() ? 0 : NOBODY);

    assert_int_equal(idlers.opened, count);
    for (int i = 0; i < 5; i++)
        expect_prompt_answer();
    raw_idle_end(&idlers);
}

TEST(there_is_room_again_when_the_owners_own_connections_are_gone)
{
    struct raw_idlers idlers = raw_idle(l.port, 300, 0); /* more than there may be: some are never accepted */

    raw_idle_end(&idlers);
    expect_prompt_answer();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_connections_of_another_user_do_not_shut_the_owner_out),
        cmocka_unit_test(there_is_room_again_when_the_owners_own_connections_are_gone),
    };

    if (getenv("T"))
        cmocka_set_test_filter(getenv("T"));
    return cmocka_run_group_tests(tests, setup, teardown);
}
