/*
 * gcloud.h - gcloud's environment and active configuration, read and never written.
 *
 * Order for a property: $CLOUDSDK_SECTION_NAME, for core/project also $GOOGLE_CLOUD_PROJECT and $GCLOUD_PROJECT, then
 * the file of the active configuration: $CLOUDSDK_ACTIVE_CONFIG_NAME, the file active_config, or "default"; NONE has no
 * properties.
 *
 * Ownership: struct cli_gcloud owns its text; results of cli_gcloud_get() are new.
 * Errors: CR_E_IO for a file that is there and cannot be read; CR_E_CONFIG when $CLOUDSDK_ACTIVE_CONFIG_NAME names a
 *   configuration that does not exist.
 * Source: https://cloud.google.com/sdk/docs/properties, read 2026-10.
 */
#ifndef CLI_GCLOUD_H
#define CLI_GCLOUD_H

#include <stdbool.h>

#include "base/error.h"

struct cli_gcloud {
    char *path; /* of the active configuration; NULL without one */
    char *text; /* its content, or NULL */
};

#define CLI_AUTO_GCLOUD __attribute__((cleanup(cli_gcloud_clear)))
void cli_gcloud_clear(struct cli_gcloud *g);
int cli_gcloud_load(struct cli_gcloud *g, struct cr_error *err) CR_CHECKED;
/* property: "run/region". True when it is set; *value and *where ("$CLOUDSDK_RUN_REGION", or the file) are new. */
bool cli_gcloud_get(const struct cli_gcloud *g, const char *property, char **value, char **where);
/* A property that says yes or no, as gcloud reads them; false when unset. */
bool cli_gcloud_true(const struct cli_gcloud *g, const char *property);
/* $CLOUDSDK_CONFIG, or ~/.config/gcloud; NULL without a home. New. */
char *cli_gcloud_dir(void);

#endif
