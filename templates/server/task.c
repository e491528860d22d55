#include "task.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "qa.h"
#include "task_tensor.h"

static const struct {
    const char *name;
    task_open_fn *open;
} tasks[] = {
    {"question-answering", qa_open},
    {"tensor", tensor_open},
};

int task_open(const char *task, const struct task_config *config, struct model *m, struct task **out, struct error *err)
{
    for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++) {
        if (!strcmp(tasks[i].name, task))
            return tasks[i].open(config, m, out, err);
    }
    return error_set(err, 500, "unknown task '%s'; there are question-answering and tensor", task);
}

void task_close(struct task *t)
{
    if (t)
        t->ops->close(t);
}

/* Where in the response the walk stands: "outputs[0].data[3]". */
struct place {
    char path[160]; /* cut when deeper */
    double tolerance;
    struct error *err;
};

static const char *type_word(const json_t *j)
{
    static const char *const words[] = {"an object", "an array", "a string", "a number",
                                        "a number",  "true",     "false",    "null"};

    return j ? words[json_typeof(j)] : "nothing";
}

/* What a message starts with: nothing at the top, "outputs[0]: " inside. */
static const char *at(struct place *p)
{
    size_t n = strlen(p->path);

    if (n)
        snprintf(p->path + n, sizeof(p->path) - n, ": ");
    return p->path;
}

static int compare(struct place *p, const json_t *want, const json_t *got);

static int compare_child(struct place *p, const char *step, const json_t *want, const json_t *got)
{
    size_t n = strlen(p->path);
    int rc;

    snprintf(p->path + n, sizeof(p->path) - n, "%s%s", n && step[0] != '[' ? "." : "", step);
    rc = compare(p, want, got);
    if (rc == 0)
        p->path[n] = '\0';
    return rc;
}

static int compare_arrays(struct place *p, const json_t *want, const json_t *got)
{
    size_t n = json_array_size(want);

    if (json_array_size(got) != n)
        return error_set(p->err, 500, "%sexpected %zu elements, got %zu", at(p), n, json_array_size(got));
    for (size_t i = 0; i < n; i++) {
        char step[24];

        snprintf(step, sizeof(step), "[%zu]", i);
        if (compare_child(p, step, json_array_get(want, i), json_array_get(got, i)) < 0)
            return -1;
    }
    return 0;
}

static int compare_objects(struct place *p, const json_t *want, const json_t *got)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)want, key, value)
    {
        if (compare_child(p, key, value, json_object_get(got, key)) < 0)
            return -1;
    }
    return 0;
}

static int compare_numbers(struct place *p, const json_t *want, const json_t *got)
{
    double a = json_number_value(want), b = json_number_value(got), limit = p->tolerance * fmax(1, fabs(a));

    if (json_is_integer(want) && json_is_integer(got) && json_integer_value(want) == json_integer_value(got))
        return 0;
    if (fabs(a - b) <= limit)
        return 0;
    return error_set(p->err, 500, "%sexpected %.9g, got %.9g (tolerance %g)", at(p), a, b, limit);
}

static int compare(struct place *p, const json_t *want, const json_t *got)
{
    if (json_is_number(want) && json_is_number(got))
        return compare_numbers(p, want, got);
    if (!got || json_typeof(want) != json_typeof(got))
        return error_set(p->err, 500, "%sexpected %s, got %s", at(p), type_word(want), type_word(got));
    switch (json_typeof(want)) {
    case JSON_OBJECT:
        return compare_objects(p, want, got);
    case JSON_ARRAY:
        return compare_arrays(p, want, got);
    case JSON_STRING:
        if (strcmp(json_string_value(want), json_string_value(got)) == 0)
            return 0;
        return error_set(p->err, 500, "%sexpected \"%.200s\", got \"%.200s\"", at(p), json_string_value(want),
                         json_string_value(got));
    default:
        return 0;
    }
}

int task_compare(const json_t *expected, const json_t *got, double tolerance, struct error *err)
{
    struct place p = {.tolerance = tolerance, .err = err};

    return compare(&p, expected, got);
}
