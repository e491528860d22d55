#include "lib/test.h"

#include <string.h>

#include "lib/local_call.h"
#include "local/route.h"

static void nothing(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    (void)l;
    (void)rq;
    local_reply_empty(rp, 204);
}

static const struct local_row rows[] = {
    {"GET", "/a", nothing, NULL, "", "", 0, NULL},       {"GET", "/a/*:do", nothing, NULL, "", "", 0, NULL},
    {"GET", "/a/*", nothing, NULL, "", "", 0, NULL},     {"POST", "/a/*", nothing, NULL, "", "", 0, NULL},
    {"GET", "/a/*/b/*", nothing, NULL, "", "", 0, NULL}, {"GET", "/raw/**", nothing, NULL, "", "", 0, NULL},
};

TEST(patterns)
{
    static const struct {
        const char *method, *target;
        int row; /* -1: none */
        const char *arg0, *arg1;
    } cases[] = {
        {"GET", "/a", 0, NULL, NULL},
        {"GET", "/a/", -1, NULL, NULL},
        {"GET", "/a/x:do", 1, "x", NULL},
        {"GET", "/a/:do", 2, ":do", NULL},
        {"GET", "/a/x:other", 2, "x:other", NULL},
        {"GET", "/a/x?y=1", 2, "x", NULL},
        {"POST", "/a/x", 3, "x", NULL},
        {"PUT", "/a/x", -1, NULL, NULL},
        {"GET", "/a/p%2Fq/b/r%20s", 4, "p/q", "r s"},
        {"GET", "/a/p/q/b/r", -1, NULL, NULL},
        {"GET", "/a/%zz", -1, NULL, NULL},
        {"GET", "/a/%0", -1, NULL, NULL},
        {"GET", "/a/%00", -1, NULL, NULL},
        {"GET", "/raw/x/y/z", 5, "x/y/z", NULL},
        {"GET", "/raw/", -1, NULL, NULL},
        {"GET", "", -1, NULL, NULL},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        struct local_request rq;
        const struct local_row *row;

        local_request_init(&rq, cases[i].method, cases[i].target);
        row = local_route(rows, CR_LEN(rows), &rq);
        if ((row ? (int)(row - rows) : -1) != cases[i].row)
            fail_msg("%s %s met row %d", cases[i].method, cases[i].target, row ? (int)(row - rows) : -1);
        for (int a = 0; a < 2; a++) {
            const char *want = a ? cases[i].arg1 : cases[i].arg0;

            if (want)
                assert_string_equal(rq.arg[a], want);
            else
                assert_null(rq.arg[a]);
        }
        local_request_clear(&rq);
    }
}

TEST(query_is_decoded)
{
    struct local_request rq;

    local_request_init(&rq, "GET", "/x?name=a%2Fb+c&flag&n=1&n=2&bad=%q&=v");
    assert_string_equal(local_query(&rq, "name"), "a/b c");
    assert_string_equal(local_query(&rq, "flag"), "");
    assert_string_equal(local_query(&rq, "n"), "1");
    assert_null(local_query(&rq, "bad"));
    local_request_clear(&rq);
}

/* Every row but the few that say otherwise refuses a caller without the token, and one with a wrong token. */
TEST(token_is_asked_for)
{
    struct local l;

    platform_start(&l);
    for (size_t i = 0; i < local_row_count; i++) {
        static const char *const wrong[] = {"Authorization:", "Authorization: Bearer ",
                                            "Authorization: Bearer 012345678", "Authorization: Bearer 01234567890",
                                            "Authorization: Basic 0123456789"};

        if (local_rows[i].flags & (LOCAL_NO_TOKEN | LOCAL_OWN_USER))
            continue;
        for (size_t w = 0; w < CR_LEN(wrong); w++) {
            struct answer a = call_full(&l, local_rows[i].method, local_rows[i].pattern, wrong[w], NULL, 0, -1);

            if (a.status != 401)
                fail_msg("%s %s answered %d to '%s'", local_rows[i].method, local_rows[i].pattern, a.status, wrong[w]);
            assert_string_equal(at(a.json, "error.status"), "UNAUTHENTICATED");
            answer_clear(&a);
        }
    }
    platform_stop(&l);
}

TEST(unknown_query_is_refused)
{
    struct local l;
    struct answer a;

    platform_start(&l);
    a = call(&l, "GET", P "/services?pagesize=3", NULL);
    assert_int_equal(a.status, 400);
    assert_non_null(strstr(at(a.json, "error.message"), "\"pagesize\""));
    answer_clear(&a);
    assert_int_equal(call_status(&l, "GET", P "/services?pageSize=3&alt=json", NULL), 200);
    assert_int_equal(call_status(&l, "GET", "/v9/nothing", NULL), 404);
    platform_stop(&l);
}

TEST_MAIN(cmocka_unit_test(patterns), cmocka_unit_test(query_is_decoded), cmocka_unit_test(token_is_asked_for),
          cmocka_unit_test(unknown_query_is_refused))
