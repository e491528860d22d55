#include "core/template_parse.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

struct parser {
    struct tpl *t;
    size_t pos;
    const char *open, *close; /* delimiters, in the text or literals */
    size_t open_len, close_len;
    size_t *stack; /* indexes of sections not closed yet */
    size_t depth, max_depth;
};

struct tag {
    char sigil;       /* 0: plain */
    size_t at, after; /* first byte of the tag, first byte behind it */
    const char *s;
    size_t n;
};

int tpl_fail(const struct tpl *t, size_t at, struct cr_error *err, const char *fmt, ...)
{
    char what[sizeof(err->msg)];
    size_t line = 1, column = 1;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < at; i++) {
        if (t->text[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)t->text[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    column = column > t->shift ? column - t->shift : 1;
    return cr_fail(err, CR_E_CONFIG, "%s:%zu:%zu: %s", t->name, line, column, what);
}

static struct tpl_token *add(struct tpl *t, enum tpl_kind kind, const char *s, size_t n, size_t at)
{
    if (t->tokens == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 32;
        t->token = cr_realloc(t->token, t->cap * sizeof(*t->token));
    }
    t->token[t->tokens] = (struct tpl_token){.kind = kind, .s = s, .n = n, .at = at};
    return &t->token[t->tokens++];
}

static void add_text(struct tpl *t, size_t from, size_t to)
{
    if (to > from)
        add(t, TPL_TEXT, t->text + from, to - from, from);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool space(char c)
{
    return blank(c) || c == '\n' || c == '\r';
}

static void trim(const char **s, size_t *n)
{
    while (*n && space(**s)) {
        (*s)++;
        (*n)--;
    }
    while (*n && space((*s)[*n - 1]))
        (*n)--;
}

/* Reads the tag whose opening delimiter stands at `at`. */
static int read_tag(struct parser *p, size_t at, struct tag *tag, struct cr_error *err)
{
    const char *s = p->t->text + at + p->open_len, *end = p->t->text + p->t->len, *stop;
    CR_AUTO_FREE char *closer = NULL;
    const char *own; /* {{{x}}} and {{=a b=}} have a character of their own before the delimiter */

    while (s < end && space(*s))
        s++;
    tag->at = at;
    tag->sigil = s < end && strchr("#^/!>&={<$", *s) ? *s : '\0';
    s += tag->sigil != '\0';
    own = tag->sigil == '{' ? "}" : tag->sigil == '=' ? "=" : "";
    closer = cr_format("%s%.*s", own, (int)p->close_len, p->close);
    stop = memmem(s, (size_t)(end - s), closer, strlen(closer));
    if (!stop)
        return tpl_fail(p->t, at, err, "the tag is not closed with '%s'", closer);
    tag->s = s;
    tag->n = (size_t)(stop - s);
    tag->after = (size_t)(stop - p->t->text) + strlen(closer);
    trim(&tag->s, &tag->n);
    return 0;
}

/* A tag alone on its line takes the line with it. *from becomes the line's start, *after the next line's. */
static bool stands_alone(const struct tpl *t, size_t *from, size_t *after)
{
    size_t a = *from, b = *after;

    while (a && blank(t->text[a - 1]))
        a--;
    while (b < t->len && blank(t->text[b]))
        b++;
    if (a && t->text[a - 1] != '\n')
        return false;
    if (b < t->len) {
        if (t->text[b] == '\r' && b + 1 < t->len && t->text[b + 1] == '\n')
            b++;
        if (t->text[b] != '\n')
            return false;
        b++;
    }
    *from = a;
    *after = b;
    return true;
}

static int set_delimiters(struct parser *p, const struct tag *tag, struct cr_error *err)
{
    size_t i = 0, j = tag->n;

    while (i < tag->n && !space(tag->s[i]))
        i++;
    while (j > i && !space(tag->s[j - 1]))
        j--;
    for (size_t k = i; k < j; k++)
        if (!space(tag->s[k]))
            return tpl_fail(p->t, tag->at, err, "set two delimiters, as in {{=<%% %%>=}}");
    if (!i || j == tag->n || i == tag->n || memchr(tag->s, '=', tag->n))
        return tpl_fail(p->t, tag->at, err, "set two delimiters without '=', as in {{=<%% %%>=}}");
    p->open = tag->s;
    p->open_len = i;
    p->close = tag->s + j;
    p->close_len = tag->n - j;
    return 0;
}

static int open_section(struct parser *p, const struct tag *tag, struct cr_error *err)
{
    if (p->depth == p->max_depth)
        return tpl_fail(p->t, tag->at, err, "sections stand more than %zu deep", p->max_depth);
    p->stack[p->depth++] = p->t->tokens;
    add(p->t, tag->sigil == '#' ? TPL_SECTION : TPL_INVERTED, tag->s, tag->n, tag->at);
    return 0;
}

static int close_section(struct parser *p, const struct tag *tag, struct cr_error *err)
{
    struct tpl_token *open;

    if (!p->depth)
        return tpl_fail(p->t, tag->at, err, "'%.*s' is closed but was not opened", (int)tag->n, tag->s);
    open = &p->t->token[p->stack[p->depth - 1]];
    if (open->n != tag->n || memcmp(open->s, tag->s, tag->n) != 0)
        return tpl_fail(p->t, tag->at, err, "'%.*s' is closed where '%.*s' is open", (int)tag->n, tag->s, (int)open->n,
                        open->s);
    open->end = p->t->tokens;
    p->depth--;
    add(p->t, TPL_CLOSE, tag->s, tag->n, tag->at);
    return 0;
}

static int check_name(const struct parser *p, const struct tag *tag, struct cr_error *err)
{
    if (!tag->n)
        return tpl_fail(p->t, tag->at, err, "the tag is empty");
    for (size_t i = 0; i < tag->n; i++)
        if (space(tag->s[i]))
            return tpl_fail(p->t, tag->at, err, "the name '%.*s' has a blank in it", (int)tag->n, tag->s);
    return 0;
}

static int take_tag(struct parser *p, struct tag *tag, size_t indent, struct cr_error *err)
{
    if (tag->sigil == '!')
        return 0;
    if (tag->sigil == '=')
        return set_delimiters(p, tag, err);
    if (tag->sigil == '<' || tag->sigil == '$')
        return tpl_fail(p->t, tag->at, err, "inheritance ('%c') is not part of these templates", tag->sigil);
    if (check_name(p, tag, err) < 0)
        return -1;
    if (tag->sigil == '#' || tag->sigil == '^')
        return open_section(p, tag, err);
    if (tag->sigil == '/')
        return close_section(p, tag, err);
    if (tag->sigil == '>')
        add(p->t, TPL_PARTIAL, tag->s, tag->n, tag->at)->indent = indent;
    else
        add(p->t, tag->sigil ? TPL_RAW : TPL_VALUE, tag->s, tag->n, tag->at);
    return 0;
}

static int parse_all(struct parser *p, struct cr_error *err)
{
    struct tpl *t = p->t;

    while (p->pos < t->len) {
        const char *open = memmem(t->text + p->pos, t->len - p->pos, p->open, p->open_len);
        struct tag tag = {0};
        size_t from, after;
        bool alone;

        if (!open)
            break;
        from = (size_t)(open - t->text);
        if (read_tag(p, from, &tag, err) < 0)
            return -1;
        after = tag.after;
        alone = tag.sigil && strchr("#^/!>=", tag.sigil) && stands_alone(t, &from, &after);
        add_text(t, p->pos, from);
        if (take_tag(p, &tag, alone ? tag.at - from : 0, err) < 0)
            return -1;
        p->pos = after;
    }
    add_text(t, p->pos, t->len);
    if (p->depth) {
        const struct tpl_token *open_token = &t->token[p->stack[p->depth - 1]];

        return tpl_fail(t, open_token->at, err, "the section '%.*s' is not closed", (int)open_token->n, open_token->s);
    }
    return 0;
}

int tpl_parse(struct tpl *t, size_t max_depth, struct cr_error *err)
{
    CR_AUTO_FREE size_t *stack = cr_calloc(max_depth, sizeof(*stack));
    struct parser p = {
        .t = t, .open = "{{", .close = "}}", .open_len = 2, .close_len = 2, .stack = stack, .max_depth = max_depth};
    const char *nul = memchr(t->text, '\0', t->len);

    if (nul)
        return tpl_fail(t, (size_t)(nul - t->text), err, "a NUL byte has no place in a template");
    return parse_all(&p, err);
}

void tpl_clear(struct tpl *t)
{
    free(t->token);
    t->token = NULL;
    t->tokens = t->cap = 0;
}
