/*
 * image_given.h - an image that deploy is given by name, looked at before anything is changed.
 *
 * One mistake is old: the image is built as us.gcr.io/PROJECT/NAME, deployed as gcr.io/PROJECT/NAME, and either is not
 * found or is one of long ago, because each host is a registry of its own. What was built here is known (record.h).
 *
 * Errors: of cli_image_given() CR_E_CONFIG when the image is not there and one of the same name was built elsewhere; of
 * cli_image_is_model() CR_E_INTERRUPT; nothing else.
 */
#ifndef CLI_IMAGE_GIVEN_H
#define CLI_IMAGE_GIVEN_H

#include "cli/cmd.h"
#include "cli/platform.h"

int cli_image_given(struct cmd *c, struct cli_connection *link, const char *project, const char *image,
                    struct cr_error *err) CR_CHECKED;

/* Whether crdeploy built the image from a model: its labels say so, or, where they cannot be read, the records of this
 * machine. False when neither is known. */
int cli_image_is_model(struct cmd *c, struct cli_connection *link, const char *image, bool *model,
                       struct cr_error *err) CR_CHECKED;

#endif
