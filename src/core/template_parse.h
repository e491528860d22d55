/*
 * template_parse.h - a Mustache text as a list of tokens. Only template.c reads it.
 *
 * Ownership: tokens point into the text, which outlives them; tpl_clear() frees the list.
 * Errors: CR_E_CONFIG as "name:line:column: what".
 */
#ifndef CR_TEMPLATE_PARSE_H
#define CR_TEMPLATE_PARSE_H

#include <stddef.h>

#include "base/error.h"

enum tpl_kind { TPL_TEXT, TPL_VALUE, TPL_RAW, TPL_SECTION, TPL_INVERTED, TPL_CLOSE, TPL_PARTIAL };

struct tpl_token {
    enum tpl_kind kind;
    const char *s; /* the text, or the tag's name without blanks */
    size_t n;
    size_t at;     /* where the tag starts in the text */
    size_t end;    /* SECTION, INVERTED: index of the CLOSE token */
    size_t indent; /* PARTIAL: blanks before it, when it stands alone on its line */
};

struct tpl {
    const char *name, *text;
    size_t len;
    size_t shift; /* blanks put before every line of the text, which its author did not write */
    struct tpl_token *token;
    size_t tokens, cap;
};

int tpl_parse(struct tpl *t, size_t max_depth, struct cr_error *err) CR_CHECKED;
void tpl_clear(struct tpl *t);

/* cr_fail() with the place of an offset in front. */
int tpl_fail(const struct tpl *t, size_t at, struct cr_error *err, const char *fmt, ...) CR_PRINTF(4, 5);

#endif
