/*
 * settings.h - everything the server is told: model.json (or, in an unpacked build context, crdeploy.json) in
 * MODEL_DIR, then the environment, which wins.
 *
 * Ownership: settings own the document and the paths; strings are borrowed from them.
 */
#ifndef SERVER_SETTINGS_H
#define SERVER_SETTINGS_H

#include <jansson.h>

#include "task.h"

struct settings {
    json_t *doc;
    const char *name, *version, *task; /* of the model; version is its revision, or NULL */
    const char *path;                  /* where POST answers: "/predict" */
    char *model;                       /* complete paths; NULL when there is no such file */
    char *tokenizer, *vocab, *config;
    int64_t max_length, stride, max_answer_tokens;
    int64_t threads;    /* of one inference; 0 in a document: as many as the container has CPUs */
    int64_t pack_mb;    /* weights up to this are packed while loading: slower to start, faster to answer */
    int64_t queue;      /* requests that may wait while one runs */
    int64_t max_body;   /* bytes */
    int64_t request_mb; /* memory for all requests: their bodies, and the JSON of the one that runs; 0 in a document:
                         * a quarter of the container's memory */
    int64_t port;
    int64_t body_s;      /* a request that is not complete after as long is a 408 */
    int64_t wait_s;      /* a request that waited longer is not run any more, nor one of many windows gone on with */
    int64_t drain_s;     /* after SIGTERM; Cloud Run kills at ten seconds */
    int64_t idle_s;      /* a silent connection is closed */
    int64_t connections; /* at the same time; fewer where the limit of descriptors is lower */
    bool full;
    const char *model_dir, *listen, *project; /* project: NULL when not known */
    const char *metadata;                     /* whom to ask for the project; NULL: nobody */
};

/* Reads the environment through `get` (getenv, or a test's own). */
int settings_load(struct settings *s, char *(*get)(const char *), struct error *err);
void settings_clear(struct settings *s); /* zeroed is fine */

/* What the bodies of all requests may hold together, and, once more, what the JSON of one may take: half of request_mb
 * each, and never less than the largest body. */
size_t settings_request_bytes(const struct settings *s);

/* The document alone, for bootstrap: `path` is model.json or crdeploy.json, files are relative to `dir`. */
int settings_read(struct settings *s, const char *dir, const char *path, struct error *err);
struct task_config settings_task(const struct settings *s);
struct model_options settings_model(const struct settings *s);

#endif
