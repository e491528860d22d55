/*
 * task.h - the seam between HTTP and a model: JSON in, JSON out. The server and bootstrap run the same tasks, so what
 * bootstrap proved is what answers.
 *
 * A task is a struct that starts with `struct task`; its opener is a row of the table in task.c.
 * Threads: one caller at a time. Errors: 400 for what the client wrote, 500 for the rest.
 */
#ifndef SERVER_TASK_H
#define SERVER_TASK_H

#include <jansson.h>

#include "model.h"

struct task;

struct task_ops {
    /* *response is a new reference. */
    int (*answer)(struct task *t, const json_t *request, json_t **response, struct error *err);
    /* One inference on a small input of the task's own making: /ready turns 200 when it worked. */
    int (*warm)(struct task *t, struct error *err);
    void (*close)(struct task *t); /* frees the task, not the model */
};

struct task {
    const struct task_ops *ops;
    struct model *model; /* borrowed */
    int digits;          /* significant ones of the numbers in its last answer; 0: enough for an FP32 */
    int64_t deadline_us; /* of service_now_us: what takes many inferences gives up then; 0: never */
};

/* Everything a task may want to know; each reads its own part. Paths are complete and NULL when there is no such file.
 * Strings are borrowed and outlive the task. */
struct task_config {
    const char *name;      /* the model's name */
    const char *version;   /* of the model: the response of the tensor task carries it; NULL when it has none */
    const char *tokenizer; /* tokenizer.json */
    const char *vocab;     /* vocab.txt */
    const char *config;    /* config.json or tokenizer_config.json */
    int max_length;        /* tokens of one window, the special ones included */
    int stride;            /* tokens by which windows overlap */
    int max_answer_tokens;
    bool full; /* question-answering: {answer, score, start, end} rather than the bare string */
};

typedef int task_open_fn(const struct task_config *config, struct model *m, struct task **out, struct error *err);

/* Opens the task called `task`; an unknown name is an error that lists the known ones. qa.h declares
 * `task_open_fn qa_open;`, task_tensor.h `task_open_fn tensor_open;`. */
int task_open(const char *task, const struct task_config *config, struct model *m, struct task **out,
              struct error *err);
void task_close(struct task *t); /* NULL is fine */

/* Whether `got` is what a sample expects: strings, booleans, null and arrays exactly, of an object the keys that are
 * expected (a score or a version need not be), numbers within `tolerance` (absolute, or relative where the expected
 * value is above 1). On a difference err says where: "outputs[0].data[3]: expected 1, got 2 (tolerance 0.001)". */
int task_compare(const json_t *expected, const json_t *got, double tolerance, struct error *err);

#endif
