#include "lib/test.h"

#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/rollback.h"

/* "a b!": revisions of a service, oldest first; ! is one that is not ready. The API lists the newest first. */
static json_t *revisions(const char *text)
{
    json_t *all = json_array();
    int n = 0;

    for (const char *p = text; *p; p += *p == ' ') {
        size_t len = strcspn(p, " !");
        bool failed = p[len] == '!';

        json_array_insert_new(all, 0,
                              json_pack("{s:o, s:o, s:[{s:s, s:s}, {s:s, s:s}]}", "name",
                                        json_sprintf("projects/p/locations/l/services/s/revisions/%.*s", (int)len, p),
                                        "createTime", json_sprintf("2026-01-02T03:04:%02d.5Z", ++n), "conditions",
                                        "type", "Active", "state", "CONDITION_FAILED", "type", "Ready", "state",
                                        failed ? "CONDITION_FAILED" : "CONDITION_SUCCEEDED"));
        p += len + failed;
    }
    return all;
}

/* "a=90 b=10 LATEST#tag", LATEST being `latest`. */
static json_t *service(const char *traffic, const char *latest)
{
    json_t *rows = json_array();

    for (const char *p = traffic; *p; p += *p == ' ') {
        size_t len = strcspn(p, " "), name = strcspn(p, "=# ");
        json_t *row = json_object();

        if (strncmp(p, "LATEST", 6) != 0)
            json_object_set_new(row, "revision", json_stringn(p, name));
        if (p[name] == '=')
            json_object_set_new(row, "percent", json_integer(strtol(p + name + 1, NULL, 10)));
        if (p[name] == '#')
            json_object_set_new(row, "tag", json_stringn(p + name + 1, len - name - 1));
        json_array_append_new(rows, row);
        p += len;
    }
    return json_pack("{s:o, s:o}", "traffic", rows, "latestReadyRevision",
                     json_sprintf("projects/p/locations/l/services/s/revisions/%s", latest));
}

static json_t *words(const char *text)
{
    json_t *list = json_array();

    for (const char *p = text; *p; p += *p == ' ') {
        size_t len = strcspn(p, " ");

        json_array_append_new(list, json_stringn(p, len));
        p += len;
    }
    return list;
}

TEST(a_service_goes_back_and_never_forward)
{
    static const struct {
        const char *revisions, *traffic, *served; /* served NULL: no record */
        const char *want;                         /* FROM>TO how, or the start of the message */
    } rows[] = {
        /* without a record: the newest ready one that is older */
        {"a b c", "LATEST=100", NULL, "c>b newest-older"},
        {"a b c", "b=100", NULL, "b>a newest-older"},
        {"a b! c", "c=100", NULL, "c>a newest-older"},
        {"a b c d e", "a=100", NULL, "no ready revision is older than 'a'"},
        {"a! b", "b=100", NULL, "no ready revision is older than 'b'"},
        {"a", "LATEST=100", NULL, "no ready revision is older than 'a'"},
        {"a b c", "", NULL, "c>b newest-older"},
        /* with one: what served before the current one */
        {"a b c", "c=100", "a c", "c>a served-before"},
        {"a b c d e", "d=100", "a b d", "d>b served-before"},
        {"a b c", "LATEST=100", "a b c", "c>b served-before"},
        {"a b c", "b=100", "a b c b", "b>a served-before"},
        {"a b c", "a=100", "a b c b a", "no ready revision is older than 'a'"},
        {"a b c d e", "a=100", "a b c d e a", "no ready revision is older than 'a'"},
        /* a record that no longer holds */
        {"a b! c d", "d=100", "a b d", "d>a served-before"},
        {"a c d", "d=100", "a b d", "d>a served-before"},
        {"b c d", "d=100", "a d", "d>c newest-older"},
        {"a b c d", "d=100", "a b", "d>c newest-older"},
        {"a b c d", "d=100", "d", "d>c newest-older"},
        /* shares: what serves most is the current one */
        {"a b c", "b=90 c=10", "a b", "b>a served-before"},
        {"a b c", "b=10 LATEST=90", "a b c", "c>b served-before"},
        {"a b c", "b=40 a=30 LATEST=30", NULL, "b>a newest-older"},
        {"a b c", "a=50 b=50", NULL, "b>a newest-older"},
        {"a b c", "c=30 b=40 c=30", NULL, "c>b newest-older"},
        {"a b c", "b=100 c#canary", NULL, "b>a newest-older"},
        /* nothing serves */
        {"a b", "gone=100", NULL, "no revision serves"},
        {"", "", NULL, "no revision serves"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const char *space = strrchr(rows[i].revisions, ' ');
        json_auto_t *all = revisions(rows[i].revisions),
                    *live = service(rows[i].traffic, space ? space + 1 : rows[i].revisions),
                    *served = rows[i].served ? words(rows[i].served) : NULL;
        CR_AUTO_FREE char *got = NULL;
        struct cr_rollback choice;
        struct cr_error err = {0};

        if (cr_rollback_choose(live, all, served, NULL, &choice, &err) == 0)
            got = cr_format("%s>%s %s", choice.from, choice.to, cr_rollback_reason_name(choice.reason));
        else
            got = cr_strdup(err.msg);
        if (strncmp(got, rows[i].want, strlen(rows[i].want)) != 0)
            fail_msg("row %zu: '%s', not '%s'", i, got, rows[i].want);
        assert_int_equal(err.code != CR_OK, *err.hint != '\0');
    }
}

TEST(one_that_is_named_may_be_newer_but_must_be_ready)
{
    json_auto_t *all = revisions("a b c!"), *live = service("a=100", "b");
    struct cr_rollback choice;
    struct cr_error err = {0};

    assert_ok(cr_rollback_choose(live, all, NULL, "b", &choice, &err), &err);
    assert_string_equal(choice.to, "b");
    assert_int_equal(choice.reason, CR_ROLLBACK_NAMED);
    assert_int_equal(cr_rollback_choose(live, all, NULL, "c", &choice, &err), -1);
    assert_non_null(strstr(err.msg, "not ready"));
    assert_int_equal(cr_rollback_choose(live, all, NULL, "d", &choice, &err), -1);
    assert_non_null(strstr(err.msg, "no revision 'd'"));
}

/* The API leaves zeros off the end of a fraction. */
TEST(age_is_compared_as_time_and_not_as_text)
{
    static const struct {
        const char *older, *newer;
    } rows[] = {
        {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.1Z"},
        {"2026-01-02T03:04:05.09Z", "2026-01-02T03:04:05.1Z"},
        {"2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.100001Z"},
        {"2026-01-02T03:04:59.9Z", "2026-01-02T03:05:00Z"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++)
        for (int swap = 0; swap < 2; swap++) {
            json_auto_t *all = revisions("a b"), *live = service(swap ? "a=100" : "b=100", "b");
            struct cr_rollback choice;
            struct cr_error err = {0};

            json_object_set_new(json_array_get(all, 1), "createTime", json_string(rows[i].older));
            json_object_set_new(json_array_get(all, 0), "createTime", json_string(rows[i].newer));
            assert_int_equal(cr_rollback_choose(live, all, NULL, NULL, &choice, &err), swap ? -1 : 0);
        }
}

TEST(the_record_keeps_the_last_twenty_and_nothing_twice_in_a_row)
{
    json_t *list = cr_rollback_record(NULL, "");

    assert_int_equal(json_array_size(list), 0);
    for (int i = 0; i < 25; i++) {
        CR_AUTO_FREE char *name = cr_format("r%d", i);

        for (int again = 0; again < 2; again++) {
            json_t *next = cr_rollback_record(list, name);

            json_decref(list);
            list = next;
        }
    }
    assert_int_equal(json_array_size(list), 20);
    assert_string_equal(json_string_value(json_array_get(list, 0)), "r5");
    assert_string_equal(json_string_value(json_array_get(list, 19)), "r24");
    json_decref(list);
}

TEST_MAIN(cmocka_unit_test(a_service_goes_back_and_never_forward),
          cmocka_unit_test(one_that_is_named_may_be_newer_but_must_be_ready),
          cmocka_unit_test(age_is_compared_as_time_and_not_as_text),
          cmocka_unit_test(the_record_keeps_the_last_twenty_and_nothing_twice_in_a_row))
