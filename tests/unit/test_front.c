/* Which container takes the requests. */
#include "lib/test.h"

#include <string.h>

#include "core/front.h"

/* "a:80 b": containers by name, those with a port behind a colon. */
static json_t *containers_of(const char *text)
{
    json_t *list = json_array();

    for (size_t n; *text; text += n + (text[n] == ' ')) {
        json_t *one = json_pack("{s:s%}", "name", text, (size_t)1);

        n = strcspn(text, " ");
        if (n > 1)
            json_object_set_new(one, "ports", json_pack("[{s:i}]", "containerPort", 80));
        json_array_append_new(list, one);
    }
    return list;
}

static const char *name_of(const json_t *container)
{
    return container ? json_string_value(json_object_get(container, "name")) : "";
}

TEST(the_only_one_or_the_one_with_a_port)
{
    static const struct {
        const char *containers, *front, *or_first;
    } rows[] = {
        {"", "", ""},       {"a", "a", "a"},       {"a:", "a", "a"}, {"a b:", "b", "b"},
        {"a: b", "a", "a"}, {"a b: c:", "b", "b"}, {"a b", "", "a"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *list = containers_of(rows[i].containers);

        assert_string_equal(name_of(cr_front(list)), rows[i].front);
        assert_string_equal(name_of(cr_front_or_first(list)), rows[i].or_first);
    }
    assert_null(cr_front(NULL));
    assert_null(cr_front_or_first(NULL));
}

TEST_MAIN(cmocka_unit_test(the_only_one_or_the_one_with_a_port))
