/* check_memory.c - is the memory enough for the model? Advice: a forecast is no rule of the platform's. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "core/check_parts.h"
#include "core/forecast.h"
#include "core/limits.h"
#include "core/quantity.h"

#define RULE "memory.forecast"

/* How many rules the plan would break with so much memory and so many CPUs. */
static size_t breaches(const struct cr_plan *plan, enum cr_profile profile, int64_t memory, int64_t cpu)
{
    CR_AUTO_PROBLEMS struct cr_problems found = {0};
    struct cr_plan other = *plan; /* borrows everything */

    other.number[CR_KEY_MEMORY] = memory;
    other.number[CR_KEY_CPU] = cpu;
    cr_check_limits(&other, profile, false, &found);
    return cr_problems_errors(&found);
}

/* The memory to have, and where that needs more CPUs those as well; false when no instance is large enough. */
static bool enough(const struct cr_plan *plan, enum cr_profile profile, int64_t need, int64_t *memory, int64_t *cpu)
{
    static const int64_t cpus[] = {1000, 2000, 4000, 6000, 8000};
    int64_t have = plan->number[CR_KEY_CPU];
    size_t now = breaches(plan, profile, plan->number[CR_KEY_MEMORY], have);

    *cpu = have;
    *memory = cr_forecast_round(need);
    if (breaches(plan, profile, *memory, have) <= now)
        return true;
    for (size_t i = 0; i < CR_LEN(cpus); i++) {
        *cpu = cpus[i];
        if (cpus[i] > have && breaches(plan, profile, *memory, cpus[i]) <= now)
            return true;
    }
    return false;
}

static void hint(struct cr_problem *p, const struct cr_plan *plan, enum cr_profile profile, const struct cr_forecast *f)
{
    bool file = plan->value[CR_KEY_MEMORY].origin == CR_FROM_MANIFEST;
    char size[CR_QUANTITY_TEXT], cpus[CR_QUANTITY_TEXT];
    int64_t memory, cpu;

    if (!enough(plan, profile, f->total, &memory, &cpu)) {
        cr_problem_hint(p,
                        "no instance has as much; a smaller or quantized model, or a smaller server.max_length, needs "
                        "less");
        return;
    }
    cr_bytes_text(memory, size);
    cr_cpu_text(cpu, cpus);
    if (cpu == plan->number[CR_KEY_CPU])
        cr_problem_hint(p, file ? "write memory: %s" : "use --memory %s", size);
    else
        cr_problem_hint(p, file ? "write memory: %s and cpu: %s" : "use --memory %s --cpu %s", size, cpus);
}

static int64_t mi(int64_t bytes)
{
    return bytes / (1 << 20) + (bytes % (1 << 20) > 0);
}

static void advise(struct cr_problem *p)
{
    free(p->rule);
    p->rule = cr_strdup(RULE);
    p->warning = true;
}

static void compare(const struct cr_plan *plan, enum cr_profile profile, const struct cr_forecast *f,
                    struct cr_problems *problems)
{
    struct cr_problem *p;

    if (f->total <= plan->number[CR_KEY_MEMORY])
        return;
    p = cr_check_fault(plan, CR_KEY_MEMORY, problems,
                       "memory %s is less than the %" PRId64 "Mi this model is expected to need: %" PRId64
                       "Mi of weights, %" PRId64 "Mi for one inference%s, %" PRId64 "Mi for requests, %" PRId64
                       "Mi for the server",
                       cr_plan_text(plan, CR_KEY_MEMORY), mi(f->total), mi(f->weights), mi(f->activations),
                       f->guessed ? " (in part a guess)" : "", mi(f->requests), mi(f->base));
    advise(p);
    hint(p, plan, profile, f);
}

void cr_check_memory(const struct cr_plan *plan, enum cr_profile profile, struct cr_problems *problems)
{
    struct cr_error why = {0};
    struct cr_forecast f;

    if (!cr_plan_has(plan, CR_KEY_MEMORY))
        return;
    if (cr_forecast_make(plan, &f, &why) == 0) {
        compare(plan, profile, &f, problems);
        return;
    }
    cr_problems_take(problems, plan->manifest->path, &why);
    advise(&problems->row[problems->len - 1]);
}
