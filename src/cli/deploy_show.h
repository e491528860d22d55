/*
 * deploy_show.h - the results of deploy and services update, on stdout.
 *
 * Errors: CR_E_IO when stdout cannot be written to; those of cli_deploy_send().
 */
#ifndef CLI_DEPLOY_SHOW_H
#define CLI_DEPLOY_SHOW_H

#include "cli/deploy.h"

/* Sends what was prepared, and shows what came of it where that is all: the requests of --dry-run, the verdict of
 * --validate-only, the regions that failed beside those that did not. *deployed: it is for the caller to go on. */
int cli_deploy_go(struct cli_deploy *d, bool *deployed, struct cr_error *err) CR_CHECKED;

/* The address, or with --json {"service", "revision", "url", "image", "created"} and, where it was
 * awaited, "ready". Of several regions a line for each,
 * or "regions" with a row for each, failed ones with "error". `more` (may be NULL) goes into the document; taken. */
int cli_deploy_show(const struct cli_deploy *d, json_t *more, struct cr_error *err) CR_CHECKED;

#endif
