#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "json_size.h"
#include "lib/json_peak.h"

/* A text of `n` pieces between two others; "%zu" in a piece is its number. */
static char *repeat(const char *before, const char *piece, size_t n, const char *after, size_t *length)
{
    const char *number = strstr(piece, "%zu");
    char *text = NULL;
    FILE *f = open_memstream(&text, length);

    assert_non_null(f);
    fputs(before, f);
    for (size_t i = 0; i < n; i++) {
        if (number)
            fprintf(f, "%.*s%zu%s", (int)(number - piece), piece, i, number + 3);
        else
            fputs(piece, f);
    }
    fputs(after, f);
    fclose(f);
    return text;
}

TEST(what_a_text_takes_once_parsed_is_never_more_than_was_counted)
{
    static const struct {
        const char *before, *piece, *after;
    } cases[] = {
        {"[", "{},", "1]"},
        {"[", "[],", "1]"},
        {"[", "1,", "1]"},
        {"[", "1.5,", "1]"},
        {"[", "\"\",", "1]"},
        {"[", "\"a\",", "1]"},
        {"[", "\"\\u00e9\",", "1]"},
        {"[", "\"a text of thirty-one characters\",", "1]"},
        {"[", "true,", "1]"},
        {"[", "[1],", "1]"},
        {"[", "{\"\":1},", "1]"},
        {"[", "{\"a\":{}},", "1]"},
        {"[", "[[[]]],", "1]"},
        {"{", "\"%zu\":1,", "\"a\":1}"},
        {"{", "\"%zu\":[],", "\"a\":1}"},
        {"{", "\"%zu\":{},", "\"a\":1}"},
        {"{", "\"%zu\":\"\",", "\"a\":1}"},
        {"[\"", "x", "\"]"},
        {"[\"", "\\\"", "\"]"},
        {"", "[", ""},
        {"", "{\"\":", ""},
        {"[", "1", "]"},
        {"", " ", ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t n = 0; n < 20000; n = n < 20 ? n + 1 : n * 3 / 2) {
            size_t length, most, counted;
            char *text = repeat(cases[i].before, cases[i].piece, n, cases[i].after, &length);

            most = json_peak(text, length);
            counted = json_size(text, length);
            if (most > counted)
                fail_msg("%zu times %s: %zu bytes, counted %zu", n, cases[i].piece, most, counted);
            free(text);
        }
    }
}

TEST(numbers_of_a_tensor_are_not_counted_many_times_over)
{
    size_t length;
    char *text = repeat("[", "0.123,", 10000, "1]", &length);

    assert_true(json_size(text, length) < 3 * json_peak(text, length));
    free(text);
}

TEST_MAIN(cmocka_unit_test(what_a_text_takes_once_parsed_is_never_more_than_was_counted),
          cmocka_unit_test(numbers_of_a_tensor_are_not_counted_many_times_over))
