/*
 * verdict_show.h - the cause of a revision that did not start, in place of the platform's own words.
 *
 * Reads what the platform knows of the revision - its conditions, its settings, the end of its log -, lets core/verdict
 * judge, and shows the container's last lines. Nothing else is asked, so it says the same on every platform.
 */
#ifndef CLI_VERDICT_SHOW_H
#define CLI_VERDICT_SHOW_H

#include <jansson.h>

#include "gcp/call.h"
#include "ui/ui.h"

/* For an operation of Cloud Run (borrowed) that failed with *err: where that was because of a revision, the error gets
 * its cause and what mends it, and --json the members "cause", "revision" and "log" beside "message" and "hint". Any
 * other error stays as it is, as does this one where nothing can be read. Always -1. */
int cli_verdict(struct ui *ui, struct gcp *g, const json_t *operation, struct cr_error *err);

/* The same for a request to Cloud Run that was refused with *err, by the text of that alone: its kind stays, and --json
 * gets "cause". Always -1. */
int cli_verdict_refused(struct ui *ui, struct cr_error *err);

#endif
