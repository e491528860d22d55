/*
 * clean.h - text that is perhaps somebody else's, on its way to a terminal.
 *
 * A name, a message, a log or a path may steer the terminal that shows it, or show as something else. Line feed and tab
 * pass; carriage returns are dropped; each other control character (C0, DEL, C1), each control of writing direction,
 * each line separator of Unicode and each byte that is not UTF-8 becomes "?", or, in a JSON document, the escape \uXXXX
 * that means the same.
 */
#ifndef CR_CLEAN_H
#define CR_CLEAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Text that comes in pieces; zero is the start. A character may be cut anywhere. */
struct cr_clean {
    bool json;
    unsigned char part[4];
    size_t have;
};

void cr_clean_add(struct cr_clean *c, const char *bytes, size_t n, FILE *to);
void cr_clean_end(struct cr_clean *c, FILE *to); /* what was cut and never went on */

void cr_clean_put(const char *text, FILE *to); /* a whole one */
char *cr_clean_text(const char *text);         /* New. */

/* A stream that cleans what is written to it and hands it on to `to`, by lines where that is a terminal. Close it with
 * fclose(); `to` stays open. */
FILE *cr_clean_stream(FILE *to, bool json);

#endif
