/* prove.c - CONTEXT_DIR OUT_DIR [FACTS_DIR]: whether what prepare left in OUT_DIR may be served, found out through the
 * very objects the server is linked from.
 *
 * Without FACTS_DIR: the prepared graph must open and answer as the original does (answers.h); where it does not, the
 * original takes its place in OUT_DIR, and the build says so. With FACTS_DIR: every sample of crdeploy.json must get
 * its answer, or the build fails. That is a process of its own, since the memory it took is measured: it is written to
 * FACTS_DIR/usr/share/crdeploy/Dockerfile, which makes it a label of the image.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "answers.h"
#include "files.h"
#include "lock.h"
#include "original.h"
#include "settings.h"

#define MIB (1L << 20)

/* What the image will run with, but for the variables of the machine that builds. */
struct proof {
    const char *out;
    char weights[4096], document[4096]; /* OUT_DIR/weights/model and its model.json */
    char original[4096];
    json_t *config; /* crdeploy.json */
    struct settings settings;
    struct model *model;
    struct task *task;
};

static void close_graph(struct proof *p)
{
    task_close(p->task);
    model_close(p->model);
    p->task = NULL;
    p->model = NULL;
}

static int open_graph(struct proof *p, const char *path, struct error *err)
{
    struct task_config config = settings_task(&p->settings);
    struct model_options options = settings_model(&p->settings);

    options.path = path;
    close_graph(p);
    if (model_open(&options, &p->model, err) < 0)
        return -1;
    return task_open(p->settings.task, &config, p->model, &p->task, err);
}

static int load(struct proof *p, const char *context, struct error *err)
{
    const char *name;
    char path[4096];

    snprintf(path, sizeof(path), "%s/crdeploy.json", context);
    p->config = json_load_file(path, 0, NULL);
    name = json_string_value(json_object_get(json_object_get(p->config, "files"), "model"));
    if (!name)
        return error_set(err, 500, "'%s' cannot be read, or files.model is missing", path);
    snprintf(p->original, sizeof(p->original), "%s/%s", context, name);
    snprintf(p->weights, sizeof(p->weights), "%s/weights/model", p->out);
    snprintf(p->document, sizeof(p->document), "%s/settings/model/model.json", p->out);
    return settings_read(&p->settings, p->weights, p->document, err);
}

/* 0: the prepared graph answers as the original, or that cannot be known, which is said. 1: it does not, and err says
 * why. -1: neither of them can be opened. */
static int compare_graphs(struct proof *p, const struct onnx_facts *facts, struct error *err)
{
    const json_t *samples = json_object_get(p->config, "samples");
    struct answers answers = {0};
    struct error why = {0};
    int rc;

    if (open_graph(p, p->original, &why) < 0) {
        printf("prove: the prepared graph is not compared with the original: %s\n", why.msg);
        return open_graph(p, p->settings.model, err);
    }
    rc = facts->random ? error_set(&why, 500, "it draws random numbers")
                       : answers_take(p->model, p->task, samples, &answers, &why);
    if (rc < 0) {
        printf("prove: the prepared graph is not compared with the original: %s\n", why.msg);
        return open_graph(p, p->settings.model, err) < 0 ? 1 : 0;
    }
    rc = open_graph(p, p->settings.model, err);
    if (rc == 0)
        rc = answers_compare(&answers, p->model, p->task, samples, facts->quantised, err);
    if (rc == 0)
        printf("prove: the prepared graph answers as the original\n");
    answers_free(&answers);
    return rc < 0 ? 1 : 0;
}

/* Files of OUT_DIR and model.json, as if the graph had never been prepared. */
static int serve_original(struct proof *p, const struct onnx_facts *facts, struct error *err)
{
    json_t *doc = p->settings.doc;

    if (original_take(p->original, facts, p->weights, json_object_get(doc, "digests"), err) < 0)
        return -1;
    json_object_set_new(doc, "graph", json_string("original"));
    if (json_dump_file(doc, p->document, JSON_INDENT(2) | JSON_SORT_KEYS) < 0)
        return error_set(err, 500, "'%s' cannot be written", p->document);
    return files_normalise(p->out, err);
}

/* Opens what will be served. */
static int choose(struct proof *p, const struct onnx_facts *facts, struct error *err)
{
    const char *graph = json_string_value(json_object_get(p->settings.doc, "graph"));
    struct error why = {0};
    int rc;

    if (graph && !strcmp(graph, "original"))
        return open_graph(p, p->settings.model, err);
    rc = compare_graphs(p, facts, &why);
    if (rc < 0)
        *err = why;
    if (rc <= 0)
        return rc;
    printf("prove: warning: the original graph is served, since the prepared one does not do as it does: %s\n",
           why.msg);
    if (serve_original(p, facts, err) < 0)
        return -1;
    return open_graph(p, p->settings.model, err);
}

static int ask(struct proof *p, const json_t *sample, struct error *err)
{
    const json_t *expected = json_object_get(sample, "response"), *tolerance = json_object_get(sample, "tolerance");
    json_auto_t *got = NULL;
    json_t *answer;

    if (p->task->ops->answer(p->task, json_object_get(sample, "request"), &answer, err) < 0)
        return -1;
    got = answer;
    if (!expected || json_is_null(expected))
        return 0;
    return task_compare(expected, got, json_is_number(tolerance) ? json_number_value(tolerance) : 1e-3, err);
}

static int ask_all(struct proof *p, struct error *err)
{
    json_t *samples = json_object_get(p->config, "samples"), *sample;
    size_t i;

    if (open_graph(p, p->settings.model, err) < 0 || p->task->ops->warm(p->task, err) < 0)
        return -1;
    json_array_foreach(samples, i, sample)
    {
        if (ask(p, sample, err) < 0)
            return error_wrap(err, "sample %zu of %zu failed", i + 1, json_array_size(samples));
    }
    printf("prove: %zu of %zu samples answered as expected\n", i, i);
    return 0;
}

/* The most that was resident and a sixteenth more, rounded up to a sixteenth of its power of two and at least to 16
 * MiB, so that the same image measured twice has the same label: two runs differ by half a MiB, in what the kernel maps
 * of files. */
static long peak_bytes(void)
{
    struct rusage use = {0};
    long bytes, step = 16 * MIB;

    getrusage(RUSAGE_SELF, &use);
    bytes = use.ru_maxrss * 1024;
    bytes += bytes / 16;
    while (step * 32 <= bytes)
        step *= 2;
    return (bytes + step - 1) / step * step;
}

static int write_peak(const char *facts, struct error *err)
{
    char dir[4096], path[4200];
    long bytes = peak_bytes();
    FILE *f;

    snprintf(dir, sizeof(dir), "%s/usr/share/crdeploy", facts);
    snprintf(path, sizeof(path), "%s/Dockerfile", dir);
    if (files_mkdir(dir, err) < 0)
        return -1;
    f = fopen(path, "w");
    if (f)
        fprintf(f, "ARG IMAGE\nFROM ${IMAGE}\nLABEL io.crdeploy.peak-memory=\"%ld\"\n", bytes);
    if (!f || fclose(f) != 0)
        return error_set(err, 500, "'%s' cannot be written", path);
    printf("prove: at most %ld MiB were resident\n", bytes / MIB);
    return files_normalise(facts, err);
}

static int compare(struct proof *p, struct error *err)
{
    struct onnx_facts facts = {0};
    int rc = onnx_scan_file(p->original, &facts, err);

    if (rc == 0)
        rc = choose(p, &facts, err);
    onnx_facts_free(&facts);
    return rc;
}

int main(int argc, char **argv)
{
    struct proof p = {0};
    struct error err = {0};
    int rc;

    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: prove CONTEXT_DIR OUT_DIR [FACTS_DIR]\n");
        return 2;
    }
    p.out = argv[2];
    rc = load(&p, argv[1], &err);
    if (rc == 0)
        rc = argc == 3 ? compare(&p, &err) : ask_all(&p, &err);
    if (rc == 0 && argc == 4)
        rc = write_peak(argv[3], &err);
    if (rc < 0)
        fprintf(stderr, "prove: %s\n", err.msg);
    close_graph(&p);
    settings_clear(&p.settings);
    json_decref(p.config);
    return rc < 0 ? 1 : 0;
}
