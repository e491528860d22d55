/*
 * settings.h - the layers of a plan that come from outside the manifest: environment, crdeploy's configuration file,
 * gcloud's environment and active configuration (read, never written), and the platform's own defaults.
 *
 * Ownership: struct cli_settings owns all texts its layers point to, but those of `options`, which it borrows.
 * Errors: CR_E_CONFIG with file:line for a configuration file that cannot be read as one; a missing file is empty.
 * Source: gcloud's files and order: https://cloud.google.com/sdk/docs/configurations, read 2026-10.
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "base/error.h"
#include "base/problems.h"
#include "core/manifest.h"
#include "core/plan.h"

struct cli_settings {
    struct cr_layer layer[CR_ORIGIN_COUNT];
    char **owned; /* texts the layers borrow */
    size_t len, cap;
};

#define CR_AUTO_SETTINGS __attribute__((cleanup(cli_settings_clear)))
void cli_settings_clear(struct cli_settings *s);

/* Gathers every layer. options may be NULL. */
int cli_settings_load(const struct cr_layer *options, struct cli_settings *s, struct cr_error *err) CR_CHECKED;

/* Loads DIR/crdeploy.yaml (or the file itself), gathers the layers and makes the plan. NULL means the working
 * directory. Without manifest_required a missing manifest is no fault and plan->manifest is NULL. Faults of the
 * manifest and of values go to `problems`; -1 only when files cannot be read. The plan borrows *m. */
int cli_plan_load(const char *dir_or_manifest, const struct cr_layer *options, bool manifest_required,
                  struct cr_manifest *m, struct cr_plan *plan, struct cr_problems *problems,
                  struct cr_error *err) CR_CHECKED;

/* The same without a manifest, for what is built from something else. */
int cli_plan_bare(const struct cr_layer *options, struct cr_plan *plan, struct cr_problems *problems,
                  struct cr_error *err) CR_CHECKED;

/* crdeploy's configuration file: lines of `name = value`. The path is new. */
int cli_config_path(char **path, struct cr_error *err) CR_CHECKED;
/* Value of a name, new, or NULL. */
int cli_config_get(const char *name, char **value, struct cr_error *err) CR_CHECKED;
/* Sets, or with a NULL value removes; other lines and comments stay. Mode 0600. */
int cli_config_set(const char *name, const char *value, struct cr_error *err) CR_CHECKED;

#endif
