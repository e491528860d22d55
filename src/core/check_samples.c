#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/check_parts.h"

static struct cr_problem *fault(const struct cr_plan *plan, size_t i, struct cr_problems *problems, const char *what)
{
    const struct cr_sample *s = &plan->manifest->sample[i];
    CR_AUTO_FREE char *place = cr_format("%s:%d:%d", plan->manifest->path, s->line, s->column);

    return cr_problems_add(problems, CR_E_CONFIG, place, "samples[%zu]: %s", i, what);
}

static void check_question(const struct cr_plan *plan, size_t i, struct cr_problems *problems)
{
    const struct cr_sample *s = &plan->manifest->sample[i];
    bool full = strcmp(cr_plan_text(plan, CR_KEY_SERVER_OUTPUT), "full") == 0;

    if (s->request && (!json_is_string(json_object_get(s->request, "context")) ||
                       !json_is_string(json_object_get(s->request, "question"))))
        cr_problem_hint(fault(plan, i, problems, "a request needs the texts context and question"),
                        "write request: {context: \"…\", question: \"…\"}; quote what is not meant as a number");
    if (s->response && full && !json_is_string(json_object_get(s->response, "answer")))
        cr_problem_hint(fault(plan, i, problems, "with 'output: full' a response is an object with an answer"),
                        "write response: {answer: \"…\"}");
    if (s->response && !full && !json_is_string(s->response))
        cr_problem_hint(fault(plan, i, problems, "a response is the answer as text"), "write response: \"…\"");
}

/* Open Inference Protocol v2: inputs: [{name, shape, datatype, data}]. */
static bool tensors_ok(const json_t *message, const char *name)
{
    const json_t *list = json_object_get(message, name), *tensor;
    size_t i;

    if (!json_is_array(list) || !json_array_size(list))
        return false;
    json_array_foreach(list, i, tensor) if (!json_is_string(json_object_get(tensor, "name")) ||
                                            !json_is_array(json_object_get(tensor, "shape")) ||
                                            !json_is_string(json_object_get(tensor, "datatype")) ||
                                            !json_is_array(json_object_get(tensor, "data"))) return false;
    return true;
}

static void check_tensor(const struct cr_plan *plan, size_t i, struct cr_problems *problems)
{
    const struct cr_sample *s = &plan->manifest->sample[i];

    if (s->request && !tensors_ok(s->request, "inputs"))
        cr_problem_hint(fault(plan, i, problems, "a request needs inputs, each with name, shape, datatype and data"),
                        "write request: {inputs: [{name: x, shape: [1, 2], datatype: FP32, data: [1, 2]}]}");
    if (s->response && !tensors_ok(s->response, "outputs"))
        cr_problem_hint(fault(plan, i, problems, "a response needs outputs, each with name, shape, datatype and data"),
                        "write response: {outputs: [{name: y, shape: [1], datatype: FP32, data: [1]}]}");
}

void cr_check_samples(const struct cr_plan *plan, struct cr_problems *problems)
{
    const char *task = cr_plan_text(plan, CR_KEY_MODEL_TASK);

    for (size_t i = 0; i < plan->manifest->samples; i++) {
        if (strcmp(task, "question-answering") == 0)
            check_question(plan, i, problems);
        else if (strcmp(task, "tensor") == 0)
            check_tensor(plan, i, problems);
    }
}
