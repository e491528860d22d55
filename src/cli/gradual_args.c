/* The options of a gradual deploy, read. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/gradual.h"
#include "core/quantity.h"

enum { WAIT_S = 60, LOAD = 100, LOAD_MAX = 100000, SAMPLE_MAX = 32 << 20 };

static int read_steps(const char *text, struct cli_gradual_plan *plan, struct cr_error *err)
{
    const char *at = text;
    int64_t before = 0, step;
    size_t n;

    do {
        CR_AUTO_FREE char *word = NULL;
        struct cr_error bad = {0};

        n = strcspn(at, ",");
        word = cr_strndup(at, n);
        if (cr_int_parse(word, &step, &bad) < 0 || step <= before || step > 100 || plan->steps == CLI_GRADUAL_STEPS) {
            cr_fail(err, CR_E_USAGE, "--gradual '%s': '%s' is no step", text, word);
            return cr_hint(err, "give rising percents from 1 to 100, such as --gradual 10,50,100");
        }
        plan->step[plan->steps++] = (int)step;
        before = step;
        at += n + 1;
    } while (at[-1] == ',');
    return 0;
}

static int read_number(const char *option, const char *text, double fallback, double max, double *value,
                       struct cr_error *err)
{
    char *end;

    *value = fallback;
    if (!text)
        return 0;
    *value = strtod(text, &end);
    if (end != text && !*end && *value >= 0 && *value <= max)
        return 0;
    cr_fail(err, CR_E_USAGE, "%s must be a number from 0 to %.0f, not '%s'", option, max, text);
    return cr_hint(err, "such as %s %.0f", option, fallback);
}

static int read_wait(const char *text, int64_t *ms, struct cr_error *err)
{
    struct cr_error bad = {0};
    int64_t seconds = WAIT_S;

    if (text && (cr_duration_parse(text, &seconds, &bad) < 0 || seconds > 7 * 24 * 3600)) {
        cr_fail(err, CR_E_USAGE, "--gradual-wait '%s' is no time to watch a step", text);
        return cr_hint(err, "such as --gradual-wait 5m");
    }
    *ms = seconds * 1000;
    return 0;
}

static int read_sample(const char *path, json_t **sample, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL;
    json_error_t at;
    size_t len;

    if (!path)
        return 0;
    if (cr_file_read(path, SAMPLE_MAX, &text, &len, err) < 0)
        return cr_wrap(err, "--gradual-sample");
    *sample = json_loadb(text, len, JSON_DECODE_ANY, &at);
    if (*sample)
        return 0;
    return cr_fail(err, CR_E_USAGE, "%s:%d:%d: the sample is no JSON: %s", path, at.line, at.column, at.text);
}

int cli_gradual_read(const struct cli_gradual_args *a, struct cli_gradual_plan *plan, struct cr_error *err)
{
    double load;

    *plan = (struct cli_gradual_plan){0};
    if (!a->steps && (a->wait || a->errors || a->latency || a->load || a->sample)) {
        cr_fail(err, CR_E_USAGE, "%s means something only with --gradual",
                a->wait      ? "--gradual-wait"
                : a->errors  ? "--gradual-errors"
                : a->latency ? "--gradual-latency"
                : a->load    ? "--gradual-load"
                             : "--gradual-sample");
        return cr_hint(err, "such as --gradual 10,50,100");
    }
    if (!a->steps)
        return 0;
    if (read_steps(a->steps, plan, err) < 0 || read_wait(a->wait, &plan->wait_ms, err) < 0 ||
        read_number("--gradual-errors", a->errors, 1, 100, &plan->errors, err) < 0 ||
        read_number("--gradual-latency", a->latency, 2, 1000, &plan->latency, err) < 0 ||
        read_number("--gradual-load", a->load, LOAD, LOAD_MAX, &load, err) < 0)
        return -1;
    plan->load = (int64_t)load;
    return read_sample(a->sample, &plan->sample, err);
}

void cli_gradual_clear(struct cli_gradual_plan *plan)
{
    json_decref(plan->sample);
    *plan = (struct cli_gradual_plan){0};
}

char *cli_gradual_tag(const char *random)
{
    return cr_format("gradual-%s", random);
}
