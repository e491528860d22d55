#include "lib/test.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/str.h"
#include "lib/local_fixture.h"
#include "local/revision_log.h"
#include "local/revision.h"

static void add(struct local_fixture *f, const char *revision, json_t *more)
{
    json_t *template = local_fixture_template(more);
    struct cr_error err = {0};

    assert_ok(local_instances_add(f->set, "svc", revision, template, &err), &err);
    json_decref(template);
}

static json_t *env(const char *name, const char *value)
{
    return json_pack("{s:[{s:s, s:s}]}", "env", "name", name, "value", value);
}

TEST(an_instance_starts_when_it_is_asked_for_and_once)
{
    struct local_fixture f;
    struct cr_error err = {0};
    int first = 0, second = 0;
    bool cold = false;

    local_fixture_open(&f, 0);
    add(&f, "svc-00001-abc", NULL);
    assert_int_equal(local_instances_port(f.set, "svc-00001-abc"), 0);
    assert_ok(local_instances_ensure(f.set, "svc-00001-abc", &first, &cold, &err), &err);
    assert_true(cold);
    assert_ok(local_instances_ensure(f.set, "svc-00001-abc", &second, &cold, &err), &err);
    assert_false(cold);
    assert_int_equal(first, second);
    assert_int_equal(local_instances_port(f.set, "svc-00001-abc"), first);
    assert_int_equal(local_instances_ensure(f.set, "other", &first, NULL, &err), -1);
    local_fixture_close(&f);
}

static bool is_running(struct local_fixture *f, const char *revision)
{
    json_auto_t *list = local_instances_list(f->set);
    json_t *row;
    size_t i;

    json_array_foreach(list, i, row) if (strcmp(json_string_value(json_object_get(row, "revision")), revision) ==
                                         0) return json_is_true(json_object_get(row, "running"));
    return false;
}

static json_t *liveness(const char *handler, const char *path)
{
    return json_pack("{s:{s:i, s:i, s:{s:s*}}}", "livenessProbe", "periodSeconds", 1, "failureThreshold", 1, handler,
                     "path", path);
}

TEST(a_container_whose_liveness_probe_fails_is_ended_and_another_starts)
{
    struct local_fixture f;
    struct cr_error err = {0};
    CR_AUTO_STR struct cr_str log = CR_STR_INIT(1 << 16);
    CR_AUTO_FREE char *path = NULL;
    int port = 0, good = 0;
    bool cold = false;

    local_fixture_open(&f, 0);
    add(&f, "svc-00001-bad", liveness("httpGet", "/garbage"));
    add(&f, "svc-00002-http", liveness("httpGet", "/"));
    add(&f, "svc-00003-tcp", liveness("tcpSocket", NULL));
    add(&f, "svc-00004-grpc", liveness("grpc", NULL));
    for (int i = 2; i <= 4; i++)
        assert_ok(local_instances_ensure(f.set,
                                         i == 2   ? "svc-00002-http"
                                         : i == 3 ? "svc-00003-tcp"
                                                  : "svc-00004-grpc",
                                         &good, NULL, &err),
                  &err);
    for (int round = 0; round < 2; round++) {
        assert_ok(local_instances_ensure(f.set, "svc-00001-bad", &port, &cold, &err), &err);
        assert_true(cold);
        for (int i = 0; i < 600 && is_running(&f, "svc-00001-bad"); i++)
            usleep(50000);
        assert_false(is_running(&f, "svc-00001-bad"));
    }
    assert_true(is_running(&f, "svc-00002-http") && is_running(&f, "svc-00003-tcp") &&
                is_running(&f, "svc-00004-grpc"));
    path = local_log_path(f.dir, "svc-00001-bad");
    assert_ok(local_log_tail(path, 20, &log, &err), &err);
    assert_non_null(strstr(log.buf,
                           "LIVENESS HTTP probe failed 1 time consecutively for container \"fixture-1\" on port "
                           "8080 path \"/garbage\". The instance has been shut down."));
    local_fixture_close(&f);
}

struct asker {
    struct local_fixture *f;
    int port, rc;
    struct cr_error err;
};

static void *ask(void *arg)
{
    struct asker *a = arg;

    a->rc = local_instances_ensure(a->f->set, "svc-00001-abc", &a->port, NULL, &a->err);
    return NULL;
}

TEST(callers_at_once_start_one)
{
    struct local_fixture f;
    struct asker a[8];
    pthread_t t[8];

    local_fixture_open(&f, 0);
    add(&f, "svc-00001-abc", env("FIXTURE_DELAY_MS", "200"));
    for (size_t i = 0; i < CR_LEN(a); i++) {
        a[i] = (struct asker){.f = &f};
        assert_int_equal(pthread_create(&t[i], NULL, ask, &a[i]), 0);
    }
    for (size_t i = 0; i < CR_LEN(a); i++) {
        pthread_join(t[i], NULL);
        assert_ok(a[i].rc, &a[i].err);
        assert_int_equal(a[i].port, a[0].port);
    }
    local_fixture_close(&f);
}

TEST(a_container_that_ends_is_noticed_at_once_in_cloud_runs_words)
{
    struct local_fixture f;
    struct cr_error err = {0};
    int64_t before = cr_now_ms();
    int port = -1;

    local_fixture_open(&f, 0);
    add(&f, "svc-00001-abc", env("FIXTURE_EXIT", "7"));
    assert_int_equal(local_instances_ensure(f.set, "svc-00001-abc", &port, NULL, &err), -1);
    assert_int_equal(err.code, CR_E_BUILD);
    assert_non_null(strstr(err.msg, "failed to start and listen on the port defined provided by the PORT=8080 "
                                    "environment variable within the allocated timeout."));
    assert_non_null(strstr(err.hint, "giving up"));
    assert_non_null(strstr(err.hint, "Container called exit(7)."));
    assert_non_null(strstr(err.hint, "STARTUP TCP probe failed 1 time consecutively"));
    assert_int_equal(port, -1);
    assert_true(cr_now_ms() - before < 5000); /* the probe would have had 240 s */
    local_fixture_close(&f);
}

TEST(a_probe_that_never_succeeds_ends_with_its_budget)
{
    struct local_fixture f;
    struct cr_error err = {0};
    int port;

    local_fixture_open(&f, 0);
    add(&f, "svc-00001-abc",
        json_pack("{s:[{s:s, s:s}], s:{s:{s:s, s:i}, s:i, s:i, s:i}}", "env", "name", "FIXTURE_DELAY_MS", "value",
                  "60000", "startupProbe", "httpGet", "path", "/ready", "port", 8080, "periodSeconds", 1,
                  "failureThreshold", 1, "timeoutSeconds", 1));
    assert_int_equal(local_instances_ensure(f.set, "svc-00001-abc", &port, NULL, &err), -1);
    assert_non_null(strstr(err.msg, "failed the configured startup probe checks"));
    assert_int_equal(local_instances_port(f.set, "svc-00001-abc"), 0);
    local_fixture_close(&f);
}

static bool gone_within(struct local_fixture *f, const char *revision, int64_t ms)
{
    int64_t end = cr_now_ms() + ms;

    while (cr_now_ms() < end) {
        if (!local_instances_port(f->set, revision))
            return true;
        usleep(10000);
    }
    return false;
}

static bool there_within(struct local_fixture *f, const char *revision, int64_t ms)
{
    for (int64_t end = cr_now_ms() + ms; cr_now_ms() < end; cr_sleep_ms(10))
        if (local_instances_port(f->set, revision))
            return true;
    return false;
}

static pid_t pid_of(struct local_fixture *f, const char *revision)
{
    json_t *list = local_instances_list(f->set), *row;
    pid_t pid = 0;
    size_t i;

    json_array_foreach(list, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "revision")), revision) == 0)
            pid = (pid_t)json_integer_value(json_object_get(row, "pid"));
    }
    json_decref(list);
    assert_true(pid > 1);
    return pid;
}

TEST(an_idle_instance_is_stopped_and_a_busy_one_or_a_kept_one_is_not)
{
    struct local_fixture f;
    struct cr_error err = {0};
    json_t *kept;
    int port;

    local_fixture_open(&f, 100);
    add(&f, "idle", NULL);
    add(&f, "busy", NULL);
    kept = local_fixture_template(NULL);
    json_object_set_new(kept, "scaling", json_pack("{s:i}", "minInstanceCount", 1));
    assert_ok(local_instances_add(f.set, "svc", "kept", kept, &err), &err);
    json_decref(kept);
    assert_ok(local_instances_ensure(f.set, "busy", &port, NULL, &err), &err);
    local_instances_use(f.set, "busy", 1);
    local_instances_serve(f.set, "svc", (const char *const[]){"kept", "idle"}, 2);
    assert_true(there_within(&f, "kept", 5000)); /* nobody asked for it */
    assert_ok(local_instances_ensure(f.set, "idle", &port, NULL, &err), &err);
    assert_true(gone_within(&f, "idle", 5000));
    assert_true(local_instances_port(f.set, "busy") != 0);
    assert_true(local_instances_port(f.set, "kept") != 0);
    local_instances_use(f.set, "busy", -1);
    assert_true(gone_within(&f, "busy", 5000));
    kill(pid_of(&f, "kept"), SIGKILL);
    assert_true(gone_within(&f, "kept", 2000));
    assert_true(there_within(&f, "kept", 5000));
    local_instances_serve(f.set, "svc", NULL, 0); /* another revision has the traffic now */
    assert_true(gone_within(&f, "kept", 5000));
    assert_ok(local_instances_ensure(f.set, "idle", &port, NULL, &err), &err); /* and comes back */
    local_fixture_close(&f);
}

TEST(a_killed_container_is_started_again_and_its_log_says_why)
{
    struct local_fixture f;
    CR_AUTO_STR struct cr_str tail = CR_STR_INIT(65536);
    CR_AUTO_FREE char *path = NULL;
    struct cr_error err = {0};
    json_t *list;
    pid_t pid;
    int port;

    local_fixture_open(&f, 0);
    add(&f, "svc-00001-abc", NULL);
    assert_ok(local_instances_ensure(f.set, "svc-00001-abc", &port, NULL, &err), &err);
    list = local_instances_list(f.set);
    pid = (pid_t)json_integer_value(json_object_get(json_array_get(list, 0), "pid"));
    assert_true(pid > 1); /* 0 would be this test's own group */
    kill(pid, SIGKILL);
    json_decref(list);
    assert_true(gone_within(&f, "svc-00001-abc", 2000));
    assert_ok(local_instances_ensure(f.set, "svc-00001-abc", &port, NULL, &err), &err);
    path = local_log_path(f.dir, "svc-00001-abc");
    assert_ok(local_log_tail(path, 100, &tail, &err), &err);
    assert_non_null(strstr(tail.buf, "Uncaught signal: 9, pid=1"));
    assert_non_null(strstr(tail.buf, "listening"));
    local_fixture_close(&f);
}

TEST(removing_while_it_starts_calls_the_start_off)
{
    struct local_fixture f;
    struct asker a = {.f = &f};
    pthread_t t;
    int64_t before = cr_now_ms();

    local_fixture_open(&f, 0);
    add(&f, "svc-00001-abc", env("FIXTURE_DELAY_MS", "30000"));
    assert_int_equal(pthread_create(&t, NULL, ask, &a), 0);
    usleep(200000);
    local_instances_remove(f.set, "svc", NULL);
    pthread_join(t, NULL);
    assert_int_equal(a.rc, -1);
    assert_true(cr_now_ms() - before < 10000);
    local_fixture_close(&f);
}

TEST(a_template_is_read_exactly)
{
    json_t *t = local_fixture_template(json_pack("{s:[{s:i}], s:[s], s:[s, s]}", "ports", "containerPort", 9000,
                                                 "command", "/serve", "args", "-v", "two words"));
    struct local_revision r;
    struct cr_error err = {0};
    bool k_service = false, no_metadata = false;

    assert_ok(local_revision_read(&r, "svc", "svc-00001-abc", t, &err), &err);
    assert_int_equal(r.cpu_milli, 2000);
    assert_int_equal(r.memory_bytes, 3000000000);
    assert_int_equal(r.port, 9000);
    assert_int_equal(r.probe.port, 9000);
    assert_int_equal(local_probe_budget(&r.probe), 240000);
    assert_string_equal(r.command[0], "/serve");
    assert_string_equal(r.args[1], "two words");
    for (char **e = r.env; *e; e++) {
        k_service = k_service || strcmp(*e, "K_SERVICE=svc") == 0;
        no_metadata = no_metadata || strcmp(*e, "GCE_METADATA_HOST=127.0.0.1:1") == 0;
    }
    assert_true(k_service && no_metadata);
    local_revision_clear(&r);
    json_decref(t);
    t = local_fixture_template(json_pack("{s:{s:{s:s}}}", "resources", "limits", "memory", "3GB"));
    assert_int_equal(local_revision_read(&r, "svc", "svc-00001-abc", t, &err), -1);
    json_decref(t);
}

TEST_MAIN(cmocka_unit_test(an_instance_starts_when_it_is_asked_for_and_once),
          cmocka_unit_test(a_container_whose_liveness_probe_fails_is_ended_and_another_starts),
          cmocka_unit_test(callers_at_once_start_one),
          cmocka_unit_test(a_container_that_ends_is_noticed_at_once_in_cloud_runs_words),
          cmocka_unit_test(a_probe_that_never_succeeds_ends_with_its_budget),
          cmocka_unit_test(an_idle_instance_is_stopped_and_a_busy_one_or_a_kept_one_is_not),
          cmocka_unit_test(a_killed_container_is_started_again_and_its_log_says_why),
          cmocka_unit_test(removing_while_it_starts_calls_the_start_off), cmocka_unit_test(a_template_is_read_exactly))
