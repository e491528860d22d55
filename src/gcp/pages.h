/*
 * pages.h - a collection that an API gives page by page, as one array.
 *
 * Ownership: the array is new. Errors: see call.h. Source: google.longrunning list methods and Cloud Storage's alike:
 *   pageToken in the query, nextPageToken in the reply.
 */
#ifndef GCP_PAGES_H
#define GCP_PAGES_H

#include "gcp/call.h"

/* GETs `url` (which may have a query of its own) until there is no next page; `member` is the array's name in a reply.
 */
int gcp_pages(struct gcp *g, const char *url, const char *member, const char *what, json_t **all,
              struct cr_error *err) CR_CHECKED;

#endif
