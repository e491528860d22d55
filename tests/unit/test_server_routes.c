#include "lib/test.h"

#include <string.h>

#include "routes.h"

static struct service service_of(struct settings *settings, const char *task)
{
    settings->doc = json_pack("{s:{s:s}}", "files", "model", "model.onnx");
    settings->name = "m";
    settings->task = task;
    settings->path = "/predict";
    return (struct service){.settings = settings};
}

/* The status a request ends with when nothing has to be answered by the model; 0 when it is the worker's. */
static int status_of(const struct service *s, const char *method, const char *path, struct reply *reply)
{
    struct routes routes;
    const struct route *route;

    routes_make(&routes, s->settings);
    route = routes_find(&routes, method, path, reply);
    if (route && route->get)
        route->get(s, reply);
    return reply->status;
}

TEST(paths_and_methods_lead_where_they_should)
{
    static const struct {
        const char *task, *method, *path;
        int status;
        const char *allow;
    } cases[] = {
        {"question-answering", "POST", "/predict", 0, NULL},
        {"question-answering", "GET", "/predict", 405, "POST"},
        {"question-answering", "GET", "/", 200, NULL},
        {"question-answering", "HEAD", "/", 200, NULL},
        {"question-answering", "POST", "/", 405, "GET, HEAD"},
        {"question-answering", "GET", "/live", 200, NULL},
        {"question-answering", "GET", "/ready", 503, NULL},
        {"question-answering", "DELETE", "/ready", 405, "GET, HEAD"},
        {"question-answering", "GET", "/v2", 404, NULL},
        {"question-answering", "GET", "/predict/", 404, NULL},
        {"tensor", "GET", "/v2", 200, NULL},
        {"tensor", "GET", "/v2/health/live", 200, NULL},
        {"tensor", "GET", "/v2/health/ready", 503, NULL},
        {"tensor", "GET", "/v2/models/m", 503, NULL},
        {"tensor", "GET", "/v2/models/m/ready", 503, NULL},
        {"tensor", "POST", "/v2/models/m/infer", 0, NULL},
        {"tensor", "POST", "/v2/models/other/infer", 404, NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settings settings = {0};
        struct service s = service_of(&settings, cases[i].task);
        struct reply reply = {0};

        assert_int_equal(status_of(&s, cases[i].method, cases[i].path, &reply), cases[i].status);
        if (cases[i].allow)
            assert_string_equal(reply.allow, cases[i].allow);
        else
            assert_null(reply.allow);
        reply_clear(&reply);
        settings_clear(&settings);
    }
}

TEST(ready_turns_when_the_service_does)
{
    struct settings settings = {0};
    struct service s = service_of(&settings, "tensor");
    struct reply reply = {0};

    assert_int_equal(status_of(&s, "GET", "/ready", &reply), 503);
    assert_int_equal(reply.retry_after_s, 1);
    assert_string_equal(reply.body,
                        "{\"error\":{\"code\":\"unavailable\",\"message\":\"the model is being loaded\"}}\n");
    reply_clear(&reply);
    atomic_store(&s.state, SERVICE_READY);
    reply = (struct reply){0};
    assert_int_equal(status_of(&s, "GET", "/ready", &reply), 200);
    assert_string_equal(reply.body, "{\"ready\":true}\n");
    reply_clear(&reply);
    settings_clear(&settings);
}

TEST(the_root_says_what_it_is)
{
    struct settings settings = {0};
    struct service s = service_of(&settings, "tensor");
    struct reply reply = {0};

    assert_int_equal(status_of(&s, "GET", "/", &reply), 200);
    assert_string_equal(reply.body, "{\"name\":\"m\",\"task\":\"tensor\",\"path\":\"/predict\",\"runtime\":\"echo\","
                                    "\"ready\":false,\"files\":{\"model\":\"model.onnx\"}}\n");
    reply_clear(&reply);
    settings_clear(&settings);
}

TEST_MAIN(cmocka_unit_test(paths_and_methods_lead_where_they_should),
          cmocka_unit_test(ready_turns_when_the_service_does), cmocka_unit_test(the_root_says_what_it_is))
