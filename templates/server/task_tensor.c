#include "task_tensor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "tensor_json.h"

#define MAX_TENSORS 64 /* of a graph, each way */

struct tensor_task {
    struct task base;
    const char *name, *version;
    struct tensor inputs[MAX_TENSORS], outputs[MAX_TENSORS]; /* reused from request to request */
    size_t n_inputs, n_outputs;
};

static const struct model_io *find_io(const struct model_io *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(list[i].name, name))
            return &list[i];
    }
    return NULL;
}

static bool has_tensor(const struct tensor *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(list[i].name, name))
            return true;
    }
    return false;
}

static int check_io(const struct model_io *io, const struct tensor *t, struct error *err)
{
    if (io->type != t->type)
        return error_set(err, 400, "input '%s' is %s, the model takes %s", t->name, tensor_type_name(t->type),
                         tensor_type_name(io->type));
    if (io->rank != t->rank)
        return error_set(err, 400, "input '%s' has %zu dimensions, the model takes %zu", t->name, t->rank, io->rank);
    for (size_t i = 0; i < t->rank; i++) {
        if (io->shape[i] >= 0 && io->shape[i] != t->shape[i])
            return error_set(err, 400, "input '%s' has %" PRId64 " at dimension %zu, the model takes %" PRId64, t->name,
                             t->shape[i], i, io->shape[i]);
    }
    return 0;
}

static int read_input(struct tensor_task *task, const json_t *row, size_t i, struct error *err)
{
    const struct model_signature *s = model_signature(task->base.model);
    const char *name = json_string_value(json_object_get(row, "name"));
    struct tensor *t = &task->inputs[i];
    const struct model_io *io = NULL;

    if (!name)
        return error_set(err, 400, "inputs[%zu] has no name", i);
    if (has_tensor(task->inputs, i, name))
        return error_set(err, 400, "input '%.100s' is there twice", name);
    if (!s->any && !(io = find_io(s->inputs, s->n_inputs, name)))
        return error_set(err, 400, "the model has no input '%.100s'", name);
    t->name = name;
    if (tensor_from_json(t, row, err) < 0)
        return error_wrap(err, "input '%.100s'", name);
    return io ? check_io(io, t, err) : 0;
}

static int read_inputs(struct tensor_task *task, const json_t *request, struct error *err)
{
    const struct model_signature *s = model_signature(task->base.model);
    const json_t *rows = json_object_get(request, "inputs");

    if (!json_is_array(rows) || json_array_size(rows) == 0)
        return error_set(err, 400, "inputs is missing, or not an array of tensors");
    if (json_array_size(rows) > MAX_TENSORS)
        return error_set(err, 400, "inputs has %zu tensors: at most %d are taken", json_array_size(rows), MAX_TENSORS);
    task->n_inputs = json_array_size(rows);
    for (size_t i = 0; i < task->n_inputs; i++) {
        if (read_input(task, json_array_get(rows, i), i, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < s->n_inputs; i++) {
        if (!has_tensor(task->inputs, task->n_inputs, s->inputs[i].name))
            return error_set(err, 400, "input '%s' is missing", s->inputs[i].name);
    }
    return 0;
}

static int add_output(struct tensor_task *task, const char *name, struct error *err)
{
    if (has_tensor(task->outputs, task->n_outputs, name))
        return error_set(err, 400, "output '%.100s' is asked for twice", name);
    if (task->n_outputs == MAX_TENSORS)
        return error_set(err, 400, "more than %d outputs", MAX_TENSORS);
    task->outputs[task->n_outputs++].name = name;
    return 0;
}

static int wanted_outputs(struct tensor_task *task, const json_t *rows, struct error *err)
{
    const struct model_signature *s = model_signature(task->base.model);
    const json_t *row;
    size_t i;

    if (!json_is_array(rows))
        return error_set(err, 400, "outputs is not an array");
    json_array_foreach(rows, i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));

        if (!name)
            return error_set(err, 400, "outputs[%zu] has no name", i);
        if (s->any ? !has_tensor(task->inputs, task->n_inputs, name) : !find_io(s->outputs, s->n_outputs, name))
            return error_set(err, 400, "the model has no output '%.100s'", name);
        if (add_output(task, name, err) < 0)
            return -1;
    }
    return 0;
}

/* Without "outputs" in the request: all of them. */
static int choose_outputs(struct tensor_task *task, const json_t *request, struct error *err)
{
    const struct model_signature *s = model_signature(task->base.model);
    const json_t *rows = json_object_get(request, "outputs");

    task->n_outputs = 0;
    if (rows && !(json_is_array(rows) && json_array_size(rows) == 0))
        return wanted_outputs(task, rows, err);
    for (size_t i = 0; i < (s->any ? task->n_inputs : s->n_outputs); i++) {
        if (add_output(task, s->any ? task->inputs[i].name : s->outputs[i].name, err) < 0)
            return -1;
    }
    return 0;
}

static int render(struct tensor_task *task, const json_t *id, json_t **response, struct error *err)
{
    json_auto_t *doc = json_pack("{s:s, s:s*}", "model_name", task->name, "model_version", task->version);
    json_t *list = json_array();

    task->base.digits = 0;
    if (id)
        json_object_set(doc, "id", (json_t *)id);
    json_object_set_new(doc, "outputs", list);
    for (size_t i = 0; i < task->n_outputs; i++) {
        json_t *row;

        if (tensor_to_json(&task->outputs[i], &row, err) < 0)
            return -1;
        json_array_append_new(list, row);
        if (task->outputs[i].type == TENSOR_FP64)
            task->base.digits = 17;
    }
    *response = json_incref(doc);
    return 0;
}

static int answer(struct task *base, const json_t *request, json_t **response, struct error *err)
{
    struct tensor_task *task = (struct tensor_task *)base;
    const json_t *id = json_object_get(request, "id");

    if (!json_is_object(request))
        return error_set(err, 400, "the request is not a JSON object with inputs");
    if (id && !json_is_string(id))
        return error_set(err, 400, "id is not a string");
    if (read_inputs(task, request, err) < 0 || choose_outputs(task, request, err) < 0)
        return -1;
    if (model_run(base->model, task->inputs, task->n_inputs, task->outputs, task->n_outputs, err) < 0)
        return -1;
    return render(task, id, response, err);
}

/* Zeros of the smallest shape: every free dimension is 1. A graph that dislikes zeros is not thereby broken, so only
 * the attempt counts; what it touches is warm either way. */
static int warm(struct task *base, struct error *err)
{
    struct tensor_task *task = (struct tensor_task *)base;
    const struct model_signature *s = model_signature(base->model);
    struct error ignored;
    const json_t *nothing = NULL;

    for (size_t i = 0; i < s->n_inputs; i++) {
        int64_t shape[TENSOR_MAX_RANK] = {0};
        const struct model_io *io = &s->inputs[i];

        for (size_t d = 0; d < io->rank; d++)
            shape[d] = io->shape[d] < 0 ? 1 : io->shape[d];
        task->inputs[i].name = io->name;
        if (tensor_shape(&task->inputs[i], io->type, shape, io->rank, err) < 0)
            return -1;
        memset(task->inputs[i].data, 0, task->inputs[i].count * tensor_size(io->type));
    }
    task->n_inputs = s->n_inputs;
    if (choose_outputs(task, nothing, err) < 0)
        return -1;
    (void)model_run(base->model, task->inputs, task->n_inputs, task->outputs, task->n_outputs, &ignored);
    return 0;
}

static void close_task(struct task *base)
{
    struct tensor_task *task = (struct tensor_task *)base;

    for (size_t i = 0; i < MAX_TENSORS; i++) {
        tensor_free(&task->inputs[i]);
        tensor_free(&task->outputs[i]);
    }
    free(task);
}

static const struct task_ops ops = {answer, warm, close_task};

int tensor_open(const struct task_config *config, struct model *m, struct task **out, struct error *err)
{
    const struct model_signature *s = model_signature(m);
    struct tensor_task *task;

    if (s->n_inputs > MAX_TENSORS || s->n_outputs > MAX_TENSORS)
        return error_set(err, 500, "the model has more than %d inputs or outputs", MAX_TENSORS);
    task = mem_zero(sizeof(*task));
    task->base.ops = &ops;
    task->base.model = m;
    task->name = config->name;
    task->version = config->version;
    *out = &task->base;
    return 0;
}
