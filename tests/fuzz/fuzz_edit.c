/* Whatever is taken as a list is its items with the delimiter between them, one of which may end it; whatever is taken
 * as pairs has keys, and as many as the list has at most. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The delimiter of a text that was taken, and what stands behind its carets. */
static const char *body(const char *text, char *between)
{
    const char *end = *text == '^' ? strchr(text + 1, '^') : NULL;

    memcpy(between, ",", 2);
    if (!end)
        return text;
    memcpy(between, text + 1, (size_t)(end - text - 1));
    between[end - text - 1] = '\0';
    return end + 1;
}

static void check_list(const json_t *list, const char *text)
{
    char between[256];
    const char *at = body(text, between);
    json_t *item;
    size_t i;

    json_array_foreach((json_t *)list, i, item)
    {
        const char *word = json_string_value(item);

        assert(!strstr(word, between));
        assert(strncmp(at, word, strlen(word)) == 0);
        at += strlen(word);
        if (*at) {
            assert(strncmp(at, between, strlen(between)) == 0);
            at += strlen(between);
        }
    }
    assert(!*at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[256];
    const struct cr_edit e = {.flag = CR_FLAG_SET_ENV_VARS, .text = text, .place = "--set-env-vars"};
    struct cr_error err = {0};
    json_auto_t *list = NULL, *dict = NULL;
    const char *key;
    json_t *value;

    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (cr_edit_list(&e, &list, &err) < 0) {
        assert(err.code == CR_E_USAGE && *err.msg);
        return 0;
    }
    check_list(list, text);
    if (cr_edit_dict(&e, &dict, &err) < 0)
        return 0;
    assert(json_object_size(dict) <= json_array_size(list));
    json_object_foreach(dict, key, value)
    {
        assert(*key && !strchr(key, '=') && json_is_string(value));
    }
    return 0;
}
