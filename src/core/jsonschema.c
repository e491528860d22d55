#include "core/jsonschema.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/key.h"

/* YAML editors type `cpu: 2` as a number and `3G` as a string; both are text to us. */
static json_t *scalar(const char *pattern)
{
    return json_pack("{s:[s,s], s:s}", "type", "string", "number", "pattern", pattern);
}

static json_t *choices(const char *const *words)
{
    json_t *list = json_array();

    for (; *words; words++)
        json_array_append_new(list, json_string(*words));
    return json_pack("{s:s, s:o}", "type", "string", "enum", list);
}

static json_t *samples(void)
{
    return json_pack("{s:s, s:{s:s, s:b, s:[s], s:{s:{}, s:{}, s:{s:s, s:i}}}}", "type", "array", "items", "type",
                     "object", "additionalProperties", 0, "required", "request", "properties", "request", "response",
                     "tolerance", "type", "number", "minimum", 0);
}

static json_t *schema_of(const struct cr_key_row *row)
{
    switch (row->type) {
    case CR_T_INT:
        return json_pack("{s:s}", "type", "integer");
    case CR_T_NUMBER:
        return json_pack("{s:s}", "type", "number");
    case CR_T_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case CR_T_CPU:
        return scalar("^[0-9]*\\.?[0-9]+m?$");
    case CR_T_BYTES:
        return scalar("^[0-9]*\\.?[0-9]+([kMGTPE]|[KMGTPE]i)?$");
    case CR_T_DURATION:
        return scalar("^([0-9]+|([0-9]+h)?([0-9]+m)?([0-9]+s)?)$");
    case CR_T_CHOICE:
        return choices(row->choices);
    case CR_T_MAP:
        return json_pack("{s:s, s:{s:[s,s,s]}}", "type", "object", "additionalProperties", "type", "string", "number",
                         "boolean");
    case CR_T_SAMPLES:
        return samples();
    case CR_T_TEXT:
    case CR_T_PATH:
        break;
    }
    return json_pack("{s:s}", "type", "string");
}

/* The object schema of a section, made on first use. Borrowed. */
static json_t *section(json_t *parent, const char *name)
{
    json_t *properties = json_object_get(parent, "properties"), *found = json_object_get(properties, name);

    if (!found) {
        found = json_pack("{s:s, s:b, s:{}}", "type", "object", "additionalProperties", 0, "properties");
        json_object_set_new(properties, name, found);
    }
    return found;
}

json_t *cr_jsonschema(void)
{
    json_t *schema = json_pack("{s:s, s:s, s:s, s:b, s:[s,s], s:{}}", "$schema",
                               "https://json-schema.org/draft/2020-12/schema", "title", "crdeploy.yaml", "type",
                               "object", "additionalProperties", 0, "required", "name", "model", "properties");

    cr_oom_check(schema);
    for (int key = 0; key < CR_KEY_COUNT; key++) {
        const struct cr_key_row *row = &cr_keys[key];
        CR_AUTO_FREE char *path = cr_strdup(row->path);
        json_t *at = schema, *made = cr_oom_check(schema_of(row));
        char *name = path;

        for (char *dot; (dot = strchr(name, '.')); name = dot + 1) {
            *dot = '\0';
            at = section(at, name);
        }
        json_object_set_new(made, "description", json_string(row->help));
        if (row->fallback)
            json_object_set_new(made, "default", json_string(row->fallback));
        json_object_set_new(json_object_get(at, "properties"), name, made);
    }
    json_object_set_new(section(schema, "model"), "required", json_pack("[s]", "task"));
    return schema;
}
