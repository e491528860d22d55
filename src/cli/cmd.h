/*
 * cmd.h - what main() hands to a verb, and the one list of verbs.
 *
 * A verb reads: load, plan, check, render, send, wait, show. Results go to `out`; everything else through ui, to
 * stderr.
 */
#ifndef CMD_H
#define CMD_H

#include <jansson.h>

#include "base/problems.h"
#include "cli/opt.h"
#include "ui/ui.h"

struct cmd {
    const struct verb *verb;
    const void *args;       /* the verb's own struct, filled by opt_parse(); borrowed */
    const char *const *pos; /* positionals, NULL-terminated */
    int npos;
    FILE *out;     /* stdout */
    struct ui *ui; /* progress, notes and warnings, on stderr */
    bool json;     /* --json: exactly one document on `out`, through cmd_json() */
    bool answered; /* cmd_json() gave it: a failure after that prints no second one */
};

extern const struct verb *const verbs[]; /* NULL-terminated; cli/verbs.c */

/* Gives the one document of --json. Takes doc. Call it once, at the end. */
int cmd_json(struct cmd *c, json_t *doc, struct cr_error *err) CR_CHECKED;

#endif
