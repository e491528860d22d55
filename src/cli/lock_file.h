/*
 * lock_file.h - crdeploy.lock beside the manifest: what it locks, which base image an image starts from, and writing
 * it.
 *
 * Errors: CR_E_NET when the registry of the base image could not be reached and has to be; CR_E_IO for the file.
 */
#ifndef CLI_LOCK_FILE_H
#define CLI_LOCK_FILE_H

#include "cli/cmd.h"
#include "cli/image.h"

/* Fills job->locked; `locked` stays empty where there is no lock that can be read. The manifest is loaded. */
void cli_lock_load(struct cmd *c, struct cli_job *job);

/* The digest of the base image, new; NULL: its tag alone, with a warning where the registry was asked in vain. By
 * job->base: what is locked; or also the registry where nothing is; or the registry alone, which then has to answer. */
int cli_lock_base(struct cmd *c, const struct cli_job *job, char **digest, struct cr_error *err) CR_CHECKED;

/* How the lock differs from the job as it was rendered; empty when it does not. */
void cli_lock_changes(const struct cli_job *job, struct cr_problems *changes);

/* Brings the lock up to date and says what was not. A directory that cannot be written to is no reason to fail: the
 * context has its own. */
void cli_lock_keep(struct cmd *c, const struct cli_job *job);

#endif
