/*
 * bearer.h - who asks: the platform's own token, one it issued, or a JWT that a service account signed for itself.
 *
 * The platform's own token may do everything and never expires; only it may use /local/. The others stand for the
 * principals that the owner registered (seed.h) and reach the APIs that their scopes name.
 */
#ifndef LOCAL_BEARER_H
#define LOCAL_BEARER_H

#include "local/local.h"
#include "local/message.h"

enum local_bearer {
    LOCAL_BEARER_OWNER,
    LOCAL_BEARER_OK,
    LOCAL_BEARER_MISSING,
    LOCAL_BEARER_WRONG,
    LOCAL_BEARER_EXPIRED,
    LOCAL_BEARER_SCOPE, /* good, but not for this API */
};

/* rq->caller is set when it is known. */
enum local_bearer local_bearer_look(struct local *l, struct local_request *rq);
/* 401, or 403 for the scope, in Google's words. */
void local_bearer_refuse(enum local_bearer verdict, const struct local_request *rq, struct local_reply *rp);
/* Makes the token of this request one that has expired, for a fault. */
void local_bearer_expire(struct local *l, const struct local_request *rq);

/* Google's name for the API that a path belongs to: "run"; "" for none. */
const char *local_service_of(const char *path);

#endif
