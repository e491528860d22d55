/*
 * edit_plan.h - what manifest, environment and configuration say of a service, as edits.
 *
 * Every key with a flag of the same meaning becomes an edit of that flag: deploy.env one of --update-env-vars, labels
 * one of --labels, deploy.secrets one of --update-secrets. They come before those of the command line, which then win.
 *
 * Ownership: texts and places are borrowed from the plan. Errors: as cr_edits_add().
 */
#ifndef CR_EDIT_PLAN_H
#define CR_EDIT_PLAN_H

#include "core/edit.h"
#include "core/plan.h"

/* Adds to `edits`. `image`, where it is not NULL, is what runs in place of what the plan names. Defaults are said only
 * of a service that is `fresh`: what nobody says of a live one stays as it is. */
int cr_edits_of_plan(const struct cr_plan *plan, const char *image, bool fresh, struct cr_edits *edits,
                     struct cr_error *err) CR_CHECKED;

#endif
