/*
 * jsonschema.h - crdeploy.yaml as a JSON Schema, for editors: completion, help and red underlines while typing.
 *
 * Made from the rows of core/key.h, so it knows what the parser knows. New reference.
 * Source: JSON Schema draft 2020-12, https://json-schema.org/draft/2020-12/schema
 */
#ifndef CR_JSONSCHEMA_H
#define CR_JSONSCHEMA_H

#include <jansson.h>

json_t *cr_jsonschema(void);

#endif
