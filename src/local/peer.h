/* peer.h - whose process is at the other end of a loopback connection. */
#ifndef LOCAL_PEER_H
#define LOCAL_PEER_H

#include <microhttpd.h>
#include <stdbool.h>

/* Whether the caller's socket belongs to the user who runs the daemon: a metadata server cannot ask for a token, since
 * it is where tokens come from, and other users of the machine must not get one. Source: proc(5), /proc/net/tcp. */
bool local_peer_is_me(struct MHD_Connection *conn);

/* Whether the caller is, or may be, a process in a build's step or a container: one with another root directory or
 * another process namespace than ours, or one that is not found. Reads the descriptors of the machine's processes,
 * which takes milliseconds, once for each connection: only for a machine whose loopback is shared with builds or
 * containers (runtime.h, shares_loopback). Source: proc(5), namespaces(7). */
bool local_peer_is_contained(struct MHD_Connection *conn);

#endif
