/*
 * peer.h - whose process is at the other end of a loopback connection.
 *
 * The kernel is asked for the one socket (sock_diag(7)); where it does not answer such questions, all of them are read
 * (proc(5), /proc/net/tcp), which takes longer the more connections the machine has. Any thread may call these.
 */
#ifndef LOCAL_PEER_H
#define LOCAL_PEER_H

#include <microhttpd.h>
#include <stdbool.h>
#include <sys/socket.h>

/* Whether the socket at `peer`, connected to 127.0.0.1:port, belongs to a process of the user who runs the daemon. One
 * that its process has closed belongs to nobody. */
bool local_peer_is_owner(const struct sockaddr *peer, int port);
/* The same of a request: a metadata server cannot ask for a token, since
 * it is where tokens come from, and other users of the machine must not get one. */
bool local_peer_is_me(struct MHD_Connection *conn);

/* Whether the caller is, or may be, a process in a build's step or a container: one with another root directory or
 * another process namespace than ours, or one that is not found. Reads the descriptors of the machine's processes,
 * which takes milliseconds, once for each connection: only for a machine whose loopback is shared with builds or
 * containers (runtime.h, shares_loopback). Source: proc(5), namespaces(7). */
bool local_peer_is_contained(struct MHD_Connection *conn);

#endif
