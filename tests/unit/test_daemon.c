/* What is said of the local platform when it does not answer. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "cli/daemon.h"

static char home[] = "/tmp/test_daemon.XXXXXX";

/* daemon.json as this very process would have written it; `off` more ticks make it another process's. */
static void put_file(int64_t off)
{
    CR_AUTO_FREE char *dir = cr_path_join(home, "crdeploy/local"), *path = cr_path_join(dir, "daemon.json");
    json_auto_t *doc = json_pack("{s:i, s:I, s:s, s:i, s:s}", "pid", (int)getpid(), "start_time",
                                 (json_int_t)(cr_proc_start_time(getpid()) + off), "url", "http://127.0.0.1:1",
                                 "ingress_port", 2, "token", "a-token");
    CR_AUTO_FREE char *text = cr_oom_check(json_dumps(doc, 0));
    struct cr_error err = {0};

    assert_ok(cr_dir_make(dir, 0700, &err), &err);
    assert_ok(cr_file_write(path, text, strlen(text), 0600, &err), &err);
}

static int fresh(void **state)
{
    struct cr_error err = {0};

    (void)state;
    setenv("XDG_STATE_HOME", home, 1);
    return cr_dir_remove(home, &err) < 0 ? -1 : cr_dir_make(home, 0700, &err);
}

static void expect_hint(const char *part)
{
    struct cr_error err = {0};

    cr_fail(&err, CR_E_NET, "no answer");
    cli_daemon_explain(&err);
    assert_non_null(strstr(err.hint, part));
    assert_non_null(strstr(err.hint, "crdeploy local up"));
    assert_non_null(strstr(err.hint, "crdeploy/local/daemon.log"));
    assert_null(strstr(err.hint, "a-token"));
    assert_string_equal(err.msg, "no answer");
}

TEST(a_daemon_without_a_file_has_ended)
{
    expect_hint("has ended");
}

TEST(a_daemon_whose_pid_is_another_process_has_ended)
{
    put_file(1);
    expect_hint("has ended");
}

TEST(a_daemon_that_lives_does_not_answer)
{
    put_file(0);
    expect_hint("crdeploy local down");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_daemon_without_a_file_has_ended, fresh),
        cmocka_unit_test_setup(a_daemon_whose_pid_is_another_process_has_ended, fresh),
        cmocka_unit_test_setup(a_daemon_that_lives_does_not_answer, fresh),
    };
    struct cr_error err = {0};
    int failed;

    if (!mkdtemp(home))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return cr_dir_remove(home, &err) < 0 ? 1 : failed;
}
