/*
 * build_show.h - what build would send, and nothing sent: --plan for people who ask how much, --dry-run for who asks
 * what.
 *
 * Errors: as build_input.h; --plan fails with CR_E_CONFIG, after it has shown everything, where secrets would be sent.
 */
#ifndef CLI_BUILD_SHOW_H
#define CLI_BUILD_SHOW_H

#include "cli/image.h"

/* Totals, the largest files, what each ignore rule leaves behind, what looks like a secret. */
int cli_build_plan(struct cmd *c, struct cli_job *job, struct cr_error *err) CR_CHECKED;

/* {"requests": [{method, url, body}]}, in their order; the body of an upload is its metadata and the listing of its
 * archive. What is asked to wait and to read logs comes after them and is not in the list. */
int cli_build_dry_run(struct cmd *c, struct cli_job *job, struct cr_error *err) CR_CHECKED;

#endif
