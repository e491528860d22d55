#include "core/forecast.h"

#include <inttypes.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/concurrency.h"
#include "core/onnx_shape.h"

#define MI ((int64_t)1 << 20)
#define GI ((int64_t)1 << 30)

enum {
    BASE_MI = 34,
    ARENA = 4,    /* what lives, times this, is what the arena takes */
    NUMBERS = 28, /* a body of JSON numbers, times this, is what reading it takes */
    TEXT = 4,     /* the same for a body that is mostly one text */
};

static int64_t requests_of(const struct cr_plan *plan)
{
    bool tensor = strcmp(cr_plan_text(plan, CR_KEY_MODEL_TASK), "tensor") == 0;
    int64_t body = plan->number[CR_KEY_SERVER_MAX_BODY], waiting = plan->number[CR_KEY_SERVER_QUEUE],
            given = plan->number[CR_KEY_CONCURRENCY];

    if (given > cr_onnx_plus(waiting, 1))
        given = cr_onnx_plus(waiting, 1); /* the next is refused before its body is read */
    return cr_onnx_times(body, cr_onnx_plus(given, tensor ? NUMBERS : TEXT));
}

void cr_forecast_graph(const struct cr_plan *plan, const struct cr_onnx *graph, struct cr_forecast *f)
{
    int64_t length = plan->number[CR_KEY_SERVER_MAX_LENGTH];
    const struct cr_onnx_free_dims dims = {.batch = 1, .length = length > 1 ? length : 1};

    *f = (struct cr_forecast){.base = BASE_MI * MI, .weights = graph->weights, .batch = cr_onnx_batch(graph)};
    f->activations = cr_onnx_times(ARENA, cr_onnx_peak(graph, dims, &f->guessed));
    for (size_t i = 0; i < graph->nodes; i++)
        f->outputs += graph->node[i].n_out;
    f->requests = requests_of(plan);
    f->total = cr_onnx_plus(cr_onnx_plus(f->base, f->weights), cr_onnx_plus(f->activations, f->requests));
}

int cr_forecast_make(const struct cr_plan *plan, struct cr_forecast *f, struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_plan_path(plan, CR_KEY_FILE_MODEL);
    CR_AUTO_ONNX struct cr_onnx *graph = NULL;

    if (!path)
        return cr_fail(err, CR_E_CONFIG, "no graph is named");
    if (cr_onnx_open(path, &graph, err) < 0)
        return -1;
    cr_forecast_graph(plan, graph, f);
    return 0;
}

void cr_forecast_concurrency(struct cr_plan *plan)
{
    struct cr_value *v = &plan->value[CR_KEY_CONCURRENCY];
    struct cr_error unread = {0};
    struct cr_forecast f;

    if (!plan->manifest || v->origin != CR_FROM_DEFAULT || cr_forecast_make(plan, &f, &unread) < 0)
        return;
    plan->number[CR_KEY_CONCURRENCY] = cr_concurrency_default(plan->number[CR_KEY_CPU], f.batch);
    free(v->text);
    free(v->where);
    v->text = cr_format("%" PRId64, plan->number[CR_KEY_CONCURRENCY]);
    v->where = f.batch > 1 ? cr_format("default for cpu %s and %" PRId64 " rows at a time",
                                       cr_plan_text(plan, CR_KEY_CPU), f.batch)
                           : cr_format("default for cpu %s", cr_plan_text(plan, CR_KEY_CPU));
}

json_t *cr_forecast_json(const struct cr_forecast *f)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "base", (json_int_t)f->base, "weights",
                     (json_int_t)f->weights, "activations", (json_int_t)f->activations, "requests",
                     (json_int_t)f->requests, "total", (json_int_t)f->total, "batch", (json_int_t)f->batch, "outputs",
                     (json_int_t)f->outputs, "guessed", (json_int_t)f->guessed);
}

int64_t cr_forecast_round(int64_t bytes)
{
    int64_t step = bytes <= 1 * GI ? 128 * MI : bytes <= 4 * GI ? 512 * MI : GI;

    if (bytes > INT64_MAX - step)
        return INT64_MAX;
    return bytes <= step ? step : (bytes + step - 1) / step * step;
}
