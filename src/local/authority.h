/* authority.h - the name in an authority as Host and absolute-form targets have it: "NAME[:PORT]". RFC 3986, 3.2. */
#ifndef LOCAL_AUTHORITY_H
#define LOCAL_AUTHORITY_H

#include <stdbool.h>

#include "local/ingress_head.h"

/* `name` points into `authority`, without its port and without the dot that ends an absolute name. False: it is not a
 * valid authority of HTTP: empty, with user information, with characters that no name has, or with an invalid port. */
bool local_authority_name(struct local_text authority, struct local_text *name);

#endif
