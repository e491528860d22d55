#include "local/page.h"

#include <string.h>

#include "base/mem.h"

static const char *created(const json_t *item)
{
    const char *time = json_string_value(json_object_get(item, "createTime"));

    return time ? time : "";
}

static int newest_first(const void *a, const void *b)
{
    return strcmp(created(*(json_t *const *)b), created(*(json_t *const *)a));
}

void local_page(const struct local_request *rq, struct local_reply *rp, const char *name, json_t *items)
{
    const char *size_text = local_query(rq, "pageSize"), *token = local_query(rq, "pageToken");
    size_t count = json_array_size(items), from = token ? strtoul(token, NULL, 10) : 0;
    size_t size = size_text && *size_text != '-' ? strtoul(size_text, NULL, 10) : 0;
    json_t **sorted = cr_malloc(count * sizeof(*sorted)), *page = json_array(), *reply;

    if (size == 0 || size > 1000)
        size = 1000;
    for (size_t i = 0; i < count; i++)
        sorted[i] = json_array_get(items, i);
    qsort(sorted, count, sizeof(*sorted), newest_first);
    for (size_t i = from; i < count && i - from < size; i++)
        json_array_append(page, sorted[i]);
    reply = json_object();
    if (json_array_size(page))
        json_object_set(reply, name, page);
    if (from < count && count - from > size)
        json_object_set_new(reply, "nextPageToken", json_sprintf("%zu", from + size));
    json_decref(page);
    free(sorted);
    json_decref(items);
    local_reply_json(rp, 200, reply);
}
