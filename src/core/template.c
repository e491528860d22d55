#include "core/template.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/template_parse.h"

/* Tokens rendered and bytes of partials read, at most: what nests and repeats ends, even when it prints nothing. */
#define WORK_MAX (8 << 20)
#define OUTPUT_MAX (16 << 20)

struct run {
    const struct cr_template *t;
    struct cr_str out;
    const json_t *stack[CR_TEMPLATE_DEPTH + 1]; /* contexts, innermost last */
    size_t depth;                               /* contexts */
    size_t nesting;                             /* sections and partials inside one another */
    size_t work;
};

enum cr_escape cr_escape_of(const char *name)
{
    CR_AUTO_FREE char *base = cr_strdup(strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
    char *end = strrchr(base, '.');

    if (end && !strcmp(end, ".mustache")) {
        *end = '\0';
        end = strrchr(base, '.');
    }
    if (!strncmp(base, "Dockerfile", 10) || !strncmp(base, "Containerfile", 13) || !strcmp(base, ".dockerignore") ||
        (end && !strcmp(end, ".Dockerfile")))
        return CR_ESC_DOCKERFILE;
    if (end && (!strcmp(end, ".c") || !strcmp(end, ".h")))
        return CR_ESC_C;
    return end && !strcmp(end, ".json") ? CR_ESC_JSON : CR_ESC_HTML;
}

static int escape_html(struct cr_str *out, const char *s, size_t n, struct cr_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const char *to = s[i] == '&'    ? "&amp;"
                         : s[i] == '<'  ? "&lt;"
                         : s[i] == '>'  ? "&gt;"
                         : s[i] == '"'  ? "&quot;"
                         : s[i] == '\'' ? "&#39;"
                                        : NULL;

        if ((to ? cr_str_add(out, to, strlen(to), err) : cr_str_add(out, s + i, 1, err)) < 0)
            return -1;
    }
    return 0;
}

/* Octal always has three digits, so a digit that follows is not taken into it. A backslash is octal too: one at the end
 * of a // comment would continue it. So is the slash behind a star, which would end a comment, and every question mark,
 * which could begin a trigraph. */
static int escape_c(struct cr_str *out, const char *s, size_t n, struct cr_error *err)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        bool octal = c < 0x20 || c == 0x7F || strchr("\"'\\?", c) || (c == '/' && i && s[i - 1] == '*') ||
                     (c == '*' && i && s[i - 1] == '/');

        if ((octal ? cr_str_addf(out, err, "\\%03o", c) : cr_str_add(out, s + i, 1, err)) < 0)
            return -1;
    }
    return 0;
}

static int escape_json(struct cr_str *out, const char *s, size_t n, struct cr_error *err)
{
    json_auto_t *value = json_stringn(s, n);
    CR_AUTO_FREE char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

    if (!text)
        return cr_fail(err, CR_E_CONFIG, "the value is not UTF-8");
    return cr_str_add(out, text + 1, strlen(text) - 2, err);
}

static int escape_dockerfile(struct cr_str *out, const char *s, size_t n, bool raw, struct cr_error *err)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        if (c < 0x20 || c == 0x7F)
            return cr_fail(err, CR_E_CONFIG,
                           "the value has the control character 0x%02x, which a Dockerfile cannot take", c);
        if (!raw && (c == '"' || c == '\\' || c == '$') && cr_str_add(out, "\\", 1, err) < 0)
            return -1;
        if (cr_str_add(out, s + i, 1, err) < 0)
            return -1;
    }
    if (raw && n && s[n - 1] == '\\')
        return cr_fail(err, CR_E_CONFIG, "the value ends with a backslash, which would join two lines of a Dockerfile");
    return 0;
}

static int escape(struct run *r, bool raw, const char *s, size_t n, struct cr_error *err)
{
    if (r->t->escape == CR_ESC_DOCKERFILE)
        return escape_dockerfile(&r->out, s, n, raw, err);
    if (raw || r->t->escape == CR_ESC_NONE)
        return cr_str_add(&r->out, s, n, err);
    if (r->t->escape == CR_ESC_HTML)
        return escape_html(&r->out, s, n, err);
    return r->t->escape == CR_ESC_C ? escape_c(&r->out, s, n, err) : escape_json(&r->out, s, n, err);
}

/* The shortest decimal that reads back as the same number, with a point in every locale: jansson sees to that. */
static char *real_text(const json_t *value)
{
    for (int digits = 15; digits < 17; digits++) {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
        json_auto_t *back = json_loads(text, JSON_DECODE_ANY, NULL);

        if (back && json_number_value(back) == json_real_value(value))
            return text;
        free(text);
    }
    return json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
}

static int print(struct run *r, const json_t *value, bool raw, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL;

    if (!value || json_is_null(value))
        return 0;
    if (json_is_string(value))
        return escape(r, raw, json_string_value(value), json_string_length(value), err);
    text = json_is_real(value) ? real_text(value) : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    if (!text)
        return cr_fail(err, CR_E_CONFIG, "the value cannot be written as text");
    return escape(r, raw, text, strlen(text), err);
}

static const json_t *member(const json_t *of, const char *s, size_t n)
{
    CR_AUTO_FREE char *key = NULL;

    if (!json_is_object(of))
        return NULL; /* without a copy of the name: lists of plain values are looked through often */
    key = cr_strndup(s, n);
    return json_object_get(of, key);
}

/* The first part of a dotted name is looked for from the inside outwards, the others only inside what it found. */
static const json_t *look_up(const struct run *r, const char *s, size_t n)
{
    const char *dot = memchr(s, '.', n);
    size_t first = dot ? (size_t)(dot - s) : n;
    const json_t *value = NULL;

    if (n == 1 && *s == '.')
        return r->stack[r->depth - 1];
    for (size_t i = r->depth; i-- > 0 && !value;)
        value = member(r->stack[i], s, first);
    while (value && dot) {
        n -= (size_t)(dot + 1 - s);
        s = dot + 1;
        dot = memchr(s, '.', n);
        value = member(value, s, dot ? (size_t)(dot - s) : n);
    }
    return value;
}

static bool is_true(const json_t *value)
{
    if (!value || json_is_null(value) || json_is_false(value))
        return false;
    if (json_is_array(value))
        return json_array_size(value) > 0;
    return !json_is_string(value) || json_string_length(value) > 0;
}

static int render(struct run *r, const struct tpl *t, size_t from, size_t to, struct cr_error *err);

static int render_inside(struct run *r, const struct tpl *t, size_t at, const json_t *context, struct cr_error *err)
{
    int rc;

    if (++r->work > WORK_MAX) /* counted here as well: the body may be empty */
        return tpl_fail(t, t->token[at].at, err, "the template does not come to an end");
    r->stack[r->depth++] = context;
    rc = render(r, t, at + 1, t->token[at].end, err);
    r->depth--;
    return rc;
}

static int render_section(struct run *r, const struct tpl *t, size_t at, struct cr_error *err)
{
    const struct tpl_token *k = &t->token[at];
    const json_t *value = look_up(r, k->s, k->n), *item;
    size_t i;
    int rc = 0;

    if (is_true(value) == (k->kind == TPL_INVERTED))
        return 0;
    if (r->nesting == CR_TEMPLATE_DEPTH)
        return tpl_fail(t, k->at, err, "sections and partials stand more than %d deep", CR_TEMPLATE_DEPTH);
    r->nesting++;
    if (k->kind == TPL_INVERTED) {
        rc = render(r, t, at + 1, k->end, err);
    } else if (json_is_array(value)) {
        for (i = 0; rc == 0 && (item = json_array_get(value, i)); i++)
            rc = render_inside(r, t, at, item, err);
    } else {
        rc = render_inside(r, t, at, value, err);
    }
    r->nesting--;
    return rc;
}

/* Puts the indentation before every line, as the specification asks: before rendering, so lines of values are left
 * alone. */
static int indent(const char *text, size_t len, const char *blanks, size_t n, struct cr_str *out, struct cr_error *err)
{
    for (const char *end = text + len, *line = text; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));

        next = next ? next + 1 : end;
        if (cr_str_add(out, blanks, n, err) < 0 || cr_str_add(out, line, (size_t)(next - line), err) < 0)
            return -1;
        line = next;
    }
    return 0;
}

static int render_partial(struct run *r, const struct tpl *t, const struct tpl_token *k, struct cr_error *err)
{
    CR_AUTO_FREE char *name = cr_strndup(k->s, k->n), *text = NULL;
    CR_AUTO_STR struct cr_str whole = CR_STR_INIT(OUTPUT_MAX);
    CR_AUTO(tpl_clear) struct tpl part = {.name = name, .shift = k->indent};
    size_t len = 0;
    int rc;

    if (!r->t->partial)
        return 0;
    if (r->nesting == CR_TEMPLATE_DEPTH)
        return tpl_fail(t, k->at, err, "sections and partials stand more than %d deep", CR_TEMPLATE_DEPTH);
    if (r->t->partial(r->t->ud, name, &text, &len, err) < 0)
        return -1;
    if (!text)
        return 0;
    if (indent(text, len, k->s ? t->text + k->at - k->indent : "", k->indent, &whole, err) < 0)
        return -1;
    part.text = whole.buf;
    part.len = whole.len;
    r->work += whole.len;
    if (tpl_parse(&part, CR_TEMPLATE_DEPTH, err) < 0)
        return -1;
    r->nesting++;
    rc = render(r, &part, 0, part.tokens, err);
    r->nesting--;
    return rc;
}

static int render_value(struct run *r, const struct tpl *t, const struct tpl_token *k, struct cr_error *err)
{
    struct cr_error why = {0};

    if (print(r, look_up(r, k->s, k->n), k->kind == TPL_RAW, &why) < 0)
        return tpl_fail(t, k->at, err, "'%.*s': %s", (int)k->n, k->s, why.msg);
    return 0;
}

static int render(struct run *r, const struct tpl *t, size_t from, size_t to, struct cr_error *err)
{
    for (size_t i = from; i < to; i++) {
        const struct tpl_token *k = &t->token[i];
        int rc = 0;

        if (++r->work > WORK_MAX)
            return tpl_fail(t, k->at, err, "the template does not come to an end");
        if (k->kind == TPL_TEXT)
            rc = cr_str_add(&r->out, k->s, k->n, err) < 0
                     ? tpl_fail(t, k->at, err, "the output is over %zu bytes", r->out.max)
                     : 0;
        else if (k->kind == TPL_VALUE || k->kind == TPL_RAW)
            rc = render_value(r, t, k, err);
        else if (k->kind == TPL_PARTIAL)
            rc = render_partial(r, t, k, err);
        else if (k->kind != TPL_CLOSE)
            rc = render_section(r, t, i, err);
        if (rc < 0)
            return -1;
        if (k->kind == TPL_SECTION || k->kind == TPL_INVERTED)
            i = k->end;
    }
    return 0;
}

int cr_template_render(const struct cr_template *t, const json_t *data, char **out, size_t *out_len,
                       struct cr_error *err)
{
    struct run r = {.t = t, .out = CR_STR_INIT(t->max ? t->max : OUTPUT_MAX), .stack = {data}, .depth = 1};
    CR_AUTO(tpl_clear) struct tpl whole = {.name = t->name, .text = t->text, .len = t->len};

    if (tpl_parse(&whole, CR_TEMPLATE_DEPTH, err) < 0 || render(&r, &whole, 0, whole.tokens, err) < 0) {
        cr_str_free(&r.out);
        return -1;
    }
    if (out_len)
        *out_len = r.out.len;
    *out = cr_str_take(&r.out);
    return 0;
}
