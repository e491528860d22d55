/*
 * key.h - every setting crdeploy knows, one row each.
 *
 * The rows drive: parsing crdeploy.yaml, the comments `init` writes, crdeploy.yaml(5), the JSON Schema for editors,
 * CRDEPLOY_* variables, `config`, the options of build, deploy and check, and `check --explain`.
 *
 * Ownership: rows and the strings in them are static.
 */
#ifndef CR_KEY_H
#define CR_KEY_H

#include <stdbool.h>
#include <stddef.h>

/* What a scalar is read as; YAML's own implicit types are never used. */
enum cr_type {
    CR_T_TEXT,
    CR_T_INT,      /* whole number */
    CR_T_NUMBER,   /* decimal number */
    CR_T_BOOL,     /* true or false */
    CR_T_CPU,      /* Kubernetes quantity, kept as milli-CPU: 2, 0.5, 500m */
    CR_T_BYTES,    /* Kubernetes quantity, kept as bytes: 3G, 512Mi */
    CR_T_DURATION, /* kept as seconds: 300, 300s, 5m, 1h */
    CR_T_CHOICE,   /* one of row->choices */
    CR_T_PATH,     /* file or directory, relative to the manifest's directory */
    CR_T_MAP,      /* mapping of text to text; as an option: K=V,K=V, repeatable */
    CR_T_SAMPLES,  /* the sequence under `samples` */
};

/* Order is the order of crdeploy.yaml(5) and of the manifest that `init` writes. */
enum cr_key {
    CR_KEY_NAME,
    CR_KEY_DESCRIPTION,
    CR_KEY_LABELS,
    CR_KEY_MODEL_TASK,
    CR_KEY_MODEL_SOURCE,
    CR_KEY_MODEL_LICENSE,
    CR_KEY_FILE_MODEL,
    CR_KEY_FILE_TOKENIZER,
    CR_KEY_FILE_VOCAB,
    CR_KEY_FILE_CONFIG,
    CR_KEY_SERVER_PATH,
    CR_KEY_SERVER_OUTPUT,
    CR_KEY_SERVER_MAX_LENGTH,
    CR_KEY_SERVER_STRIDE,
    CR_KEY_SERVER_MAX_ANSWER_TOKENS,
    CR_KEY_SERVER_THREADS,
    CR_KEY_SERVER_QUEUE,
    CR_KEY_SERVER_MAX_BODY,
    CR_KEY_BUILD_IMAGE,
    CR_KEY_BUILD_OPTIMIZE,
    CR_KEY_BUILD_REGION,
    CR_KEY_BUILD_MACHINE_TYPE,
    CR_KEY_BUILD_DISK_SIZE,
    CR_KEY_BUILD_TIMEOUT,
    CR_KEY_BUILD_CACHE,
    CR_KEY_BUILD_SNAPSHOT,
    CR_KEY_BUILD_SERVICE_ACCOUNT,
    CR_KEY_BUILD_WORKER_POOL,
    CR_KEY_BUILD_SUBSTITUTIONS,
    CR_KEY_BUILD_STAGING_DIR,
    CR_KEY_BUILD_LOG_DIR,
    CR_KEY_BUILD_BUCKETS,
    CR_KEY_BUILD_KANIKO,
    CR_KEY_BUILD_KANIKO_TTL,
    CR_KEY_BUILD_KANIKO_IMAGE,
    CR_KEY_BUILD_CHECK_TAG,
    CR_KEY_BUILD_GCLOUDIGNORE,
    CR_KEY_BUILD_TEMPLATE_DIR,
    CR_KEY_PROJECT,
    CR_KEY_REGION,
    CR_KEY_PLATFORM,
    CR_KEY_IMAGE,
    CR_KEY_CPU,
    CR_KEY_MEMORY,
    CR_KEY_CONCURRENCY,
    CR_KEY_TIMEOUT,
    CR_KEY_MIN_INSTANCES,
    CR_KEY_MAX_INSTANCES,
    CR_KEY_ENV,
    CR_KEY_SECRETS,
    CR_KEY_PORT,
    CR_KEY_USE_HTTP2,
    CR_KEY_EXECUTION_ENVIRONMENT,
    CR_KEY_CPU_THROTTLING,
    CR_KEY_CPU_BOOST,
    CR_KEY_GPU,
    CR_KEY_GPU_TYPE,
    CR_KEY_GPU_ZONAL_REDUNDANCY,
    CR_KEY_SESSION_AFFINITY,
    CR_KEY_MIN,
    CR_KEY_MAX,
    CR_KEY_SERVICE_ACCOUNT,
    CR_KEY_INGRESS,
    CR_KEY_VPC_CONNECTOR,
    CR_KEY_NETWORK,
    CR_KEY_SUBNET,
    CR_KEY_VPC_EGRESS,
    CR_KEY_ENCRYPTION_KEY,
    CR_KEY_BINARY_AUTHORIZATION,
    CR_KEY_ALLOW_UNAUTHENTICATED,
    CR_KEY_SAMPLES,
    CR_KEY_COUNT
};

struct cr_key_row {
    const char *path; /* in the manifest: "deploy.cpu" */
    enum cr_type type;
    const char *option;         /* long option without dashes, or NULL: "cpu" */
    const char *arg;            /* metavar for help: "CPUS" */
    const char *env;            /* "CRDEPLOY_CPU", or NULL */
    const char *config;         /* name in `crdeploy config`, or NULL: "region" */
    const char *gcloud;         /* gcloud property, "run/region", or NULL */
    const char *fallback;       /* default as text, or NULL when there is none */
    const char *help;           /* capitalised, without a full stop */
    const char *example;        /* what `init` writes in a comment, or NULL */
    const char *const *choices; /* NULL-terminated, for CR_T_CHOICE */
};

extern const struct cr_key_row cr_keys[CR_KEY_COUNT];

/* Choices that flags of core/flag.h have too. NULL-terminated. */
extern const char *const cr_choices_environment[], *const cr_choices_ingress[], *const cr_choices_egress[];

/* A value that is part of the design but not there yet: a task, a platform, the scheme of a source. */
bool cr_key_later(enum cr_key key, const char *value);
/* Whether a text is that choice of a CR_T_CHOICE row: words that Cloud Build's API spells E2_HIGHCPU_8 and gcloud
 * e2-highcpu-8 are the same. */
bool cr_key_same(enum cr_key key, const char *choice, const char *text);
const char *cr_key_name(enum cr_key key); /* last part of the path: "cpu" */

#endif
