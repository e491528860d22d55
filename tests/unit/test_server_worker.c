#include "lib/test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "worker.h"

/* A worker over the echo, and the order in which it was done with its jobs. */
struct fixture {
    struct settings settings;
    struct service service;
    struct worker *worker;
    char model[64];
    int loaded;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct job *finished[8];
static size_t n_finished;

static void done(struct job *job)
{
    pthread_mutex_lock(&lock);
    finished[n_finished++] = job;
    pthread_mutex_unlock(&lock);
}

static void start(struct fixture *f, int64_t wait_s, bool broken)
{
    struct error err = {0};
    uint64_t count;
    int fd;

    memset(f, 0, sizeof(*f));
    n_finished = 0;
    snprintf(f->model, sizeof(f->model), "/tmp/test_server_worker.XXXXXX");
    fd = mkstemp(f->model);
    assert_true(fd >= 0);
    close(fd);
    if (broken)
        unlink(f->model);
    f->settings =
        (struct settings){.name = "m", .task = "tensor", .threads = 1, .queue = 1, .wait_s = wait_s, .request_mb = 64};
    f->settings.model = strdup(f->model);
    f->service.settings = &f->settings;
    f->loaded = eventfd(0, 0);
    assert_ok(worker_start(&f->service, f->loaded, &f->worker, &err), &err);
    assert_int_equal(read(f->loaded, &count, sizeof(count)), sizeof(count));
}

static void stop(struct fixture *f)
{
    worker_stop(f->worker);
    close(f->loaded);
    unlink(f->model);
    settings_clear(&f->settings);
}

static void submit(struct fixture *f, struct job *job, struct reply *reply, const char *body)
{
    memset(reply, 0, sizeof(*reply));
    *job = (struct job){.body = body, .length = body ? strlen(body) : 0, .reply = reply, .done = done};
    worker_submit(f->worker, job);
}

#define DELAY(ms) "{\"inputs\":[{\"name\":\"delay_ms\",\"datatype\":\"INT64\",\"shape\":[1],\"data\":[" ms "]}]}"

TEST(jobs_are_answered_in_turn_and_the_first_is_cold)
{
    struct fixture f;
    struct job job[3];
    struct reply reply[3];

    start(&f, 60, false);
    assert_int_equal(f.service.state, SERVICE_READY);
    assert_false(worker_full(f.worker));
    submit(&f, &job[0], &reply[0], DELAY("200"));
    assert_false(worker_full(f.worker));
    submit(&f, &job[1], &reply[1], DELAY("1"));
    assert_true(worker_full(f.worker)); /* one runs, one waits */
    submit(&f, &job[2], &reply[2], "{");
    stop(&f); /* answers all first */
    assert_int_equal(n_finished, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_ptr_equal(finished[i], &job[i]);
        assert_int_equal(reply[i].status, i < 2 ? 200 : 400);
        assert_int_equal(reply[i].cold, i == 0);
        assert_true(reply[i].ran);
    }
    assert_true(reply[0].run_us >= 200000);
    assert_true(reply[1].queue_us >= 100000);
    assert_non_null(strstr(reply[2].body, "the body is not JSON: line 1"));
    for (size_t i = 0; i < 3; i++)
        reply_clear(&reply[i]);
}

TEST(what_waited_too_long_is_not_run)
{
    struct fixture f;
    struct job job[2];
    struct reply reply[2];

    start(&f, 0, false);
    submit(&f, &job[0], &reply[0], DELAY("50"));
    submit(&f, &job[1], &reply[1], DELAY("1"));
    stop(&f);
    assert_int_equal(reply[1].status, 503);
    assert_int_equal(reply[1].retry_after_s, 1);
    assert_false(reply[1].ran);
    reply_clear(&reply[0]);
    reply_clear(&reply[1]);
}

TEST(an_answer_has_the_digits_of_its_type)
{
    static const char *const bodies[] = {
        "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP64\",\"shape\":[1],\"data\":[0.1]}]}",
        "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[0.1]}]}",
        "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP64\",\"shape\":[1],\"data\":[12345678.123456789]}]}"};
    static const char *const says[] = {"\"data\":[0.10000000000000001]", "\"data\":[0.100000001]",
                                       "\"data\":[12345678.123456789]"};
    struct fixture f;
    struct job job[3];
    struct reply reply[3];

    start(&f, 60, false);
    for (size_t i = 0; i < 3; i++)
        submit(&f, &job[i], &reply[i], bodies[i]);
    stop(&f);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(reply[i].status, 200);
        if (!strstr(reply[i].body, says[i]))
            fail_msg("'%s' lacks '%s'", reply[i].body, says[i]);
        reply_clear(&reply[i]);
    }
}

TEST(a_model_that_does_not_open_fails_the_service)
{
    struct fixture f;
    struct job job;
    struct reply reply;

    start(&f, 60, true);
    assert_int_equal(f.service.state, SERVICE_FAILED);
    assert_non_null(strstr(f.service.failure.msg, "cannot be opened"));
    submit(&f, &job, &reply, NULL);
    stop(&f);
    assert_int_equal(reply.status, 503);
    reply_clear(&reply);
}

TEST_MAIN(cmocka_unit_test(jobs_are_answered_in_turn_and_the_first_is_cold),
          cmocka_unit_test(what_waited_too_long_is_not_run), cmocka_unit_test(an_answer_has_the_digits_of_its_type),
          cmocka_unit_test(a_model_that_does_not_open_fails_the_service))
