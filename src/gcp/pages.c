#include "gcp/pages.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

enum { MAX_PAGES = 200 };

int gcp_pages(struct gcp *g, const char *url, const char *member, const char *what, json_t **all, struct cr_error *err)
{
    json_auto_t *list = json_array();
    CR_AUTO_FREE char *token = cr_strdup("");

    for (int i = 0; i < MAX_PAGES; i++) {
        CR_AUTO_FREE char *escaped = gcp_url_escape(token);
        CR_AUTO_FREE char *at = cr_format("%s%s%s%s", url,
                                          !*token            ? ""
                                          : strchr(url, '?') ? "&"
                                                             : "?",
                                          *token ? "pageToken=" : "", escaped);
        json_auto_t *page = NULL;
        const char *next;

        if (gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = at}, NULL, &page, what, err) < 0)
            return -1;
        json_array_extend(list, json_object_get(page, member));
        next = json_string_value(json_object_get(page, "nextPageToken"));
        if (!next || !*next)
            break;
        free(token);
        token = cr_strdup(next);
    }
    *all = CR_STEAL(list);
    return 0;
}
