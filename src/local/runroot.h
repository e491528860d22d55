/*
 * runroot.h - podman's run directory: what must not outlive the machine's uptime, under a path that is short enough
 * for it (50 bytes) and that a state directory often exceeds.
 *
 * It is /run/crdeploy-ID for root, else $XDG_RUNTIME_DIR's place /run/user/UID/crdeploy-ID, else /tmp/crdeploy-UID-ID.
 * In /tmp anybody may have made it before us, so an existing one is used only when it is a directory, no link, of our
 * own and closed to everybody else.
 *
 * Errors: CR_E_IO with what to do about it.
 */
#ifndef LOCAL_RUNROOT_H
#define LOCAL_RUNROOT_H

#include "base/error.h"

char *local_runroot_path(const char *id); /* new */

/* Makes it with mode 0700, or takes the one that exists. */
int local_runroot_make(const char *path, struct cr_error *err) CR_CHECKED;

/* Unmounts everything at or below a directory, the last mount first. */
int local_unmount_below(const char *dir, struct cr_error *err) CR_CHECKED;
/* Removes it with everything that is mounted in it. */
int local_runroot_remove(const char *path, struct cr_error *err) CR_CHECKED;

#endif
