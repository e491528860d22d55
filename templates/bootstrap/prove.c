/* prove.c - CONTEXT_DIR OUT_DIR: asks the model that prepare left in OUT_DIR every sample of crdeploy.json, through the
 * very objects the server is linked from, and fails the build of the image when an answer differs. */
#include <stdio.h>
#include <stdlib.h>

#include "settings.h"

/* What the image will run with, but for the variables of the machine that builds. */
struct proof {
    struct settings settings;
    struct model *model;
    struct task *task;
};

static int open_all(struct proof *p, const char *dir, struct error *err)
{
    char path[4096], weights[4096];
    struct model_options options;
    struct task_config config;

    snprintf(path, sizeof(path), "%s/settings/model/model.json", dir);
    snprintf(weights, sizeof(weights), "%s/weights/model", dir);
    if (settings_read(&p->settings, weights, path, err) < 0)
        return -1;
    config = settings_task(&p->settings);
    options = settings_model(&p->settings);
    if (model_open(&options, &p->model, err) < 0 || task_open(p->settings.task, &config, p->model, &p->task, err) < 0)
        return -1;
    return p->task->ops->warm(p->task, err);
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

static int prove(struct proof *p, const char *context, const char *dir, struct error *err)
{
    char path[4096];
    json_auto_t *config = NULL;
    json_t *samples, *sample;
    size_t i;

    snprintf(path, sizeof(path), "%s/crdeploy.json", context);
    config = json_load_file(path, 0, NULL);
    if (!config)
        return error_set(err, 500, "'%s' cannot be read", path);
    if (open_all(p, dir, err) < 0)
        return -1;
    samples = json_object_get(config, "samples");
    json_array_foreach(samples, i, sample)
    {
        if (ask(p, sample, err) < 0)
            return error_wrap(err, "sample %zu of %zu failed", i + 1, json_array_size(samples));
    }
    printf("prove: %zu of %zu samples answered as expected\n", i, i);
    return 0;
}

int main(int argc, char **argv)
{
    struct proof p = {0};
    struct error err = {0};
    int rc;

    if (argc != 3) {
        fprintf(stderr, "usage: prove CONTEXT_DIR OUT_DIR\n");
        return 2;
    }
    rc = prove(&p, argv[1], argv[2], &err);
    if (rc < 0)
        fprintf(stderr, "prove: %s\n", err.msg);
    task_close(p.task);
    model_close(p.model);
    settings_clear(&p.settings);
    return rc < 0 ? 1 : 0;
}
