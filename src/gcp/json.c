#include "gcp/json.h"

#include <stdint.h>
#include <string.h>

const char *gcp_text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

void gcp_json_wipe(json_t *json)
{
    const char *key;
    json_t *value;
    size_t i;

    if (json_is_string(json))
        explicit_bzero((char *)(uintptr_t)json_string_value(json), json_string_length(json));
    json_object_foreach(json, key, value) gcp_json_wipe(json_incref(value));
    json_array_foreach(json, i, value) gcp_json_wipe(json_incref(value));
    json_decref(json);
}

void gcp_json_wipep(json_t **json)
{
    gcp_json_wipe(*json);
}
