/*
 * predict_input.h - what predict asks: one request, or one in each line of a file.
 *
 * A request is JSON, and is looked at before anything is sent.
 * Units: bytes. Errors: CR_E_USAGE with the place of what is no JSON, CR_E_IO.
 */
#ifndef CLI_PREDICT_INPUT_H
#define CLI_PREDICT_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define CLI_REQUEST_MAX (32 << 20) /* what Cloud Run takes as a request over HTTP/1 */

/* `arg` is JSON itself, @FILE, or - for standard input. *text is new. */
int cli_request_read(const char *arg, char **text, size_t *len, struct cr_error *err) CR_CHECKED;

/* The lines of `@FILE` or `-`, read as they come. */
struct cli_lines {
    int fd;
    bool own; /* fd is closed at the end */
    bool ended;
    const char *name; /* for messages; borrowed */
    size_t line;      /* of the last one given, from 1 */
    struct cr_str rest;
    size_t at; /* in rest: what lies before it was given */
};
#define CLI_AUTO_LINES __attribute__((cleanup(cli_lines_close)))

int cli_lines_open(const char *arg, struct cli_lines *lines, struct cr_error *err) CR_CHECKED;
void cli_lines_close(struct cli_lines *lines);
/* The next line that is not blank, new, without its end: 1; 0 at the end. */
int cli_lines_next(struct cli_lines *lines, char **text, size_t *len, struct cr_error *err) CR_CHECKED;
/* Whether the line last given is JSON: 0, or -1 and CR_E_USAGE with its place. */
int cli_lines_check(const struct cli_lines *lines, const char *text, size_t len, struct cr_error *err) CR_CHECKED;

#endif
