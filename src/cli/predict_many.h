/*
 * predict_many.h - predict with --batch and with --repeat: what runs at a time, what is printed, what is counted.
 *
 * Of a batch every line is answered by a line, in order; with --json all of them are rows of one document, written as
 * they come: {"results": [...], "stats": {...}}. A line that fails says why in its place, and the others go on.
 */
#ifndef CLI_PREDICT_MANY_H
#define CLI_PREDICT_MANY_H

#include "cli/ask_many.h"
#include "cli/cmd.h"
#include "cli/predict_input.h"

struct predict_many {
    struct cmd *c;
    struct cli_connection *link;
    const struct cli_question *question;
    int parallel;
    bool timing;
};

/* Fails with the first failure's code when a line failed. */
int predict_batch(const struct predict_many *p, struct cli_lines *lines, struct cr_error *err) CR_CHECKED;
/* The question so many times; the first good answer is printed, and how long all of them took. */
int predict_repeat(const struct predict_many *p, int64_t times, struct cr_error *err) CR_CHECKED;

#endif
