/* respond.h - a reply onto the wire. */
#ifndef LOCAL_RESPOND_H
#define LOCAL_RESPOND_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "local/message.h"

/* half: only the first half of a document is sent, as if that were all. cut_at: the connection breaks after that many
 * bytes of the body; -1: never. Takes the reply's descriptor over. */
enum MHD_Result local_respond(struct MHD_Connection *conn, struct local_reply *rp, bool half, int64_t cut_at);

#endif
