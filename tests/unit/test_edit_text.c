#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "core/edit.h"

typedef int parse(const struct cr_edit *e, json_t **value, struct cr_error *err);

struct row {
    const char *text;
    const char *want; /* as JSON; NULL: refused */
    const char *msg;  /* a part of it, for what is refused */
};

static void check(parse *read, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct cr_edit e = {.flag = CR_FLAG_SET_ENV_VARS, .text = rows[i].text, .place = "--set-env-vars"};
        struct cr_error err = {0};
        json_auto_t *value = NULL, *want = rows[i].want ? json_loads(rows[i].want, 0, NULL) : NULL;
        int ret = read(&e, &value, &err);

        if (want) {
            CR_AUTO_FREE char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
            CR_AUTO_FREE char *wanted = json_dumps(want, JSON_COMPACT);

            if (ret < 0 || strcmp(text, wanted) != 0)
                fail_msg("'%s' is %s, not %s: %s", rows[i].text, text, wanted, err.msg);
            continue;
        }
        if (!ret)
            fail_msg("'%s' was taken", rows[i].text);
        assert_int_equal(err.code, CR_E_USAGE);
        assert_null(value);
        if (strncmp(err.msg, "--set-env-vars: ", 16) != 0 || !strstr(err.msg, rows[i].msg))
            fail_msg("'%s' says '%s', not '%s'", rows[i].text, err.msg, rows[i].msg);
    }
}

TEST(lists_are_separated_by_commas_or_what_stands_between_carets)
{
    static const struct row rows[] = {
        {"", "[]", NULL},
        {"a", "[\"a\"]", NULL},
        {"a,b", "[\"a\",\"b\"]", NULL},
        {"a,b,", "[\"a\",\"b\"]", NULL},
        {"a,,b", "[\"a\",\"\",\"b\"]", NULL},
        {",a", "[\"\",\"a\"]", NULL},
        {",", "[\"\"]", NULL},
        {",,", "[\"\",\"\"]", NULL},
        {"a b, c", "[\"a b\",\" c\"]", NULL},
        {"--model=/m,-v", "[\"--model=/m\",\"-v\"]", NULL},
        {"^@^a,b@c", "[\"a,b\",\"c\"]", NULL},
        {"^::^a:b::c", "[\"a:b\",\"c\"]", NULL},
        {"^::^a::", "[\"a\"]", NULL},
        {"^::^a:::b", "[\"a\",\":b\"]", NULL},
        {"^,^a,b", "[\"a\",\"b\"]", NULL},
        {"^@^", "[]", NULL},
        {"^a,b", "[\"^a\",\"b\"]", NULL},
        {"a^@^b", "[\"a^@^b\"]", NULL},
        {"^ü^aüb", "[\"a\",\"b\"]", NULL},
        {"^^a", NULL, "nothing stands between"},
        {"a,\xff", NULL, "UTF-8"},
    };

    check(cr_edit_list, rows, CR_LEN(rows));
}

TEST(pairs_keep_their_order_and_the_last_of_a_key_counts)
{
    static const struct row rows[] = {
        {"", "{}", NULL},
        {"A=1", "{\"A\":\"1\"}", NULL},
        {"B=1,A=2", "{\"B\":\"1\",\"A\":\"2\"}", NULL},
        {"A=1,B=2,A=3", "{\"A\":\"3\",\"B\":\"2\"}", NULL},
        {"A=", "{\"A\":\"\"}", NULL},
        {"A==", "{\"A\":\"=\"}", NULL},
        {"URL=https://x.example/?a=b", "{\"URL\":\"https://x.example/?a=b\"}", NULL},
        {"^@^HOSTS=a.example,b.example@MODE=x=y", "{\"HOSTS\":\"a.example,b.example\",\"MODE\":\"x=y\"}", NULL},
        {"^::^A=1,2::B=3", "{\"A\":\"1,2\",\"B\":\"3\"}", NULL},
        {"A=line\nnext", "{\"A\":\"line\\nnext\"}", NULL},
        {"JUSTKEY", NULL, "'JUSTKEY' has no '='"},
        {"=x", NULL, "'=x' has no key"},
        {"A=1,,B=2", NULL, "'' has no '='"},
        {"A=1,2", NULL, "'2' has no '='"},
    };

    check(cr_edit_dict, rows, CR_LEN(rows));
}

TEST(whole_numbers_stay_within_their_bounds)
{
    static const struct {
        const char *text;
        int64_t min, max, want; /* -1: refused */
        const char *hint;
    } rows[] = {
        {"1", 1, 9, 1, NULL},
        {"9", 1, 9, 9, NULL},
        {"+3", 0, 9, 3, NULL},
        {"0", 1, 9, -1, "the least is 1"},
        {"-1", 1, INT64_MAX, -1, "the least is 1"},
        {"10", 1, 9, -1, "the most is 9"},
        {"many", 1, 9, -1, "from 1 to 9"},
        {"", 1, INT64_MAX, -1, "from 1 up"},
        {"1.5", 1, 9, -1, "from 1 to 9"},
        {"99999999999999999999", 1, INT64_MAX, -1, "from 1 up"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct cr_edit e = {.flag = CR_FLAG_PORT, .text = rows[i].text, .place = "--port"};
        struct cr_error err = {0};
        int64_t number = -77;
        int ret = cr_edit_whole(&e, rows[i].min, rows[i].max, &number, &err);

        if (rows[i].want >= 0) {
            assert_int_equal(ret, 0);
            assert_int_equal(number, rows[i].want);
            continue;
        }
        assert_int_equal(ret, -1);
        assert_int_equal(number, -77);
        assert_string_equal(err.hint + (strlen(err.hint) - strlen(rows[i].hint)), rows[i].hint);
    }
}

TEST_MAIN(cmocka_unit_test(lists_are_separated_by_commas_or_what_stands_between_carets),
          cmocka_unit_test(pairs_keep_their_order_and_the_last_of_a_key_counts),
          cmocka_unit_test(whole_numbers_stay_within_their_bounds))
