/*
 * server.h - the HTTP front of the platform's APIs: libmicrohttpd, a thread a connection, on 127.0.0.1 alone.
 *
 * Bodies: JSON up to 4 MiB in memory; uploads go to their file as they come, so memory stays flat.
 * Connections: 256 at most. All but the first 64 are for the user who runs the platform, so that another user of the
 * machine, however many he opens, cannot shut its owner out. One that is idle or slow with its head is closed after 30
 * seconds without a byte, one that is slow with a body or an answer after 120.
 * Errors: a taken port is CR_E_IO with a hint.
 */
#ifndef LOCAL_SERVER_H
#define LOCAL_SERVER_H

#include "local/local.h"

struct local_server;

/* port 0: any free one; l->port is set either way. */
int local_server_open(struct local *l, int port, struct local_server **server, struct cr_error *err) CR_CHECKED;
void local_server_close(struct local_server *server); /* waits for running handlers */

#endif
