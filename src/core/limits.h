/*
 * limits.h - what Cloud Run accepts, as data.
 *
 * Purpose: refuse locally what the service would refuse remotely, all of it at once, and name the nearest legal value.
 * Units: those of core/plan.h: milli-CPU, bytes, seconds, plain numbers; a choice is the place of its word in the row
 * of its field. Bounds are inclusive and compared exactly. Ownership: rows and the strings in them are static. Errors:
 * rows of CR_E_LIMIT in the list, with the id of the rule and its page. A rule that no primary source confirms is
 * advice: it warns and never refuses. Source: each row names the page it was read from and the month it was read. A new
 * rule is a new row.
 */
#ifndef CR_LIMITS_H
#define CR_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/problems.h"
#include "core/key.h"

enum cr_profile {
    CR_PROFILE_CURRENT,
    CR_PROFILE_2020_11, /* as in November 2020 */
    CR_PROFILE_COUNT,
    CR_PROFILE_NONE = CR_PROFILE_COUNT /* --no-limit-check: of the platform's rules none is asked */
};

extern const char *const cr_profile_names[CR_PROFILE_COUNT + 1]; /* NULL-terminated: "current", "2020-11" */
int cr_profile_parse(const char *name, enum cr_profile *profile, struct cr_error *err) CR_CHECKED; /* NULL: current */

/* What the limits are about. A field that is not set counts as 0 where another one depends on it. */
/* No limit of the platform, but of its API: a maximum of 0 is not what v2 would make of it. */
#define CR_NO_MAX_0 "0 cannot be the maximum: Cloud Run's API reads it as no maximum at all"
#define CR_NO_MAX_0_HINT "1 is the smallest, 'default' removes the maximum, and --scaling=0 stops all instances"

enum cr_limit_field {
    CR_LIMIT_NONE,
    CR_LIMIT_CPU,    /* of all containers together */
    CR_LIMIT_MEMORY, /* the same */
    CR_LIMIT_CONCURRENCY,
    CR_LIMIT_TIMEOUT,
    CR_LIMIT_GENERATION, /* the execution environment; 0: left to the platform */
    CR_LIMIT_BILLING,    /* 0: CPU while a request runs; 1: always */
    CR_LIMIT_GPU,
    CR_LIMIT_GPU_TYPE, /* 0: none named */
    CR_LIMIT_MIN_INSTANCES,
    CR_LIMIT_MAX_INSTANCES,
    CR_LIMIT_SERVICE_MIN,
    CR_LIMIT_SERVICE_MAX,
    CR_LIMIT_MANUAL, /* instances of a service that does not scale by itself */
    CR_LIMIT_CONTAINERS,
    CR_LIMIT_LABELS,
    CR_LIMIT_INTERFACES, /* networks */
    CR_LIMIT_PERCENT,
    CR_LIMIT_PERCENT_SUM,
    /* of one container */
    CR_LIMIT_PORT,
    CR_LIMIT_ENV,
    CR_LIMIT_ARGS,
    CR_LIMIT_BOOST,
    CR_LIMIT_HTTP2,
    CR_LIMIT_SECRET_MODE,
    CR_LIMIT_PROBES, /* that are not the platform's own */
    CR_LIMIT_STARTUP_DELAY,
    CR_LIMIT_STARTUP_TIMEOUT,
    CR_LIMIT_STARTUP_PERIOD,
    CR_LIMIT_STARTUP_FAILURES,
    CR_LIMIT_STARTUP_SPAN, /* failures times period */
    CR_LIMIT_STARTUP_PORT,
    CR_LIMIT_LIVENESS_DELAY,
    CR_LIMIT_LIVENESS_TIMEOUT,
    CR_LIMIT_LIVENESS_PERIOD,
    CR_LIMIT_LIVENESS_FAILURES,
    CR_LIMIT_LIVENESS_PORT,
    CR_LIMIT_READINESS_TIMEOUT,
    CR_LIMIT_READINESS_PERIOD,
    CR_LIMIT_READINESS_FAILURES,
    CR_LIMIT_READINESS_SUCCESSES,
    CR_LIMIT_READINESS_PORT,
    /* of a build, and of the server that crdeploy builds */
    CR_LIMIT_BUILD_TIMEOUT,
    CR_LIMIT_SERVER_MAX_BODY,
    CR_LIMIT_SERVER_MAX_LENGTH,
    CR_LIMIT_SERVER_STRIDE,
    CR_LIMIT_SERVER_ANSWER,
    CR_LIMIT_SERVER_THREADS,
    CR_LIMIT_SERVER_QUEUE,
    CR_LIMIT_FIELD_COUNT
};

struct cr_limit_field_row {
    const char *name;         /* as people call it: "memory" */
    const char *path;         /* where it stands: "template.timeout", or the key of the manifest */
    enum cr_type type;        /* how its numbers are written */
    enum cr_key key;          /* of the manifest; CR_KEY_COUNT: none */
    const char *option;       /* what sets it, or is to be changed: "--memory %s"; NULL: nothing outside the manifest */
    const char *const *words; /* of a choice: one for each number, NULL-terminated; NULL: a number */
    const char *const *said;  /* of a choice: what sets each of them, as `option` would; NULL: by option */
};

extern const struct cr_limit_field_row cr_limit_fields[CR_LIMIT_FIELD_COUNT];

#define CR_LIMIT_SET_MAX 8
#define CR_LIMIT_WHEN_MAX 2

struct cr_limit_when {
    enum cr_limit_field field; /* CR_LIMIT_NONE ends the list */
    int64_t min, max;
};

/* One number: legal inside [min, max], or when it is in `set`; asked while all of `when` hold. */
struct cr_limit {
    const char *id;    /* "cpu.set"; stable */
    unsigned profiles; /* bit per enum cr_profile */
    enum cr_limit_field field;
    int64_t min, max;              /* min > max: only the set */
    int64_t set[CR_LIMIT_SET_MAX]; /* 0 ends it */
    struct cr_limit_when when[CR_LIMIT_WHEN_MAX];
    bool alone;                   /* about the field itself: what `when` says is only for whom */
    bool advice;                  /* warns only */
    const char *why;              /* one line for people */
    const char *source, *checked; /* page; "2026-10" */
};

/* Two numbers in order: lower must not be above upper. */
struct cr_order_limit {
    const char *id;
    unsigned profiles;
    enum cr_limit_field lower, upper;
    bool strict; /* must be below */
    const char *source, *checked;
};

/* What texts the limits are about. */
enum cr_limit_text {
    CR_TEXT_SERVICE,
    CR_TEXT_REVISION,
    CR_TEXT_CONTAINER,
    CR_TEXT_PROJECT,
    CR_TEXT_REGION,
    CR_TEXT_DESCRIPTION,
    CR_TEXT_LABEL_KEY,
    CR_TEXT_LABEL_VALUE,
    CR_TEXT_ENV_NAME,
    CR_TEXT_ENV_VALUE,
    CR_TEXT_IMAGE,
    CR_TEXT_PORT_NAME,
    CR_TEXT_PROBE_PATH,
    CR_TEXT_HEADER_NAME,
    CR_TEXT_HEADER_VALUE,
    CR_TEXT_TAG,
    CR_TEXT_TAG_HOST, /* TAG---SERVICE, the first label of the tag's host */
    CR_TEXT_MOUNT,
    CR_TEXT_GPU_TYPE,
    CR_TEXT_GPU_REGION, /* TYPE@REGION */
    CR_TEXT_SERVER_PATH,
    CR_TEXT_COUNT
};

extern const char *const cr_limit_text_names[CR_TEXT_COUNT]; /* "name of a service" */

enum cr_text_rule {
    CR_TEXT_FORM,     /* a character of `first`, then of `rest`, at the end one of `last`; at most `max` characters */
    CR_TEXT_BYTES,    /* at most `max` bytes */
    CR_TEXT_IS,       /* one of the words */
    CR_TEXT_IS_NOT,   /* none of them */
    CR_TEXT_STARTS,   /* does not start with one of them */
    CR_TEXT_HOLDS,    /* does not hold one of them */
    CR_TEXT_ENDS,     /* does not end with one of them */
    CR_TEXT_REFERENCE /* [HOST[:PORT]/]PATH[:TAG][@DIGEST], as registries read it */
};

/* A text. Sets of characters are written as in "a-z0-9-"; "\x80-\xff" is every character outside ASCII. */
struct cr_text_limit {
    const char *id;
    unsigned profiles;
    enum cr_limit_text text;
    enum cr_text_rule rule;
    const char *first, *rest, *last; /* NULL: any */
    int64_t max;                     /* 0: any */
    const char *const *words;        /* NULL-terminated */
    bool advice;
    const char *why; /* what is legal: "use a-z, 0-9 and -" */
    const char *source, *checked;
};

/* What is about how parts of a service go together. */
enum cr_limit_shape {
    CR_SHAPE_QUANTITY,     /* cpu, memory, GPUs and sizes are quantities */
    CR_SHAPE_PROBE,        /* at most one handler */
    CR_SHAPE_PROBE_NONE,   /* a liveness or readiness probe has one */
    CR_SHAPE_PROBE_GRPC,   /* its port is named */
    CR_SHAPE_PROBE_TCP,    /* liveness and readiness do not take it */
    CR_SHAPE_EGRESS,       /* needs a network or a connector */
    CR_SHAPE_NETWORK,      /* or, not both */
    CR_SHAPE_INGRESS_PORT, /* one container of several has a port */
    CR_SHAPE_ONE_PORT,
    CR_SHAPE_NAMES,     /* of containers differ */
    CR_SHAPE_GPU_ALONE, /* one container has it */
    CR_SHAPE_ENV_TWICE,
    CR_SHAPE_ENV_REFERENCE, /* $(VAR) stays as it is */
    CR_SHAPE_MOUNTS,        /* do not lie in one another */
    CR_SHAPE_MOUNT_VOLUME,  /* the volume is there */
    CR_SHAPE_MOUNT_TMP,     /* secrets, first generation */
    CR_SHAPE_VOLUME_CLOUDSQL,
    CR_SHAPE_VOLUME_GENERATION,
    CR_SHAPE_VOLUME_MEMORY, /* volumes in memory fit into it */
    CR_SHAPE_REVISION_PREFIX,
    CR_SHAPE_COUNT
};

struct cr_shape_limit {
    const char *id;
    unsigned profiles;
    enum cr_limit_shape shape;
    bool advice;
    const char *why; /* the rule, for people */
    const char *source, *checked;
};

/* What is good to know and never checked: defaults, and what the platform does while it runs. */
struct cr_limit_fact {
    const char *id;
    unsigned profiles;
    const char *fact;
    const char *source, *checked;
};

/* The data, for `crdeploy limits` and the local platform. Each ends with an empty id. */
extern const struct cr_limit cr_limits[];
extern const struct cr_order_limit cr_order_limits[];
extern const struct cr_text_limit cr_text_limits[];
extern const struct cr_shape_limit cr_shape_limits[];
extern const struct cr_limit_fact cr_limit_facts[];

/* What is checked. A place is shown before the fault; manifest decides whether a remedy reads `--memory 2Gi` or
 * `memory: 2Gi`. */
struct cr_limit_value {
    bool set;
    int64_t number;
    const char *place; /* borrowed; NULL is none */
    bool manifest;
    bool fallback; /* a default: nobody wrote it */
    bool summed;   /* over several containers: between the least and the most of a set everything is legal */
};

/* Appends every breach of a rule about numbers. */
void cr_limits_check(const struct cr_limit_value values[CR_LIMIT_FIELD_COUNT], enum cr_profile profile,
                     struct cr_problems *problems);
/* The same for a text. `said` is how it stands in the message, NULL: as it is. True when no error was found. */
bool cr_limits_check_text(enum cr_limit_text what, const char *text, const char *said, const char *place,
                          enum cr_profile profile, struct cr_problems *problems);

/* A number of a field as people write it: 2Gi, 0.5, 300s, 80, gen2. */
void cr_limit_number(enum cr_limit_field field, int64_t number, char text[32]);

#endif
