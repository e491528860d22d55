/*
 * project_faults.h - what is wrong with the projects of this platform, on command, so that a client can be shown every
 * failure.
 *
 * Nothing is wrong with a project until it is said with POST /local/project, a JSON object of:
 *   disabledApis      ["run.googleapis.com"]: calls are refused with SERVICE_DISABLED until the API is enabled
 *   enableLag         N: calls to an API are still refused N times after it was enabled
 *   denied            ["run.services.create"]: permissions the caller lacks; testIamPermissions and calls say so
 *   billing           false: no billing account is linked
 *   state             "DELETE_REQUESTED": the project's state
 *   missing           true: there is no such project
 *   missingAccounts, disabledAccounts  [EMAIL]: service accounts
 *   buildAccount      EMAIL or "": the default service account of builds
 *   bareAccounts      true: the default service accounts have no roles
 *   foreignBuckets    ["x"]: buckets that belong to another project
 *   clockSkewSeconds  N: the Date of replies is that much ahead
 *
 * The document replaces the one before; {} mends everything but foreign buckets. It survives a restart.
 * Source: https://cloud.google.com/apis/design/errors for the shape of refusals.
 */
#ifndef LOCAL_PROJECT_FAULTS_H
#define LOCAL_PROJECT_FAULTS_H

#include "local/local.h"
#include "local/message.h"

#define LOCAL_PROJECT_NUMBER "1"
#define LOCAL_COMPUTE_ACCOUNT LOCAL_PROJECT_NUMBER "-compute@developer.gserviceaccount.com"

struct local_row;

json_t *local_project_faults(struct local *l); /* the document; new, never NULL */
int local_project_set(struct local *l, const json_t *faults, struct cr_error *err) CR_CHECKED;
bool local_names(const json_t *list, const char *name); /* the array has that text */
/* Takes the API out of disabledApis. */
int local_project_enable(struct local *l, const char *api, struct cr_error *err) CR_CHECKED;

/* At the door: false after refusing because the row's API is disabled or the caller lacks the permission. */
bool local_project_admits(struct local *l, const struct local_row *row, const struct local_request *rq,
                          struct local_reply *rp);
/* Gives the reply another time than it is, where that is asked for. */
void local_project_date(struct local *l, struct local_reply *rp);

#endif
