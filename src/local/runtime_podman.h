/*
 * runtime_podman.h - finding out, once, how podman can be made to run a container here: storage driver, OCI runtime,
 * network, limits, user namespace, and isolation of builds. What worked is kept in state_dir/runtime.json with what it
 * was found for, and tried again when that changed.
 *
 * The trial container is empty but for the machine's own /usr, so it needs no image from anywhere.
 * Errors: CR_E_IO with what the last attempt said.
 */
#ifndef LOCAL_RUNTIME_PODMAN_H
#define LOCAL_RUNTIME_PODMAN_H

#include "local/runtime_engine.h"

/* Fills driver, oci, network, published, subids, isolation, limits, ulimits and runroot's state. */
int local_podman_choose(struct local_engine *e, struct cr_error *err) CR_CHECKED;

#endif
