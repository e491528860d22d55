/* peer.h - whose process is at the other end of a loopback connection. */
#ifndef LOCAL_PEER_H
#define LOCAL_PEER_H

#include <microhttpd.h>
#include <stdbool.h>

/* Whether the caller's socket belongs to the user who runs the daemon: a metadata server cannot ask for a token, since
 * it is where tokens come from, and other users of the machine must not get one. Source: proc(5), /proc/net/tcp. */
bool local_peer_is_me(struct MHD_Connection *conn);

#endif
