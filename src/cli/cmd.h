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
    FILE *out;        /* stdout, cleaned (base/clean.h): whatever is written may be somebody else's text */
    struct ui *ui;    /* progress, notes and warnings, on stderr */
    bool json;        /* --json: exactly one document on `out`, through cmd_json() */
    bool quiet;       /* --quiet: also ask nothing */
    bool color;       /* what is written to `out` may have colours */
    bool answered;    /* cmd_json() gave it: a failure after that prints no second one */
    json_t *problems; /* of cmd_problems(), for the document of the error; owned, or NULL */
};

extern const struct verb *const verbs[]; /* NULL-terminated; cli/verbs.c */

/* The verb that is meant by one or two words: "deploy", or "local", "up". second may be NULL. *used: how many words its
 * name has. NULL when there is none. */
const struct verb *verb_find(const char *first, const char *second, int *used);
/* How many of the words in front only say, as gcloud's users do, that Cloud Run is meant: "run", "beta run". What comes
 * behind them is a verb of ours. words ends with NULL. */
int verb_prefix(char *const *words);
bool verb_in_group(const struct verb *v, const char *group); /* "local up" is in "local" */
bool verb_is_group(const char *word);
/* What the words were perhaps meant to be; always -1. An option is no second word. */
int verb_unknown(const char *first, const char *second, struct cr_error *err);

/* Gives the one document of --json. Takes doc. Call it once, at the end. */
int cmd_json(struct cmd *c, json_t *doc, struct cr_error *err) CR_CHECKED;

/* stdout as it is, after what was written to `out`: for archives, and for lines that are clean and have colours. */
FILE *cmd_raw(struct cmd *c);
/* Where a payload goes, which nobody may change on its way into a pipe: `out` on a terminal, else cmd_raw(). */
FILE *cmd_payload(struct cmd *c);

/* A list of faults as JSON: rows of place, message, hint, rule, source, severity and code. New. */
json_t *cmd_problems_json(const struct cr_problems *list);
/* Any text as JSON: what is no UTF-8, from an argument or a variable, loses those bytes. New. */
json_t *cmd_text_json(const char *text);
/* Shows the faults of `subject`, keeps them for the document of --json, and fails when there is an error among them. */
int cmd_problems(struct cmd *c, const struct cr_problems *list, const char *subject, struct cr_error *err) CR_CHECKED;

#endif
