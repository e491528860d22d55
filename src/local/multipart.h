/* multipart.h - the multipart/related body of a storage upload: where its two parts are. Units: bytes. */
#ifndef LOCAL_MULTIPART_H
#define LOCAL_MULTIPART_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

struct local_multipart {
    json_t *meta;     /* the first part; owned by the caller */
    char type[128];   /* Content-Type of the second */
    int64_t from, to; /* its bytes in the body */
};

/* Reads a body of `size` bytes from a seekable descriptor. content_type is the request's, with the boundary.
 * Source: RFC 2387, RFC 2046 section 5.1. Fails with CR_E_API. */
int local_multipart_read(int fd, int64_t size, const char *content_type, struct local_multipart *parts,
                         struct cr_error *err) CR_CHECKED;

#endif
