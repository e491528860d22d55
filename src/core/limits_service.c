#include "core/limits_service.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/front.h"
#include "core/limits_read.h"
#include "core/quantity.h"

#define MI ((int64_t)1 << 20)

#define FLAGS(...) ((const enum cr_flag[]){__VA_ARGS__, CR_FLAG_COUNT})

struct reader {
    const struct cr_limits_subject *s;
    const json_t *template;
    struct cr_limit_value *values;
    struct cr_problems *problems;
};

static bool listed(const enum cr_flag *flags, enum cr_flag flag)
{
    for (; *flags != CR_FLAG_COUNT; flags++)
        if (*flags == flag)
            return true;
    return false;
}

const char *cr_limits_place(const struct cr_limits_subject *s, const enum cr_flag *flags, const char *part)
{
    for (size_t i = s->edits ? s->edits->len : 0; i-- > 0;) {
        const struct cr_edit *e = &s->edits->row[i];

        if (listed(flags, e->flag) && (!part || (e->text && strstr(e->text, part))))
            return e->place;
    }
    return NULL;
}

static bool said(const struct cr_limits_subject *s, enum cr_flag flag)
{
    for (size_t i = 0; i < s->edits->len; i++)
        if (s->edits->row[i].flag == flag)
            return true;
    return false;
}

const json_t *cr_limits_containers(const struct cr_limits_subject *s)
{
    return json_object_get(json_object_get(s->service, "template"), "containers");
}

const char *cr_limits_quantity(const json_t *container, const char *name)
{
    return json_string_value(json_object_get(json_object_get(json_object_get(container, "resources"), "limits"), name));
}

/* `written`: the service says so; otherwise it is a default of the platform. */
static void put(const struct reader *r, enum cr_limit_field field, int64_t number, bool written,
                const enum cr_flag *flags)
{
    const char *place = cr_limits_place(r->s, flags, NULL);
    struct cr_limit_value *v = &r->values[field];

    *v = (struct cr_limit_value){.set = true, .number = number, .place = place, .fallback = !written};
    v->fallback |= place && strcmp(place, "default") == 0;
    v->manifest = place && strchr(place, ':');
}

/* A quantity of one container; `none` where it says nothing. False when the text is none: that is reported. */
static bool read_quantity(const struct reader *r, const json_t *container, const char *name, enum cr_flag flag,
                          int (*parse)(const char *, int64_t *, struct cr_error *), int64_t none, int64_t *n)
{
    const char *text = cr_limits_quantity(container, name);
    struct cr_error err = {0};
    struct cr_problem *p;

    *n = none;
    if (!text || parse(text, n, &err) == 0)
        return true;
    p = cr_limits_shape(r->s, CR_SHAPE_QUANTITY, cr_limits_place(r->s, FLAGS(flag), NULL), r->problems, "%s: %s", name,
                        err.msg);
    if (p)
        cr_problem_hint(p, "%s", err.hint);
    return false;
}

static int parse_gpus(const char *text, int64_t *n, struct cr_error *err)
{
    char *end;
    long long value = strtoll(text, &end, 10);

    if (!*text || *end || value < 0) {
        cr_fail(err, CR_E_LIMIT, "'%s' is not a number of GPUs", text);
        return cr_hint(err, "write 1, or 0 for none");
    }
    *n = value;
    return 0;
}

static int64_t gpu_type(const struct reader *r)
{
    const char *type = json_string_value(json_object_get(json_object_get(r->template, "nodeSelector"), "accelerator"));
    const char *const *words = cr_limit_fields[CR_LIMIT_GPU_TYPE].words;

    for (int64_t i = 1; type && words[i]; i++)
        if (strcmp(words[i], type) == 0)
            return i;
    return 0;
}

/* With several containers, the CPUs of each are asked alone as well. */
static void check_cpus_alone(const struct reader *r, int64_t milli, int64_t gpus, struct cr_problems *problems)
{
    struct cr_limit_value values[CR_LIMIT_FIELD_COUNT] = {0};
    struct reader one = {r->s, r->template, values, problems};

    put(&one, CR_LIMIT_CPU, milli, true, FLAGS(CR_FLAG_CPU));
    values[CR_LIMIT_GPU].number = gpus;
    values[CR_LIMIT_GPU_TYPE].number = gpus ? gpu_type(r) : 0;
    cr_limits_check(values, r->s->profile, problems);
}

/* CPU, memory and GPUs, added up; and how the CPU is billed: without "cpuIdle": true it is always allocated, but only
 * where resources are named at all. */
static void read_resources(const struct reader *r)
{
    const json_t *containers = cr_limits_containers(r->s);
    int64_t cpu = 0, memory = 0, gpu = 0, n = 0;
    int64_t memory_none = (r->s->profile == CR_PROFILE_2020_11 ? 256 : 512) * MI;
    size_t count = json_array_size(containers);
    bool cpu_good = true, memory_good = true, cpu_said = false, memory_said = false, always = false;

    for (size_t i = 0; i < count; i++) {
        const json_t *c = json_array_get(containers, i), *resources = json_object_get(c, "resources");
        int64_t gpus = 0;

        read_quantity(r, c, "nvidia.com/gpu", CR_FLAG_GPU, parse_gpus, 0, &gpus);
        gpu += gpus;
        if (!read_quantity(r, c, "cpu", CR_FLAG_CPU, cr_cpu_parse, 1000, &n))
            cpu_good = false;
        else if (count > 1)
            check_cpus_alone(r, n, gpus, r->problems);
        cpu_good = cpu_good && !__builtin_add_overflow(cpu, n, &cpu);
        memory_good = read_quantity(r, c, "memory", CR_FLAG_MEMORY, cr_bytes_parse, memory_none, &n) && memory_good;
        memory_good = memory_good && !__builtin_add_overflow(memory, n, &memory);
        cpu_said = cpu_said || cr_limits_quantity(c, "cpu");
        memory_said = memory_said || cr_limits_quantity(c, "memory");
        always = always || (resources && !json_is_true(json_object_get(resources, "cpuIdle")));
    }
    if (cpu_good && count)
        put(r, CR_LIMIT_CPU, cpu, cpu_said, FLAGS(CR_FLAG_CPU));
    if (memory_good && count)
        put(r, CR_LIMIT_MEMORY, memory, memory_said, FLAGS(CR_FLAG_MEMORY));
    r->values[CR_LIMIT_CPU].summed = r->values[CR_LIMIT_MEMORY].summed = count > 1;
    put(r, CR_LIMIT_GPU, gpu, gpu > 0, FLAGS(CR_FLAG_GPU));
    put(r, CR_LIMIT_GPU_TYPE, gpu_type(r), gpu_type(r) > 0, FLAGS(CR_FLAG_GPU_TYPE));
    put(r, CR_LIMIT_BILLING, always, cr_limits_place(r->s, FLAGS(CR_FLAG_CPU_THROTTLING), NULL) || always,
        FLAGS(CR_FLAG_CPU_THROTTLING));
    put(r, CR_LIMIT_CONTAINERS, (int64_t)count, true, FLAGS(CR_FLAG_CONTAINER));
}

/* "300s", "1.5s"; a part of a second is rounded up. */
static bool seconds(const json_t *duration, int64_t *n)
{
    const char *text = json_string_value(duration);
    char *end;
    long long value;

    if (!text)
        return false;
    value = strtoll(text, &end, 10);
    if (*end == '.' && strspn(end + 1, "0") + 2 < strlen(end))
        value++;
    *n = value;
    return end != text;
}

static void read_requests(const struct reader *r)
{
    const char *gen = json_string_value(json_object_get(r->template, "executionEnvironment"));
    json_int_t concurrency = json_integer_value(json_object_get(r->template, "maxInstanceRequestConcurrency"));
    int64_t timeout = 300, cpu = r->values[CR_LIMIT_CPU].number;
    bool said = seconds(json_object_get(r->template, "timeout"), &timeout);

    put(r, CR_LIMIT_CONCURRENCY,
        concurrency         ? concurrency
        : cpu && cpu < 1000 ? 1
                            : 80,
        concurrency != 0, FLAGS(CR_FLAG_CONCURRENCY));
    put(r, CR_LIMIT_TIMEOUT, timeout, said, FLAGS(CR_FLAG_TIMEOUT));
    put(r, CR_LIMIT_GENERATION,
        !gen                                             ? 0
        : strcmp(gen, "EXECUTION_ENVIRONMENT_GEN1") == 0 ? 1
        : strcmp(gen, "EXECUTION_ENVIRONMENT_GEN2") == 0 ? 2
                                                         : 0,
        gen != NULL, FLAGS(CR_FLAG_EXECUTION_ENVIRONMENT));
}

static void read_scaling(const struct reader *r)
{
    const json_t *revision = json_object_get(r->template, "scaling"),
                 *service = json_object_get(r->s->service, "scaling");
    const json_t *min = json_object_get(revision, "minInstanceCount"),
                 *max = json_object_get(revision, "maxInstanceCount");
    const char *mode = json_string_value(json_object_get(service, "scalingMode"));
    int64_t most = json_integer_value(max), least = json_integer_value(min);

    put(r, CR_LIMIT_MIN_INSTANCES, least, min != NULL, FLAGS(CR_FLAG_MIN_INSTANCES));
    if (!most && (least || !max)) /* 0 is the platform's default as well */
        put(r, CR_LIMIT_MAX_INSTANCES, r->s->profile == CR_PROFILE_2020_11 ? 1000 : 100, false,
            FLAGS(CR_FLAG_MAX_INSTANCES));
    else
        put(r, CR_LIMIT_MAX_INSTANCES, most, true, FLAGS(CR_FLAG_MAX_INSTANCES));
    if ((min = json_object_get(service, "minInstanceCount")))
        put(r, CR_LIMIT_SERVICE_MIN, json_integer_value(min), true, FLAGS(CR_FLAG_MIN));
    if (json_integer_value(max = json_object_get(service, "maxInstanceCount")))
        put(r, CR_LIMIT_SERVICE_MAX, json_integer_value(max), true, FLAGS(CR_FLAG_MAX));
    if (mode && strcmp(mode, "MANUAL") == 0)
        put(r, CR_LIMIT_MANUAL, json_integer_value(json_object_get(service, "manualInstanceCount")), true,
            FLAGS(CR_FLAG_SCALING));
}

static void read_counts(const struct reader *r)
{
    const json_t *traffic = json_object_get(r->s->service, "traffic"), *vpc = json_object_get(r->template, "vpcAccess");
    const json_t *labels = json_object_get(r->s->service, "labels");
    int64_t sum = 0, odd = 0, count = 0;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)labels, key, value) count += !cr_limits_system_label(key);
    put(r, CR_LIMIT_LABELS, count, true, FLAGS(CR_FLAG_LABELS, CR_FLAG_UPDATE_LABELS));
    put(r, CR_LIMIT_INTERFACES, (int64_t)json_array_size(json_object_get(vpc, "networkInterfaces")), true,
        FLAGS(CR_FLAG_NETWORK, CR_FLAG_SUBNET));
    for (size_t i = 0; i < json_array_size(traffic); i++) {
        int64_t percent = json_integer_value(json_object_get(json_array_get(traffic, i), "percent"));

        odd = percent < 0 || percent > 100 ? percent : odd;
        if (__builtin_add_overflow(sum, percent, &sum))
            sum = -1;
    }
    if (!json_array_size(traffic))
        return;
    put(r, CR_LIMIT_PERCENT, odd, true, FLAGS(CR_FLAG_TRAFFIC));
    put(r, CR_LIMIT_PERCENT_SUM, sum, true, FLAGS(CR_FLAG_TRAFFIC));
}

/* Where the fields of a probe go; CR_LIMIT_NONE where a kind has no such field. */
struct probe_fields {
    const char *name;
    enum cr_flag flag;
    enum cr_limit_field delay, timeout, period, failures, successes, span, port;
};

static const struct probe_fields probes[] = {
    {"startupProbe", CR_FLAG_STARTUP_PROBE, CR_LIMIT_STARTUP_DELAY, CR_LIMIT_STARTUP_TIMEOUT, CR_LIMIT_STARTUP_PERIOD,
     CR_LIMIT_STARTUP_FAILURES, CR_LIMIT_NONE, CR_LIMIT_STARTUP_SPAN, CR_LIMIT_STARTUP_PORT},
    {"livenessProbe", CR_FLAG_LIVENESS_PROBE, CR_LIMIT_LIVENESS_DELAY, CR_LIMIT_LIVENESS_TIMEOUT,
     CR_LIMIT_LIVENESS_PERIOD, CR_LIMIT_LIVENESS_FAILURES, CR_LIMIT_NONE, CR_LIMIT_NONE, CR_LIMIT_LIVENESS_PORT},
    {"readinessProbe", CR_FLAG_READINESS_PROBE, CR_LIMIT_NONE, CR_LIMIT_READINESS_TIMEOUT, CR_LIMIT_READINESS_PERIOD,
     CR_LIMIT_READINESS_FAILURES, CR_LIMIT_READINESS_SUCCESSES, CR_LIMIT_NONE, CR_LIMIT_READINESS_PORT},
};

static void put_member(const struct reader *r, const struct probe_fields *p, enum cr_limit_field field,
                       const json_t *object, const char *name, int64_t none)
{
    const json_t *value = json_object_get(object, name);

    /* live services do not show a 0: one that is there was written */
    if (field)
        put(r, field, value ? json_integer_value(value) : none, value != NULL,
            (const enum cr_flag[]){p->flag, CR_FLAG_COUNT});
}

static void read_probe(const struct reader *r, const json_t *container, const struct probe_fields *p)
{
    static const char *const handlers[] = {"httpGet", "tcpSocket", "grpc"};
    const json_t *probe = json_object_get(container, p->name);

    if (!json_is_object(probe))
        return;
    put_member(r, p, p->delay, probe, "initialDelaySeconds", 0);
    put_member(r, p, p->timeout, probe, "timeoutSeconds", 1);
    put_member(r, p, p->period, probe, "periodSeconds", 10);
    put_member(r, p, p->failures, probe, "failureThreshold", 3);
    put_member(r, p, p->successes, probe, "successThreshold", 1);
    if (p->span) {
        int64_t span;

        if (__builtin_mul_overflow(r->values[p->failures].number, r->values[p->period].number, &span))
            span = INT64_MAX;
        put(r, p->span, span, true, (const enum cr_flag[]){p->flag, CR_FLAG_COUNT});
    }
    for (size_t i = 0; i < CR_LEN(handlers); i++) {
        const json_t *port = json_object_get(json_object_get(probe, handlers[i]), "port");

        if (port)
            put(r, p->port, json_integer_value(port), true, (const enum cr_flag[]){p->flag, CR_FLAG_COUNT});
    }
}

/* Somebody's own probes: what crdeploy and the platform add by themselves does not count. */
static int64_t own_probes(const struct reader *r, const json_t *container)
{
    int64_t n = 0;

    for (size_t i = 0; i < CR_LEN(probes); i++)
        n += json_is_object(json_object_get(container, probes[i].name)) && (!r->s->edits || said(r->s, probes[i].flag));
    return n;
}

static void read_container(const struct reader *r, const json_t *container)
{
    const json_t *port = json_array_get(json_object_get(container, "ports"), 0);
    const json_t *resources = json_object_get(container, "resources");
    const char *protocol = json_string_value(json_object_get(port, "name"));
    bool boost = json_is_true(json_object_get(resources, "startupCpuBoost"));

    if (json_object_get(port, "containerPort"))
        put(r, CR_LIMIT_PORT, json_integer_value(json_object_get(port, "containerPort")), true, FLAGS(CR_FLAG_PORT));
    put(r, CR_LIMIT_HTTP2, protocol && strcmp(protocol, "h2c") == 0, true, FLAGS(CR_FLAG_USE_HTTP2));
    put(r, CR_LIMIT_BOOST, boost && (!r->s->edits || said(r->s, CR_FLAG_CPU_BOOST)), true, FLAGS(CR_FLAG_CPU_BOOST));
    put(r, CR_LIMIT_ENV, (int64_t)json_array_size(json_object_get(container, "env")), true,
        FLAGS(CR_FLAG_SET_ENV_VARS, CR_FLAG_UPDATE_ENV_VARS, CR_FLAG_ENV_VARS_FILE));
    put(r, CR_LIMIT_ARGS, (int64_t)json_array_size(json_object_get(container, "args")), true, FLAGS(CR_FLAG_ARGS));
    put(r, CR_LIMIT_PROBES, own_probes(r, container), true,
        FLAGS(CR_FLAG_STARTUP_PROBE, CR_FLAG_LIVENESS_PROBE, CR_FLAG_READINESS_PROBE));
    for (size_t i = 0; i < CR_LEN(probes); i++)
        read_probe(r, container, &probes[i]);
}

/* Containers beside the one that takes requests, each with what is its own. */
static void check_sidecars(const struct cr_limits_subject *s, struct cr_problems *problems)
{
    const json_t *containers = cr_limits_containers(s), *front = cr_front_or_first(containers);

    for (size_t i = 0; i < json_array_size(containers); i++) {
        struct cr_limit_value values[CR_LIMIT_FIELD_COUNT] = {0};
        struct reader r = {s, json_object_get(s->service, "template"), values, problems};
        const json_t *container = json_array_get(containers, i);

        if (container == front)
            continue;
        read_container(&r, container);
        cr_limits_check(values, s->profile, problems);
    }
}

static void read_modes(const struct reader *r)
{
    const json_t *volumes = json_object_get(r->template, "volumes");

    for (size_t i = 0; i < json_array_size(volumes); i++) {
        const json_t *secret = json_object_get(json_array_get(volumes, i), "secret");
        const json_t *items = json_object_get(secret, "items");
        int64_t worst = json_integer_value(json_object_get(secret, "defaultMode"));

        for (size_t k = 0; k < json_array_size(items); k++) {
            int64_t mode = json_integer_value(json_object_get(json_array_get(items, k), "mode"));

            worst = mode < 0 || mode > worst ? mode : worst;
        }
        if (worst)
            put(r, CR_LIMIT_SECRET_MODE, worst, true, FLAGS(CR_FLAG_ADD_VOLUME));
    }
}

/* gcloud takes --cpu= for nothing said, and so would the service: an empty text is refused where it was written. */
static void check_empty(const struct cr_limits_subject *s, struct cr_problems *problems)
{
    for (size_t i = 0; s->edits && i < s->edits->len; i++) {
        const struct cr_edit *e = &s->edits->row[i];
        bool cpu = e->flag == CR_FLAG_CPU, memory = e->flag == CR_FLAG_MEMORY;
        struct cr_problem *p;

        if (!(cpu || memory) || !e->text || *e->text)
            continue;
        p = cr_limits_shape(s, CR_SHAPE_QUANTITY, e->place, problems, "%s: '' is not a %s", cpu ? "cpu" : "memory",
                            cpu ? "number of CPUs" : "size");
        if (p)
            cr_problem_hint(p, cpu ? "write a number such as 2, 0.5 or 500m"
                                   : "write a number and a unit, such as 3G or 512Mi");
    }
}

void cr_limits_read(const struct cr_limits_subject *subject, struct cr_limit_value values[CR_LIMIT_FIELD_COUNT],
                    struct cr_problems *problems)
{
    struct reader r = {subject, json_object_get(subject->service, "template"), values, problems};
    const json_t *front = cr_front_or_first(cr_limits_containers(subject));

    memset(values, 0, CR_LIMIT_FIELD_COUNT * sizeof(*values));
    read_resources(&r);
    read_requests(&r);
    read_scaling(&r);
    read_counts(&r);
    read_modes(&r);
    if (front)
        read_container(&r, front);
}

static void judge(const struct cr_limits_subject *subject, struct cr_problems *problems)
{
    struct cr_limit_value values[CR_LIMIT_FIELD_COUNT];

    check_empty(subject, problems);
    cr_limits_check_texts(subject, problems);
    cr_limits_check_shapes(subject, problems);
    cr_limits_read(subject, values, problems);
    cr_limits_check(values, subject->profile, problems);
    check_sidecars(subject, problems);
}

static bool has_breach(const struct cr_problems *list, const struct cr_problem *p)
{
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(list->row[i].rule, p->rule) == 0 && strcmp(list->row[i].msg, p->msg) == 0)
            return true;
    return false;
}

/* Of what was found from `first` on: a breach with the same values as live, and at no edit's place, warns. */
static void excuse_live(const struct cr_limits_subject *subject, struct cr_problems *problems, size_t first)
{
    CR_AUTO_PROBLEMS struct cr_problems before = {0};
    struct cr_limits_subject live = *subject;

    live.service = subject->live;
    judge(&live, &before);
    for (size_t i = first; i < problems->len; i++) {
        struct cr_problem *p = &problems->row[i];
        CR_AUTO_FREE char *mend = NULL;

        if (p->warning || *p->place || !has_breach(&before, p))
            continue;
        mend = cr_strdup(p->hint);
        p->warning = true;
        cr_problem_hint(p, "the live service has it already, so it is no error here; %s", mend);
    }
}

void cr_limits_service(const struct cr_limits_subject *subject, struct cr_problems *problems)
{
    size_t first = problems->len;

    judge(subject, problems);
    if (subject->live)
        excuse_live(subject, problems, first);
}
