/*
 * ui.h - what the user sees while something runs, on stderr: notes, warnings, and one moving line on a terminal
 * (plain lines, at most one every two seconds for the same step, in a pipe).
 *
 * Nothing here touches stdout, so a result can be piped while progress is shown. --quiet leaves only warnings.
 * Errors: none; writing to a closed stderr is ignored.
 */
#ifndef UI_H
#define UI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/problems.h"

struct ui;

struct ui *ui_new(FILE *to, bool quiet,
                  const char *color); /* color: auto, always, never; NULL is auto. NO_COLOR honoured */
void ui_free(struct ui *u);
/* Whether what goes to `to` is to be coloured, by the same rule. */
bool ui_wants_color(FILE *to, const char *color);

void ui_note(struct ui *u, const char *fmt, ...) CR_PRINTF(2, 3); /* one line that stays */
void ui_warn(struct ui *u, const char *fmt, ...) CR_PRINTF(2, 3); /* "warning: …" */
void ui_error(struct ui *u, const char *msg);                     /* "crdeploy: error: …"; main's */
void ui_hint(struct ui *u, const char *fmt, ...) CR_PRINTF(2, 3); /* "hint: …" */

/* Moving line: what is done, how much of how much (bytes when `bytes`); total 0: unknown. Cheap to call often. */
void ui_progress(struct ui *u, const char *what, int64_t done, int64_t total, bool bytes);
/* Several moving lines, one for each thing that is under way; on a terminal they are rewritten where they stand, in a
 * pipe a line is written when it says something new. Always as many as the first time, until ui_done(). */
void ui_lines(struct ui *u, char *const *line, size_t n);
/* Ends the moving line with a line that stays, or (NULL) just clears it. */
void ui_done(struct ui *u, const char *fmt, ...) CR_PRINTF(2, 3);
/* Text of somebody else (a build log), in pieces: passed through below the moving line, cleaned as all that is shown.
 */
void ui_text(struct ui *u, const char *bytes, size_t n);

/* Faults as a compiler shows them: place: error: msg, then its hint and source. */
void ui_problems(struct ui *u, const struct cr_problems *list);

/* More that is known of a failure than its message and its hint: members of the document that --json shows of it. Takes
 * them; those of an earlier failure go. */
void ui_keep(struct ui *u, json_t *members);
json_t *ui_kept(const struct ui *u); /* borrowed; NULL when there are none */

/* 1.5 MiB, 3.2 GB …: binary units, for people. */
void ui_size(int64_t bytes, char text[24]);

#endif
