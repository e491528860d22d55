/*
 * json_text.h - a member that is text, "" where there is none or it is something else.
 *
 * Ownership: borrowed from the document. Errors: none.
 */
#ifndef LOCAL_JSON_TEXT_H
#define LOCAL_JSON_TEXT_H

#include <jansson.h>

static inline const char *local_text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

#endif
