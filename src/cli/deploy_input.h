/*
 * deploy_input.h - what is deployed: a directory with a manifest, or a service by its name of which only what the flags
 * say is changed.
 *
 * A word that is a directory with crdeploy.yaml, or that file, is the first; so is no word at all. Any other is the
 * name of a service, where an image is given (--image): then no manifest is read.
 *
 * Ownership: CLI_AUTO_DEPLOY_INPUT frees; what is in it points into it, so it stays where it was opened.
 * Errors: CR_E_USAGE for the command line; those of the manifest and the connection.
 */
#ifndef CLI_DEPLOY_INPUT_H
#define CLI_DEPLOY_INPUT_H

#include "cli/deploy.h"
#include "cli/image.h"
#include "cli/service.h"

struct cli_deploy_input {
    bool look; /* set by the caller: nothing will be sent, so a name alone will do */
    bool manifest;
    struct cli_job job;       /* with a manifest */
    struct cli_service named; /* without */
    struct cli_deploy d;
};

#define CLI_AUTO_DEPLOY_INPUT __attribute__((cleanup(cli_deploy_input_clear)))
void cli_deploy_input_clear(struct cli_deploy_input *in);

/* Reads the options and the manifest, finds every fault that needs no network, and connects. */
int cli_deploy_input_open(struct cmd *c, const char *word, const struct cli_deploy_args *args,
                          struct cli_deploy_input *in, struct cr_error *err) CR_CHECKED;
/* A service by its name; of a manifest at hand only where it is, and the name where none is given. For services update.
 */
int cli_deploy_input_update(struct cmd *c, const char *name, const struct cli_deploy_args *args,
                            struct cli_deploy_input *in, struct cr_error *err) CR_CHECKED;

/* The image of the manifest: built when it has changed, or (build false) its name alone. Images given by name are
 * looked for in the records. */
int cli_deploy_input_image(struct cli_deploy_input *in, bool build, bool again, struct cr_error *err) CR_CHECKED;

#endif
