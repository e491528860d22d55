/*
 * Input: a template, a NUL, JSON data. Properties: rendering ends; the same input gives the same output; a fault has a
 * place; in a Dockerfile no value brings a line, and in C no value ends a string.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/template.h"

static int self(void *ud, const char *name, char **text, size_t *len, struct cr_error *err)
{
    const struct cr_template *t = ud;

    (void)err;
    if (strcmp(name, "self") == 0) {
        *text = cr_strndup(t->text, t->len);
        *len = t->len;
    }
    return 0;
}

/* A raw tag may also be written with blanks: {{ {x}}}. */
static int has_blank_brace(const struct cr_template *t)
{
    for (size_t i = 1; i < t->len; i++)
        if (t->text[i] == '{' && strchr(" \t\r\n", t->text[i - 1]))
            return 1;
    return 0;
}

static void check(struct cr_template *t, const json_t *data)
{
    struct cr_error err = {0}, again = {0};
    char *one = NULL, *two = NULL;
    size_t len = 0, len_two = 0;
    int rc = cr_template_render(t, data, &one, &len, &err),
        rc_two = cr_template_render(t, data, &two, &len_two, &again);

    if (rc != rc_two || len != len_two || (rc == 0 && memcmp(one, two, len) != 0))
        abort();
    if (rc < 0 && (err.code != CR_E_CONFIG || !strchr(err.msg, ':')))
        abort();
    /* no newline in the template, none in the output: values cannot bring one */
    if (rc == 0 && t->escape == CR_ESC_DOCKERFILE && !memchr(t->text, '\n', t->len) && memchr(one, '\n', len))
        abort();
    if (rc == 0 && t->escape == CR_ESC_C && !memchr(t->text, '"', t->len) && !memmem(t->text, t->len, "{{{", 3) &&
        !memchr(t->text, '&', t->len) && !memchr(t->text, '=', t->len) && !has_blank_brace(t) && memchr(one, '"', len))
        abort(); /* without raw tags no value can end a C string */
    free(one);
    free(two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum cr_escape kinds[] = {CR_ESC_HTML, CR_ESC_NONE, CR_ESC_C, CR_ESC_JSON, CR_ESC_DOCKERFILE};
    const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
    size_t len = nul ? (size_t)(nul - data) : size;
    json_t *values =
        nul ? json_loadb((const char *)nul + 1, size - len - 1, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;

    if (!values)
        values = json_object();
    for (size_t i = 0; i < CR_LEN(kinds); i++) {
        struct cr_template t = {
            .name = "t", .text = (const char *)data, .len = len, .escape = kinds[i], .max = 1 << 16, .partial = self};

        t.ud = &t;
        check(&t, values);
    }
    json_decref(values);
    return 0;
}
