/*
 * baseimage.h - makes sure that the images a Dockerfile starts from are here before it is built.
 *
 * Each FROM that is neither a stage nor `scratch` nor in the storage is pulled. When no registry answers and the image
 * is debian:SUITE-slim, it is made from Debian's own packages with mmdebstrap or debootstrap, the way the machine's apt
 * is set up: its mirror, its proxy, its certificates. Made once and remembered in the storage; two builds at once make
 * one.
 *
 * An image that is named by its digest can only be pulled. When no registry answers, the image of the same tag takes
 * its place, said in the log: the build then reads a copy of the Dockerfile without that digest, labels included. A
 * registry that answers and does not have the digest ends the build.
 *
 * Errors: CR_E_BUILD naming the image and what was tried.
 */
#ifndef LOCAL_BASEIMAGE_H
#define LOCAL_BASEIMAGE_H

#include "base/str.h"
#include "local/runtime.h"
#include "local/runtime_engine.h"

/* *copy: the complete path of the Dockerfile to build, for the caller to unlink and free; NULL: that of the build. */
int local_baseimage_ensure(struct local_engine *e, const struct local_build *b, int log_fd, _Atomic pid_t *group,
                           char **copy, struct cr_error *err) CR_CHECKED;

/* The images a Dockerfile's text starts from or copies from, one a line, each once, without its own stages and
 * `scratch`; the ARGs before the first FROM and build_args are filled in. */
int local_baseimage_froms(const char *dockerfile, const char *const *build_args, struct cr_str *out,
                          struct cr_error *err) CR_CHECKED;

#endif
