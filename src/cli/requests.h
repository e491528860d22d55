/*
 * requests.h - what --dry-run shows: every request, in the order in which it would be sent.
 *
 * With --json {"requests": [{method, url, body}]}; otherwise a line for each, and the bodies of those that change
 * something below it. Errors: CR_E_IO when it cannot be written.
 */
#ifndef CLI_REQUESTS_H
#define CLI_REQUESTS_H

#include "cli/cmd.h"

int cli_requests_show(struct cmd *c, json_t *requests, struct cr_error *err) CR_CHECKED;

#endif
