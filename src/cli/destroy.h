/*
 * destroy.h - what crdeploy made and can take away again: found by its marks, never by a name alone.
 *
 *   services       labelled managed-by=crdeploy, with their revisions and the bindings of their policies
 *   images         in the repository "crdeploy" of the region, when that is labelled managed-by=crdeploy
 *   staged sources objects under the staging directory whose metadata say managed-by=crdeploy
 *
 * What bears no mark is somebody else's and stays, a service that a person labelled differently too. Units: bytes.
 * Ownership: CLI_AUTO_DESTROY frees. Errors: see gcp/call.h; an action that fails stops, and what is left is found
 * again by the next call.
 */
#ifndef CLI_DESTROY_H
#define CLI_DESTROY_H

#include "cli/service.h"

struct cli_destroy {
    json_t *services; /* [{name, uri, revisions, bindings: [{role, members}]}] */
    json_t *packages; /* [{name, images, bytes}]; bytes is -1 when the registry does not say */
    json_t *objects;  /* [{bucket, name, generation, bytes}] */
    char *location;   /* of the repository */
    char *foreign;    /* the named service is there, and not marked: why nothing of it is destroyed; or NULL */
};

#define CLI_AUTO_DESTROY __attribute__((cleanup(cli_destroy_clear)))
void cli_destroy_clear(struct cli_destroy *d);

/* Looks, and changes nothing. only: the one service, or NULL for all of the project and region. */
int cli_destroy_find(struct cli_service *s, const char *only, struct cli_destroy *d, struct cr_error *err) CR_CHECKED;

size_t cli_destroy_count(const struct cli_destroy *d);
int64_t cli_destroy_bytes(const struct cli_destroy *d); /* of what is known */

/* Takes it away: services first, so that nothing runs whose image is gone. */
int cli_destroy_do(struct cmd *c, struct cli_service *s, const struct cli_destroy *d, struct cr_error *err) CR_CHECKED;

#endif
