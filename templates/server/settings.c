#include "settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpus.h"
#include "memory.h"

/* One row a number: its key in the document's "server" object, its variable, bounds and default. Threads of 0 are as
 * many as the container has CPUs, a request_mb of 0 is a quarter of its memory. */
static const struct {
    const char *key, *variable;
    size_t offset;
    int64_t fallback, min, max;
} numbers[] = {
    {"max_length", NULL, offsetof(struct settings, max_length), 384, 8, 65536},
    {"stride", NULL, offsetof(struct settings, stride), 128, 0, 65536},
    {"max_answer_tokens", NULL, offsetof(struct settings, max_answer_tokens), 15, 1, 65536},
    {"threads", "CRDEPLOY_THREADS", offsetof(struct settings, threads), 0, 0, 64},
    {"queue", "CRDEPLOY_QUEUE", offsetof(struct settings, queue), 16, 0, 4096},
    {"pack_mb", "CRDEPLOY_PACK_MB", offsetof(struct settings, pack_mb), 32, 0, 1 << 20},
    {"max_body", "CRDEPLOY_MAX_BODY", offsetof(struct settings, max_body), 1048576, 1, 1 << 30},
    {"request_mb", "CRDEPLOY_REQUEST_MB", offsetof(struct settings, request_mb), 0, 0, 1 << 20},
    {"body_s", "CRDEPLOY_BODY_S", offsetof(struct settings, body_s), 60, 1, 3600},
    {"wait_s", "CRDEPLOY_WAIT_S", offsetof(struct settings, wait_s), 300, 1, 3600},
    {"drain_s", "CRDEPLOY_DRAIN_S", offsetof(struct settings, drain_s), 9, 0, 3600},
    {"idle_s", "CRDEPLOY_IDLE_S", offsetof(struct settings, idle_s), 620, 1, 86400},
    {"connections", "CRDEPLOY_CONNECTIONS", offsetof(struct settings, connections), 10240, 1, 100000},
    {"port", "PORT", offsetof(struct settings, port), 8080, 0, 65535},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int64_t *number_at(struct settings *s, size_t offset)
{
    return (int64_t *)((char *)s + offset);
}

static int set_number(struct settings *s, size_t row, int64_t value, const char *what, struct error *err)
{
    if (value < numbers[row].min || value > numbers[row].max)
        return error_set(err, 500, "'%s' is %" PRId64 ": it must be from %" PRId64 " to %" PRId64, what, value,
                         numbers[row].min, numbers[row].max);
    *number_at(s, numbers[row].offset) = value;
    return 0;
}

static int read_numbers(struct settings *s, struct error *err)
{
    json_t *server = json_object_get(s->doc, "server");

    for (size_t i = 0; i < COUNT(numbers); i++) {
        json_t *value = json_object_get(server, numbers[i].key);

        if (value && !json_is_integer(value))
            return error_set(err, 500, "'%s' is not a whole number", numbers[i].key);
        if (set_number(s, i, value ? json_integer_value(value) : numbers[i].fallback, numbers[i].key, err) < 0)
            return -1;
    }
    return 0;
}

static int read_file(struct settings *s, const char *dir, const char *key, char **out, struct error *err)
{
    const char *name = json_string_value(json_object_get(json_object_get(s->doc, "files"), key));

    if (!name)
        return 0;
    if (asprintf(out, "%s/%s", dir, name) < 0) {
        *out = NULL;
        return error_set(err, 500, "out of memory");
    }
    return 0;
}

static int read_strings(struct settings *s, struct error *err)
{
    json_t *server = json_object_get(s->doc, "server");
    const char *output = json_string_value(json_object_get(server, "output"));

    s->name = json_string_value(json_object_get(s->doc, "name"));
    s->task = json_string_value(json_object_get(s->doc, "task"));
    s->version = json_string_value(json_object_get(s->doc, "revision"));
    s->path = json_string_value(json_object_get(server, "path"));
    if (!s->name || !s->task)
        return error_set(err, 500, "name or task is missing");
    if (s->version && !s->version[0])
        s->version = NULL;
    if (!s->path)
        s->path = "/predict";
    if (s->path[0] != '/' || !s->path[1])
        return error_set(err, 500, "server.path '%s' does not start with '/', or is '/' itself", s->path);
    if (!strcmp(s->path, "/ready") || !strcmp(s->path, "/live"))
        return error_set(err, 500, "server.path '%s' is where the platform asks how the server is", s->path);
    s->full = output && !strcmp(output, "full");
    return 0;
}

/* What depends on the container. */
static void fill_in(struct settings *s)
{
    if (!s->threads)
        s->threads = cpus_available();
    if (!s->request_mb)
        s->request_mb = (memory_available() / 4 + (1 << 20) - 1) >> 20;
}

int settings_read(struct settings *s, const char *dir, const char *path, struct error *err)
{
    json_error_t where;

    s->doc = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    if (!s->doc)
        return error_set(err, 500, "'%s' line %d: %s", path, where.line, where.text);
    if (read_strings(s, err) < 0 || read_numbers(s, err) < 0 || read_file(s, dir, "model", &s->model, err) < 0 ||
        read_file(s, dir, "tokenizer", &s->tokenizer, err) < 0 || read_file(s, dir, "vocab", &s->vocab, err) < 0 ||
        read_file(s, dir, "config", &s->config, err) < 0)
        return error_wrap(err, "'%s'", path);
    if (!s->model)
        return error_set(err, 500, "'%s': files.model is missing", path);
    fill_in(s);
    return 0;
}

static int read_document(struct settings *s, struct error *err)
{
    static const char *const names[] = {"model.json", "crdeploy.json"};
    char path[4096];

    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", s->model_dir, names[i]);
        if (access(path, F_OK) == 0)
            return settings_read(s, s->model_dir, path, err);
    }
    return error_set(err, 500, "neither model.json nor crdeploy.json is in MODEL_DIR '%s'", s->model_dir);
}

static int read_variables(struct settings *s, char *(*get)(const char *), struct error *err)
{
    for (size_t i = 0; i < COUNT(numbers); i++) {
        const char *text = numbers[i].variable ? get(numbers[i].variable) : NULL;
        char *end;
        long long value;

        if (!text || !text[0])
            continue;
        errno = 0;
        value = strtoll(text, &end, 10);
        if (*end || errno)
            return error_set(err, 500, "%s is '%s': a whole number is wanted", numbers[i].variable, text);
        if (set_number(s, i, value, numbers[i].variable, err) < 0)
            return -1;
    }
    return 0;
}

static const char *word(char *(*get)(const char *), const char *variable, const char *fallback)
{
    const char *text = get(variable);

    return text && text[0] ? text : fallback;
}

int settings_load(struct settings *s, char *(*get)(const char *), struct error *err)
{
    s->model_dir = word(get, "MODEL_DIR", "/model");
    s->listen = word(get, "LISTEN_ADDR", "0.0.0.0");
    s->project = word(get, "GOOGLE_CLOUD_PROJECT", NULL);
    if (!s->project && get("K_SERVICE")) /* only Cloud Run, and what is like it, has one to ask */
        s->metadata = word(get, "GCE_METADATA_HOST", "169.254.169.254");
    if (read_document(s, err) < 0)
        return -1;
    if (read_variables(s, get, err) < 0)
        return -1;
    fill_in(s);
    return 0;
}

void settings_clear(struct settings *s)
{
    free(s->model);
    free(s->tokenizer);
    free(s->vocab);
    free(s->config);
    json_decref(s->doc);
    memset(s, 0, sizeof(*s));
}

size_t settings_request_bytes(const struct settings *s)
{
    int64_t half = (s->request_mb << 20) / 2;

    return (size_t)(half > s->max_body ? half : s->max_body);
}

struct model_options settings_model(const struct settings *s)
{
    return (struct model_options){.path = s->model, .task = s->task, .threads = (int)s->threads, .pack_mb = s->pack_mb};
}

struct task_config settings_task(const struct settings *s)
{
    return (struct task_config){
        .name = s->name,
        .version = s->version,
        .tokenizer = s->tokenizer,
        .vocab = s->vocab,
        .config = s->config,
        .max_length = (int)s->max_length,
        .stride = (int)s->stride,
        .max_answer_tokens = (int)s->max_answer_tokens,
        .full = s->full,
    };
}
