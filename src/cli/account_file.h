/*
 * account_file.h - a credential file of somebody's, looked at before it is remembered or listed.
 *
 * Ownership: results are new; a credential is ended with gcp_json_wipe().
 * Errors: CR_E_CONFIG naming the file; CR_E_USAGE when it needs a name; CR_E_AUTH when it gives no token.
 */
#ifndef CLI_ACCOUNT_FILE_H
#define CLI_ACCOUNT_FILE_H

#include <jansson.h>

#include "cli/platform.h"

/* A JSON object with a type that is known. */
int cli_account_read_file(const char *path, json_t **credential, struct cr_error *err) CR_CHECKED;
/* Whose it is, where the file says: the account, a service account's address, or the one that is impersonated; else
 * NULL. New. */
char *cli_account_in(const json_t *credential);
/* The name to remember it under: wanted, or what the file says. */
int cli_account_name_of(const json_t *credential, const char *path, const char *wanted, char **account,
                        struct cr_error *err) CR_CHECKED;
/* What sources of tokens need, by the addresses of the platform; it must outlive them. No cache: the file may be one
 * that is not kept. */
void cli_account_env(const struct cli_connection *link, bool allow_custom, struct gcp_auth_env *env);
/* Gets a token with it. */
int cli_account_try(struct cli_connection *link, const json_t *credential, const char *path, bool allow_custom,
                    struct cr_error *err) CR_CHECKED;

#endif
