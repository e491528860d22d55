/*
 * accounts.h - the accounts that `crdeploy auth login` remembers: $XDG_CONFIG_HOME/crdeploy/credentials/ACCOUNT.json,
 * each a credential file as Google's libraries read them, mode 0600 in a directory of mode 0700.
 *
 * The active account is the setting `account` of crdeploy's configuration file. gcloud's files are never touched.
 *
 * Ownership: texts returned are new; struct cli_accounts owns its names.
 * Errors: CR_E_USAGE for a name that is none, CR_E_IO and CR_E_CONFIG naming the file.
 */
#ifndef CLI_ACCOUNTS_H
#define CLI_ACCOUNTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct cli_accounts {
    char **name; /* sorted */
    size_t len;
};
#define CLI_AUTO_ACCOUNTS __attribute__((cleanup(cli_accounts_clear)))
void cli_accounts_clear(struct cli_accounts *all);
int cli_accounts_list(struct cli_accounts *all, struct cr_error *err) CR_CHECKED;

/* The name under which a credential is remembered, such as ada@example.com: no path, nothing invisible. */
int cli_account_check(const char *account, struct cr_error *err) CR_CHECKED;
/* Replaces the file as a whole. *path (may be NULL) is where it is. */
int cli_account_save(const char *account, const json_t *credential, char **path, struct cr_error *err) CR_CHECKED;
/* *credential is NULL when there is no such account; end it with gcp_json_wipe(). */
int cli_account_load(const char *account, json_t **credential, struct cr_error *err) CR_CHECKED;
/* Removes the file; the account is no longer the active one. A missing file is fine. */
int cli_account_remove(const char *account, struct cr_error *err) CR_CHECKED;

/* NULL without one. */
int cli_account_active(char **account, struct cr_error *err) CR_CHECKED;
int cli_account_activate(const char *account, struct cr_error *err) CR_CHECKED; /* NULL: none is */

#endif
