#include "lib/test.h"

#include <string.h>

#include "log.h"

TEST(a_trace_is_read_from_either_header)
{
    static const struct {
        const char *parent, *cloud, *id, *span;
        bool sampled;
    } cases[] = {
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", NULL, "4bf92f3577b34da6a3ce929d0e0e4736",
         "00f067aa0ba902b7", true},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", NULL, "4bf92f3577b34da6a3ce929d0e0e4736",
         "00f067aa0ba902b7", false},
        {NULL, "105445aa7843bc8bf206b12000100000/255;o=1", "105445aa7843bc8bf206b12000100000", "00000000000000ff",
         true},
        {NULL, "105445aa7843bc8bf206b12000100000", "105445aa7843bc8bf206b12000100000", "", false},
        {"00-00000000000000000000000000000000-00f067aa0ba902b7-01", "105445aa7843bc8bf206b12000100000/1;o=0",
         "105445aa7843bc8bf206b12000100000", "0000000000000001", false},
        {"00-short", NULL, "", "", false},
        {"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "zz", "", "", false},
        {NULL, NULL, "", "", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct trace t = trace_parse(cases[i].parent, cases[i].cloud);

        assert_string_equal(t.id, cases[i].id);
        assert_string_equal(t.span, cases[i].span);
        assert_int_equal(t.sampled, cases[i].sampled);
    }
}

static const char *text(const json_t *line, const char *key)
{
    return json_string_value(json_object_get(line, key));
}

TEST(a_line_has_what_cloud_logging_lifts_out)
{
    struct log_request r = {.method = "POST",
                            .url = "/predict",
                            .status = 400,
                            .latency_us = 42000,
                            .request_size = 7,
                            .response_size = 9,
                            .message = "no",
                            .protocol = "HTTP/1.1",
                            .project = "p",
                            .trace = {"4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true}};
    json_auto_t *line = log_render(&r);
    const json_t *http = json_object_get(line, "httpRequest");

    assert_string_equal(text(line, "severity"), "WARNING");
    assert_string_equal(text(line, "message"), "POST /predict 400: no");
    assert_string_equal(text(line, "logging.googleapis.com/trace"),
                        "projects/p/traces/4bf92f3577b34da6a3ce929d0e0e4736");
    assert_true(json_is_true(json_object_get(line, "logging.googleapis.com/trace_sampled")));
    assert_string_equal(text(http, "latency"), "0.042000s");
    assert_string_equal(text(http, "requestSize"), "7");
    assert_string_equal(text(http, "responseSize"), "9");
    assert_int_equal(json_integer_value(json_object_get(http, "status")), 400);
}

TEST(severity_follows_the_status)
{
    static const struct {
        int status;
        bool probe;
        const char *severity;
    } cases[] = {{200, false, "INFO"},
                 {404, false, "WARNING"},
                 {500, false, "ERROR"},
                 {200, true, "DEBUG"},
                 {503, true, "INFO"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct log_request r = {.method = "GET", .url = "/", .status = cases[i].status, .probe = cases[i].probe};
        json_auto_t *line = log_render(&r);

        assert_string_equal(text(line, "severity"), cases[i].severity);
        assert_null(json_object_get(line, "logging.googleapis.com/trace"));
    }
}

TEST(bytes_that_are_not_text_do_not_lose_the_line)
{
    struct log_request r = {.method = "GET", .url = "/\xff", .status = 404, .user_agent = "\xc3("};
    json_auto_t *line = log_render(&r);

    assert_string_equal(text(json_object_get(line, "httpRequest"), "requestUrl"), "/?");
    assert_string_equal(text(json_object_get(line, "httpRequest"), "userAgent"), "?(");
}

TEST_MAIN(cmocka_unit_test(a_trace_is_read_from_either_header),
          cmocka_unit_test(a_line_has_what_cloud_logging_lifts_out), cmocka_unit_test(severity_follows_the_status),
          cmocka_unit_test(bytes_that_are_not_text_do_not_lose_the_line))
