/*
 * template.h - Mustache over jansson values: the core of the specification 1.x, without lambdas and inheritance.
 *
 * Interpolation {{x}}, {{{x}}}, {{&x}}, dotted names, the implicit iterator {{.}}, sections, inverted sections,
 * comments, partials (a standalone one indents), set delimiters, and the rules for tags that stand alone on a line.
 * False are null, false, "" when it guards a section, and the empty list; a name that is missing is null and prints
 * nothing.
 *
 * What {{x}} does to a value is the template's kind, so that a value cannot leave the place it was put in. {{{x}}} and
 *   {{&x}} leave a value as it is. In a Dockerfile either form refuses a control character, and {{x}} puts a backslash
 *   before ", \ and $, which is how a Dockerfile's words, bare or in double quotes, take them literally.
 * {{x}} of an object or a list is its compact JSON.
 *
 * Ownership: the text given out is new. Errors: CR_E_CONFIG as "name:line:column: what".
 * Source: github.com/mustache/spec, specs/{interpolation,sections,inverted,comments,partials,delimiters}.yml, 1.4.
 */
#ifndef CR_TEMPLATE_H
#define CR_TEMPLATE_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"

enum cr_escape {
    CR_ESC_HTML,       /* & < > " ' as entities */
    CR_ESC_NONE,       /* as it is */
    CR_ESC_C,          /* for the inside of a C string literal: octal escapes, no trigraphs */
    CR_ESC_JSON,       /* for the inside of a JSON string */
    CR_ESC_DOCKERFILE, /* \ before ", \ and $; a control character is an error: a new line would be a new instruction */
};

#define CR_TEMPLATE_DEPTH 64 /* partials and sections inside one another */

/* Finds a partial: *text (new) and *len; a name nobody knows is *text NULL, which renders as nothing. */
typedef int cr_partial(void *ud, const char *name, char **text, size_t *len, struct cr_error *err);

struct cr_template {
    const char *name; /* for messages: "Dockerfile.mustache" */
    const char *text;
    size_t len;
    enum cr_escape escape;
    size_t max;          /* ceiling of the output in bytes; 0: 16 MiB */
    cr_partial *partial; /* NULL: no partials */
    void *ud;
};

/* The kind for a file name, ".mustache" at its end aside: Dockerfile, .c, .h, .json; any other is HTML. */
enum cr_escape cr_escape_of(const char *name);

int cr_template_render(const struct cr_template *t, const json_t *data, char **out, size_t *out_len,
                       struct cr_error *err) CR_CHECKED;

#endif
