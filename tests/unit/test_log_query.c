#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "core/log_query.h"

TEST(a_query_is_written_in_loggings_language)
{
    static const struct {
        struct cr_log_query q;
        const char *filter;
    } cases[] = {
        {{0}, "resource.type=\"cloud_run_revision\""},
        {{.service = "s", .location = "l", .since = "t"},
         "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"s\" AND "
         "resource.labels.location=\"l\" "
         "AND timestamp>=\"t\""},
        {{.service = "s", .revision = "s-1", .severity = "ERROR"},
         "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"s\" AND "
         "resource.labels.revision_name=\"s-1\" AND severity>=ERROR"},
        {{.service = "a\" OR \"b\\"},
         "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"a\\\" OR \\\"b\\\\\""},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *filter = cr_log_query_filter(&cases[i].q);

        assert_string_equal(filter, cases[i].filter);
    }
}

TEST(since_is_a_span_or_a_time)
{
    static const struct {
        const char *text, *time; /* NULL: refused */
    } cases[] = {
        {"10m", "2026-01-02T02:54:05.000000Z"},
        {"2h", "2026-01-02T01:04:05.000000Z"},
        {"3d", "2025-12-30T03:04:05.000000Z"},
        {"90", "2026-01-02T03:02:35.000000Z"},
        {"1h30m", "2026-01-02T01:34:05.000000Z"},
        {"2026-01-01", "2026-01-01T00:00:00.000000Z"},
        {"2026-01-01T10:00:00Z", "2026-01-01T10:00:00.000000Z"},
        {"2026-01-01T10:00:00.123456Z", "2026-01-01T10:00:00.000000Z"},
        {"2026-01-01T10:00:00+02:00", "2026-01-01T08:00:00.000000Z"},
        {"2026-01-01T10:00:00-01:30", "2026-01-01T11:30:00.000000Z"},
        {"2026-01-01T10:00:00", NULL},
        {"2026-13-01", NULL},
        {"yesterday", NULL},
        {"3 d", NULL},
        {"-3d", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        char time[32] = "";
        struct cr_error err = {0};
        int rc = cr_log_since(cases[i].text, 1767323045000, time, &err);

        if ((rc == 0) != (cases[i].time != NULL) || (rc == 0 && strcmp(time, cases[i].time) != 0))
            fail_msg("'%s' is '%s': %s", cases[i].text, time, err.msg);
        if (rc < 0)
            assert_int_equal(err.code, CR_E_USAGE);
    }
}

TEST(severities_have_one_name)
{
    assert_string_equal(cr_log_severity("warning"), "WARNING");
    assert_string_equal(cr_log_severity("EMERGENCY"), "EMERGENCY");
    assert_null(cr_log_severity("loud"));
    assert_null(cr_log_severity(""));
}

TEST_MAIN(cmocka_unit_test(a_query_is_written_in_loggings_language), cmocka_unit_test(since_is_a_span_or_a_time),
          cmocka_unit_test(severities_have_one_name))
