/*
 * sources.h - every credential that is to be found on this machine, in the order in which they would be used.
 *
 * It looks only at names and files; which one is used is credential.h's to say, and cli_sources_mark() takes it from
 * there. No secret is read into a row.
 *
 * Ownership: the list owns its rows. Errors: CR_E_IO and CR_E_CONFIG for settings that cannot be read; what is wrong
 * with a credential is in its row.
 */
#ifndef CLI_SOURCES_H
#define CLI_SOURCES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/credential.h"

struct cli_source {
    char *name;    /* "$GOOGLE_APPLICATION_CREDENTIALS", "crdeploy auth login", ... */
    char *type;    /* of the file; "access_token", "metadata"; NULL when it cannot be read */
    char *account; /* or NULL */
    char *file;    /* or NULL */
    char *problem; /* what is wrong with it; NULL: nothing */
    bool standard; /* among those that Google's client libraries know as application default credentials */
    bool active;   /* the one that is used */
};

struct cli_sources {
    struct cli_source *row;
    size_t len;
};
#define CLI_AUTO_SOURCES __attribute__((cleanup(cli_sources_clear)))
void cli_sources_clear(struct cli_sources *all);

int cli_sources_find(struct cli_sources *all, struct cr_error *err) CR_CHECKED;
/* Marks the row of the credential in use, or puts one for it at the front. */
void cli_sources_mark(struct cli_sources *all, const struct cli_credential_info *info);
json_t *cli_source_json(const struct cli_source *row); /* new */

#endif
