/*
 * upload_state.h - what the next process needs to go on with an upload that this one did not end: its session.
 *
 * One file for each object under a directory, mode 0600, since a session is a capability; locked by the process that
 * uploads, so that two never share a session. A session is good for six days (the service keeps it for seven), at the
 * same endpoint, for content that is made in the same way. Files older than that are cleared away.
 *
 * Ownership: open gives a state that one of _remove() and _close() frees. Errors: CR_E_IO; an upload goes on without.
 */
#ifndef UPLOAD_STATE_H
#define UPLOAD_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct upload_state;

struct upload_state_key {
    const char *endpoint, *bucket, *object;
    const char *maker; /* what else the bytes depend on: another one means other bytes; may be NULL */
    size_t chunk;
};

/* Makes the file where it is missing, and locks it. CR_E_IO also when another process has it. */
int upload_state_open(const char *dir, const struct upload_state_key *key, struct upload_state **state,
                      struct cr_error *err) CR_CHECKED;
/* The session to go on with, or NULL. Borrowed. */
const char *upload_state_session(struct upload_state *state);
/* Keeps a new session. */
int upload_state_begin(struct upload_state *state, const char *session, struct cr_error *err) CR_CHECKED;
/* Bytes the service confirmed, for who reads the file: what counts is the service's own word. */
int upload_state_note(struct upload_state *state, int64_t stored, struct cr_error *err) CR_CHECKED;
void upload_state_remove(struct upload_state *state); /* the session is used up or cancelled; takes NULL */
void upload_state_close(struct upload_state *state);  /* what is saved stays; takes NULL */

#endif
