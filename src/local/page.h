/* page.h - lists in pages, newest first, as every list of Google's answers: {"NAME": [...], "nextPageToken": "..."}. */
#ifndef LOCAL_PAGE_H
#define LOCAL_PAGE_H

#include "local/message.h"

/* Takes `items` (resources with a createTime) over. pageSize and pageToken come from the query. */
void local_page(const struct local_request *rq, struct local_reply *rp, const char *name, json_t *items);

#endif
