/* prepare.c - CONTEXT_DIR OUT_DIR: from the model as it came to the model as it is served.
 *
 * Checks every file against crdeploy.lock, optimises the graph, compiles the tokenizer, and writes
 *   OUT_DIR/weights/model/...         what the weights' layer of the image holds
 *   OUT_DIR/settings/model/model.json what the server needs to know; a layer of its own, so that a new path or queue
 *                                     does not push the weights again
 * What of it is served is decided by prove, which has the server's code.
 * The same input gives the same bytes; of the server's code only the form of a compiled tokenizer matters here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "graph.h"
#include "lock.h"
#include "original.h"
#include "vocab.h"

struct context {
    const char *dir;
    char weights[4096], settings[4096]; /* directories of the output */
    json_t *config, *lock, *files, *digests;
    const char *graph; /* how far it is optimised, or "original" */
};

static int load(struct context *c, struct error *err)
{
    char path[4096];
    json_error_t where;

    snprintf(path, sizeof(path), "%s/crdeploy.json", c->dir);
    c->config = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    if (!c->config)
        return error_set(err, 500, "'%s' line %d: %s", path, where.line, where.text);
    snprintf(path, sizeof(path), "%s/crdeploy.lock", c->dir);
    if (lock_load(path, &c->lock, err) < 0)
        return -1;
    snprintf(path, sizeof(path), "%s/model", c->dir);
    return lock_check(c->lock, path, err);
}

/* The complete path of files.KEY, or NULL when the model has none. Lock paths are below model/. */
static int find(const struct context *c, const char *key, const char **name, char path[4096], struct error *err)
{
    *name = json_string_value(json_object_get(json_object_get(c->config, "files"), key));
    if (!*name)
        return 0;
    if (strncmp(*name, "model/", 6) != 0 || !lock_names(c->lock, *name + 6))
        return error_set(err, 500, "files.%s '%s' is not in crdeploy.lock", key, *name);
    snprintf(path, 4096, "%s/%s", c->dir, *name);
    return 0;
}

/* The graph as it came is served where ONNX Runtime cannot write its prepared form; prove sees whether it answers. */
static int write_graph(struct context *c, const char *path, const struct onnx_facts *facts, struct error *err)
{
    const char *set = json_string_value(json_object_get(c->config, "optimize"));
    struct error why = {0};
    char weights[4400];
    int level;

    c->graph = set ? set : "all";
    if (graph_level(c->graph, &level, err) < 0)
        return -1;
    if (graph_prepare(path, c->weights, level, !facts->subgraphs, &why) < 0) {
        printf("prepare: warning: the original graph is served, not an optimised one: %s\n", why.msg);
        c->graph = "original";
        return original_take(path, facts, c->weights, c->digests, err);
    }
    if (facts->subgraphs)
        printf("prepare: the graph has subgraphs (If, Loop or Scan), so its weights stay inside it\n");
    snprintf(weights, sizeof(weights), "%s/" GRAPH_WEIGHTS, c->weights);
    if (access(weights, F_OK) == 0 && file_record(c->digests, c->weights, GRAPH_WEIGHTS, err) < 0)
        return -1;
    return file_record(c->digests, c->weights, GRAPH_FILE, err);
}

static int prepare_graph(struct context *c, struct error *err)
{
    struct onnx_facts facts;
    char path[4096];
    const char *name;
    int rc;

    if (find(c, "model", &name, path, err) < 0)
        return -1;
    if (!name)
        return error_set(err, 500, "crdeploy.json: files.model is missing");
    if (onnx_scan_file(path, &facts, err) < 0)
        return -1;
    json_object_set_new(c->files, "model", json_string(GRAPH_FILE));
    rc = write_graph(c, path, &facts, err);
    onnx_facts_free(&facts);
    return rc;
}

/* The server maps a compiled tokenizer; parsing 30,000 pieces of JSON costs more than opening the model. */
static int compile_tokenizer(struct context *c, const char *from, struct error *err)
{
    char to[4400];
    struct vocab *vocab;
    FILE *f;
    int rc;

    snprintf(to, sizeof(to), "%s/tokenizer.bin", c->weights);
    if (vocab_open(from, VOCAB_JSON, NULL, &vocab, err) < 0)
        return -1;
    f = fopen(to, "wb");
    rc = f ? vocab_write(vocab, f, err) : error_set(err, 500, "'%s' cannot be written", to);
    if (f && fclose(f) != 0 && rc == 0)
        rc = error_set(err, 500, "'%s' cannot be written", to);
    vocab_free(vocab);
    if (rc < 0)
        return -1;
    json_object_set_new(c->files, "tokenizer", json_string("tokenizer.bin"));
    return file_record(c->digests, c->weights, "tokenizer.bin", err);
}

static int take_file(struct context *c, const char *key, const char *as, struct error *err)
{
    const char *task = json_string_value(json_object_get(c->config, "task")), *name;
    char from[4096], to[4400];

    if (find(c, key, &name, from, err) < 0)
        return -1;
    if (!name)
        return 0;
    if (!strcmp(key, "tokenizer") && task && !strcmp(task, "question-answering"))
        return compile_tokenizer(c, from, err);
    snprintf(to, sizeof(to), "%s/%s", c->weights, as);
    if (files_copy(from, to, err) < 0)
        return -1;
    json_object_set_new(c->files, key, json_string(as));
    return file_record(c->digests, c->weights, as, err);
}

static int write_settings(struct context *c, struct error *err)
{
    static const char *const kept[] = {"name", "task", "server"};
    json_auto_t *doc = json_object();
    char path[4400];

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        json_object_set(doc, kept[i], json_object_get(c->config, kept[i]));
    json_object_set(doc, "source", json_object_get(c->lock, "source"));
    json_object_set(doc, "revision", json_object_get(c->lock, "revision"));
    json_object_set(doc, "files", c->files);
    json_object_set(doc, "digests", c->digests);
    json_object_set_new(doc, "graph", json_string(c->graph));
    json_object_set_new(doc, "prepared_by", json_sprintf("onnxruntime %s", graph_runtime()));
    snprintf(path, sizeof(path), "%s/model.json", c->settings);
    if (json_dump_file(doc, path, JSON_INDENT(2) | JSON_SORT_KEYS) < 0)
        return error_set(err, 500, "'%s' cannot be written", path);
    return 0;
}

static int prepare(struct context *c, const char *out, struct error *err)
{
    snprintf(c->weights, sizeof(c->weights), "%s/weights/model", out);
    snprintf(c->settings, sizeof(c->settings), "%s/settings/model", out);
    c->files = json_object();
    c->digests = json_object();
    if (load(c, err) < 0 || files_mkdir(c->weights, err) < 0 || files_mkdir(c->settings, err) < 0 ||
        prepare_graph(c, err) < 0 || take_file(c, "tokenizer", "tokenizer.json", err) < 0 ||
        take_file(c, "vocab", "vocab.txt", err) < 0 || take_file(c, "config", "config.json", err) < 0 ||
        write_settings(c, err) < 0)
        return -1;
    return files_normalise(out, err);
}

int main(int argc, char **argv)
{
    struct context c = {0};
    struct error err = {0};
    int rc;

    if (argc != 3) {
        fprintf(stderr, "usage: prepare CONTEXT_DIR OUT_DIR\n");
        return 2;
    }
    c.dir = argv[1];
    rc = prepare(&c, argv[2], &err);
    if (rc < 0)
        fprintf(stderr, "prepare: %s\n", err.msg);
    else
        printf("prepare: the model matches crdeploy.lock and is ready\n");
    json_decref(c.config);
    json_decref(c.lock);
    json_decref(c.files);
    json_decref(c.digests);
    return rc < 0 ? 1 : 0;
}
