/* respond.h - a reply onto the wire. */
#ifndef LOCAL_RESPOND_H
#define LOCAL_RESPOND_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "local/message.h"

/* How an answer fails on command; all zero but cut_at for one that does not. */
struct local_break {
    bool half;      /* only the first half of a document is sent, as if that were all */
    bool truncate;  /* the connection ends after half of the body */
    bool rst;       /* and it ends by a reset */
    int64_t cut_at; /* or after that many bytes of the body; -1: never */
};

/* Takes the reply's descriptor over. */
enum MHD_Result local_respond(struct MHD_Connection *conn, struct local_reply *rp, struct local_break b);
/* Ends a connection by a reset (RST), at once. */
void local_reset(struct MHD_Connection *conn);

#endif
