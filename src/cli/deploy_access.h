/*
 * deploy_access.h - who may call the service that was deployed: everybody, or only whom IAM names.
 *
 * Said by --allow-unauthenticated and its negation, else by the manifest. Where nobody says: a new service stays
 * private, but with a manifest on a platform whose services nobody else can reach. The policy is read, changed and
 * written back; everything else in it stays. --iap lets the service agent of Identity-Aware Proxy in as well. Nothing
 * is asked where a new service is to be private, as it is anyway.
 *
 * Errors: CR_E_INTERRUPT alone: a refusal does not undo the deploy and is a warning.
 */
#ifndef CLI_DEPLOY_ACCESS_H
#define CLI_DEPLOY_ACCESS_H

#include "cli/deploy.h"

int cli_deploy_access(struct cli_deploy *d, struct cli_target *t, struct cr_error *err) CR_CHECKED;

#endif
