/*
 * stage.h - puts what a build is made from into its bucket: a context, packed while it is sent, or an archive that is
 * there already, as it is.
 *
 * An object of that name which is there already is what would be sent (a context is named by its content), so nothing
 * is. An upload that a crash ended is gone on with by the next process. Units: bytes. Ownership: everything in a spec
 * is borrowed; CLI_AUTO_STAGED frees what came out. Errors: see gcp/upload.h and core/context.h; CR_E_IO for the
 * archive.
 */
#ifndef CLI_STAGE_H
#define CLI_STAGE_H

#include "cli/cmd.h"
#include "core/context.h"
#include "gcp/gcp.h"

struct cli_stage_spec {
    const char *bucket, *object;
    const struct cr_context *context; /* named (cr_context_name()); or NULL, and then: */
    const char *archive_path;         /* a file that is sent as it is */
    const char *content_type;         /* NULL: application/gzip */
    const char *owner;                /* service it is staged for, kept with the object; NULL: nobody's */
    const char *location;             /* where a bucket that is missing is made; NULL: Google's default */
    bool check_owner;                 /* the project must list the bucket: a default name can be taken by others */
};

struct cli_staged {
    char *generation; /* of the object; owned, or NULL when the service names none */
    int64_t size;     /* of the object */
    int64_t sent;     /* bytes of it that this process sent; 0 when it was there */
    bool uploaded;    /* it was not there yet */
};

#define CLI_AUTO_STAGED __attribute__((cleanup(cli_staged_clear)))
void cli_staged_clear(struct cli_staged *staged);

int cli_stage(struct cmd *c, struct gcp *g, const char *project, const struct cli_stage_spec *spec,
              struct cli_staged *out, struct cr_error *err) CR_CHECKED;

#endif
