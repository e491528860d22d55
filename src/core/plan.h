/*
 * plan.h - manifest, options, environment and configuration merged into what will be done.
 *
 * Precedence, lowest first: default, gcloud's properties, crdeploy's configuration file, manifest, CRDEPLOY_*
 * variables, options. This file is the only one that knows it.
 *
 * Units: milli-CPU, bytes, seconds. Ownership: the plan owns what it points to but the manifest, which it borrows.
 */
#ifndef CR_PLAN_H
#define CR_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/problems.h"
#include "core/key.h"
#include "core/manifest.h"

enum cr_origin { /* lowest precedence first */
                 CR_FROM_DEFAULT,
                 CR_FROM_PLATFORM, /* the platform's own default: project and region of `local` */
                 CR_FROM_GCLOUD,
                 CR_FROM_CONFIG,
                 CR_FROM_MANIFEST,
                 CR_FROM_ENV,
                 CR_FROM_OPTION,
                 CR_ORIGIN_COUNT
};

/* Texts of one origin, before they are read. NULL where that origin says nothing. Filled by cli; borrowed. */
struct cr_layer {
    const char *text[CR_KEY_COUNT];
    const char *where[CR_KEY_COUNT]; /* "$CRDEPLOY_CPU", "~/.config/crdeploy/config", "--cpu" */
};

struct cr_value {
    char *text;  /* new: what won, as written; NULL: unset */
    char *where; /* "crdeploy.yaml:12:8", "--cpu", "default" */
    enum cr_origin origin;
};

struct cr_plan {
    const struct cr_manifest *manifest; /* borrowed; NULL without a manifest */
    struct cr_value value[CR_KEY_COUNT];
    /* The same, read. Valid when value[key].text is not NULL. */
    int64_t number[CR_KEY_COUNT]; /* INT, BOOL (0, 1), CPU (milli), BYTES, DURATION (seconds) */
    json_t *map[CR_KEY_COUNT];    /* MAP: object of strings */
};

#define CR_AUTO_PLAN __attribute__((cleanup(cr_plan_clear)))
void cr_plan_clear(struct cr_plan *plan);

/* Merges; m may be NULL. layers[] is indexed by origin; the entries for DEFAULT and MANIFEST are not read. Values that
 * do not parse go to `problems` with the place they came from. Fails only for programming reasons: look at problems. */
int cr_plan_make(const struct cr_manifest *m, const struct cr_layer layers[CR_ORIGIN_COUNT], struct cr_plan *plan,
                 struct cr_problems *problems, struct cr_error *err) CR_CHECKED;

const char *cr_plan_text(const struct cr_plan *plan, enum cr_key key); /* value, or "" */
bool cr_plan_has(const struct cr_plan *plan, enum cr_key key);
/* A PATH key as it can be opened from here: files of the model stand inside the source; what the manifest says is
 * relative to the manifest, everything else to the working directory. New; NULL when unset. */
char *cr_plan_path(const struct cr_plan *plan, enum cr_key key);
/* MAP: maps of all origins are merged entry by entry, the higher origin winning; text is "K=V,K=V", where "\\," is a
 * comma inside a value. New reference, an object of strings. */
int cr_map_parse(const char *text, json_t **map, struct cr_error *err) CR_CHECKED;
char *cr_map_text(const json_t *map); /* the reverse; new */
/* A whole number, decimal, an optional sign. */
int cr_int_parse(const char *text, int64_t *value, struct cr_error *err) CR_CHECKED;
const char *cr_origin_name(enum cr_origin origin); /* "option", "environment", … */

#endif
