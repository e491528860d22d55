/*
 * edit_time.h - times as gcloud takes them, wider than a manifest does (core/quantity): parts in any order and number,
 * decimals, weeks and days, and ISO 8601's P1DT2H.
 *
 * Units: seconds; what is no whole number of them is refused. Errors: as edit.h.
 */
#ifndef CR_EDIT_TIME_H
#define CR_EDIT_TIME_H

#include "core/edit.h"

/* At least one second. */
int cr_edit_seconds(const struct cr_edit *e, int64_t *seconds, struct cr_error *err) CR_CHECKED;

#endif
