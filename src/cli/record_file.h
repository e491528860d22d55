/*
 * record_file.h - what crdeploy remembers between runs: files of rows by key, each row with the time it was written.
 *
 * Files stand in $XDG_STATE_HOME/crdeploy, mode 0600; the newest 200 rows stay. A missing or damaged file is an empty
 * one: what is remembered is a hint, never the truth. Ownership: what is loaded is new. Errors: CR_E_IO.
 */
#ifndef CLI_RECORD_FILE_H
#define CLI_RECORD_FILE_H

#include <jansson.h>

#include "base/error.h"

/* *all: an object, KEY to row. */
int cli_record_load(const char *file, json_t **all, struct cr_error *err) CR_CHECKED;
/* Writes the row under its key, with "time" (milliseconds since 1970) in it. Takes row; NULL removes it. */
int cli_record_save(const char *file, const char *key, json_t *row, struct cr_error *err) CR_CHECKED;

#endif
