/*
 * daemon_file.h - the daemon's files in its state directory: the lock, the token, and daemon.json, by which clients
 * find it.
 *
 * daemon.json (0600): {"pid", "start_time", "url", "ingress_port", "token", "version"}. start_time is the kernel's
 * (cr_proc_start_time()), so that a reused pid is not taken for the daemon.
 */
#ifndef LOCAL_DAEMON_FILE_H
#define LOCAL_DAEMON_FILE_H

#include "local/local.h"

/* Takes the lock for the life of the descriptor. Fails with CR_E_IO when a live daemon has it. */
int local_lock(const char *state, int *fd, struct cr_error *err) CR_CHECKED;
/* The token of this state directory, made at the first time: clients keep working over a restart. */
int local_token(const char *state, char token[LOCAL_TOKEN], struct cr_error *err) CR_CHECKED;
int local_announce(struct local *l, struct cr_error *err) CR_CHECKED;
void local_withdraw(const char *state);

#endif
