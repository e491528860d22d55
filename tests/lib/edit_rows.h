/*
 * edit_rows.h - tables of flags and what they make of a service: before, flags, after.
 *
 * JSON is written with ' for ". A text without "containers" is the only container of the template.
 * Names of volumes that are made up are written NAME-A.
 */
#ifndef EDIT_ROWS_H
#define EDIT_ROWS_H

#include <jansson.h>
#include <stddef.h>

#include "core/edit.h"

struct edit_row {
    const char *before; /* template of a live service; NULL: of a new one */
    const char *flags;  /* as on a command line: "--cpu=2 --no-use-http2" */
    const char *after;  /* the template then; or "!" and what the message and the hint say */
};

#define EDIT_ROWS(rows) edit_rows_check(rows, sizeof(rows) / sizeof((rows)[0]))
/* Applies each row's flags in the order of enum cr_flag by cr_edit_container[], and fails at the first that differs. */
void edit_rows_check(const struct edit_row *rows, size_t n);

json_t *edit_rows_json(const char *text); /* new */
/* The flags as edits; *keep holds their texts and is freed after them. */
void edit_rows_flags(const char *flags, struct cr_edits *edits, char **keep);

#endif
