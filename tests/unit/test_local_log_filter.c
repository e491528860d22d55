#include "lib/test.h"

#include <string.h>

#include "local/log_filter.h"
#include "local/revision_log.h"

TEST(terms_fill_what_they_name)
{
    struct local_log_filter f;
    struct cr_error err = {0};

    assert_ok(local_log_filter_read("resource.type=\"cloud_run_revision\" AND resource.labels.service_name = \"s\"\n"
                                    "resource.labels.revision_name=s-1 resource.labels.location=\"l\" AND "
                                    "logName=\"projects/p/logs/run.googleapis.com%2Fstdout\" AND "
                                    "timestamp>\"2026-01-02T03:04:05Z\"",
                                    &f, &err),
              &err);
    assert_string_equal(f.type, "cloud_run_revision");
    assert_string_equal(f.service, "s");
    assert_string_equal(f.revision, "s-1");
    assert_string_equal(f.location, "l");
    assert_string_equal(f.log_name, "projects/p/logs/run.googleapis.com%2Fstdout");
    assert_string_equal(f.since, "2026-01-02T03:04:05Z");
    assert_true(f.after);
    assert_ok(local_log_filter_read("timestamp>=\"x\" resource.labels.service_name=\"a\\\"b\"", &f, &err), &err);
    assert_false(f.after);
    assert_string_equal(f.service, "a\"b");
}

TEST(severities_are_a_range)
{
    static const struct {
        const char *text;
        int from, to;
    } cases[] = {
        {"", 0, 1000},
        {"severity>=WARNING", 400, 1000},
        {"severity >= \"warning\"", 400, 1000},
        {"severity>INFO", 201, 1000},
        {"severity=ERROR", 500, 500},
        {"severity<=NOTICE", 0, 300},
        {"severity<NOTICE", 0, 299},
        {"severity>=INFO AND severity<ERROR", 200, 499},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        struct local_log_filter f;
        struct cr_error err = {0};

        assert_ok(local_log_filter_read(cases[i].text, &f, &err), &err);
        if (f.severity_from != cases[i].from || f.severity_to != cases[i].to)
            fail_msg("'%s' is %d to %d", cases[i].text, f.severity_from, f.severity_to);
    }
}

TEST(what_is_no_filter_is_refused)
{
    static const char *const cases[] = {"resource.type",   "resource.type=\"x",   "severity>=LOUD",
                                        "nonsense=\"x\"",  "resource.type>\"x\"", "timestamp<\"x\"",
                                        "severity=>ERROR", "resource.type!=x"};

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        struct local_log_filter f;
        struct cr_error err = {0};

        if (local_log_filter_read(cases[i], &f, &err) == 0)
            fail_msg("'%s' is taken", cases[i]);
        assert_int_equal(err.code, CR_E_API);
        assert_non_null(strstr(err.msg, "Unparseable filter"));
    }
}

TEST(times_of_engines_are_told_as_google_tells_them)
{
    static const struct {
        const char *time, *utc;
    } cases[] = {
        {"2026-11-24T14:42:51.485809847+00:00", "2026-11-24T14:42:51.485809Z"},
        {"2026-11-24T01:42:51.485809847+02:00", "2026-11-23T23:42:51.485809Z"},
        {"2026-11-24T22:42:51.5-03:30", "2026-11-25T02:12:51.500000Z"},
        {"2026-11-24T14:42:51.485809Z", "2026-11-24T14:42:51.485809Z"},
        {"2026-11-24T14:42:51Z", "2026-11-24T14:42:51.000000Z"},
        {"yesterday", "yesterday"},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        char utc[32];

        local_log_time(cases[i].time, utc);
        assert_string_equal(utc, cases[i].utc);
    }
}

TEST_MAIN(cmocka_unit_test(terms_fill_what_they_name), cmocka_unit_test(severities_are_a_range),
          cmocka_unit_test(what_is_no_filter_is_refused),
          cmocka_unit_test(times_of_engines_are_told_as_google_tells_them))
