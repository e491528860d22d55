/*
 * build_isolation.h - what keeps the steps of a build from this machine. A step is a stranger's program.
 *
 *   oci        An OCI runtime gives the step its own processes, mounts and network; the network leads to the outside,
 *              and not to this machine's loopback, where the platform's API is.
 *   oci-host   The same with this machine's network: for a proxy or a mirror of packages on the loopback, and where a
 *              network of its own cannot be made or leads to the loopback, as rootless buildah's does. The API refuses
 *              the step by its process.
 *   chroot     buildah's own, where no OCI runtime works: this machine's network too; buildah runs among processes and
 *              devices of its own, and the step has no capability that leaves a root directory.
 *
 * What works is tried once, in this order; CRDEPLOY_BUILD_ISOLATION takes one of them alone.
 *
 * Source: buildah-build(1); chroot(2) for the way out of a root directory; capabilities(7).
 */
#ifndef LOCAL_BUILD_ISOLATION_H
#define LOCAL_BUILD_ISOLATION_H

#include "local/runtime_engine.h"

/* What CRDEPLOY_BUILD_ISOLATION holds, "" when it is not set; CR_E_USAGE when that is none of the three. */
int local_isolation_wanted(const char **wanted, struct cr_error *err) CR_CHECKED;

/* Whether packages or images are fetched through this machine's loopback; then `oci` is not tried. */
bool local_isolation_needs_loopback(void);

/* Fills e->isolation, from an image that is there (see runtime_podman_choose.c). CR_E_IO with what the last said. */
int local_isolation_choose(struct local_engine *e, const char *image, struct cr_error *err) CR_CHECKED;

/* "buildah … bud" with everything that the isolation asks for; tmp is the build's own directory, which exists. */
void local_isolation_args(const struct local_engine *e, const char *tmp, struct local_args *a);

/* Ends the steps that builds with a directory at or below tmp left running: buildah, when it is killed, does not. */
void local_isolation_end(const struct local_engine *e, const char *tmp);

#endif
