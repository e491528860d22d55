/*
 * source.h - what a build is made from: a directory, an archive, an object, a repository, or nothing.
 *
 * A directory with crdeploy.yaml is a model; any other goes as gcloud sends it: modes and empty directories kept, links
 * as links, .gcloudignore or .gitignore obeyed; where Docker alone is to see it, .dockerignore too, but for the
 * Dockerfile and itself.
 *
 * Ownership: struct cr_drops owns its rows. Errors: CR_E_CONFIG and CR_E_IO, naming the source.
 * Source: `gcloud builds submit`, and gcloud topic gcloudignore; docs.docker.com/build/concepts/context.
 */
#ifndef CR_SOURCE_H
#define CR_SOURCE_H

#include <jansson.h>

#include "core/context.h"

enum cr_source_kind {
    CR_SOURCE_MODEL,      /* a directory with crdeploy.yaml, or that file */
    CR_SOURCE_DIR,        /* any other directory */
    CR_SOURCE_ARCHIVE,    /* .tgz, .tar.gz, .zip */
    CR_SOURCE_OBJECT,     /* gs://BUCKET/OBJECT */
    CR_SOURCE_REPOSITORY, /* projects/P/locations/L/connections/C/repositories/R, …/gitRepositoryLinks/R */
    CR_SOURCE_GIT,        /* https://… */
    CR_SOURCE_NONE
};

/* What SOURCE is. plain: crdeploy.yaml in a directory means nothing. */
int cr_source_kind(const char *source, bool plain, enum cr_source_kind *kind, struct cr_error *err) CR_CHECKED;

/* The ending that Cloud Build goes by: ".tgz" for a directory, else that of the name. Borrowed. */
const char *cr_source_suffix(const char *source, enum cr_source_kind kind);

/* Bucket and object of "gs://BUCKET/OBJECT", new. */
int cr_gs_parse(const char *url, char **bucket, char **object, struct cr_error *err) CR_CHECKED;

/* What each rule left behind, in the order of first use. */
struct cr_drop {
    const void *rule; /* which: an address to compare */
    char *place, *pattern;
    int64_t files, bytes;
};
struct cr_drops {
    struct cr_drop *row;
    size_t len;
};
#define CR_AUTO_DROPS __attribute__((cleanup(cr_drops_clear)))
void cr_drops_clear(struct cr_drops *drops);

struct cr_source_rules {
    const char *ignore_file; /* in place of .gcloudignore, below the directory; or NULL */
    bool all;                /* no rule of gcloud's */
    bool docker;             /* .dockerignore as well */
    struct cr_drops *drops;  /* counted when not NULL, which means walking what stays behind */
};

/* Everything in `dir` that goes along. */
int cr_source_add(struct cr_context *ctx, const char *dir, const struct cr_source_rules *rules,
                  struct cr_error *err) CR_CHECKED;

/* A context as a listing of its archive: [{name, type, mode, uid, gid, uname, gname, size, link}]. New. */
json_t *cr_source_listing(const struct cr_context *ctx);

#endif
