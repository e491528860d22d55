/* The facts about numbers. Amounts: milli-CPU, bytes, seconds; choices: the place of the word in limits_fields.c. */
#include "core/limits.h"

#define MI ((int64_t)1 << 20)
#define GI ((int64_t)1 << 30)

#define NOW (1u << CR_PROFILE_CURRENT)
#define THEN (1u << CR_PROFILE_2020_11)
#define BOTH (NOW | THEN)
#define ANY (~0u) /* rules of crdeploy itself, whatever the platform takes */

#define CPU_PAGE "https://cloud.google.com/run/docs/configuring/services/cpu"
#define MEMORY_PAGE "https://cloud.google.com/run/docs/configuring/services/memory-limits"
#define CONCURRENCY_PAGE "https://cloud.google.com/run/docs/about-concurrency"
#define TIMEOUT_PAGE "https://cloud.google.com/run/docs/configuring/request-timeout"
#define MAX_PAGE "https://cloud.google.com/run/docs/configuring/max-instances"
#define PROBE_PAGE "https://cloud.google.com/run/docs/configuring/healthchecks"
#define GPU_PAGE "https://cloud.google.com/run/docs/configuring/services/gpu"
#define BILLING_PAGE "https://cloud.google.com/run/docs/configuring/billing-settings"
#define CONTRACT_PAGE "https://cloud.google.com/run/docs/container-contract"
#define QUOTAS_PAGE "https://cloud.google.com/run/quotas"
#define RUN_API "https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services"
#define BUILD_API "https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds"
#define GCLOUD_NEWS "https://cloud.google.com/sdk/docs/release-notes"
#define FAQ "https://github.com/ahmetb/cloud-run-faq"
#define OWN "crdeploy.yaml(5)"

/* Conditions, and whether the rule is about the field alone. */
#define ALWAYS {{CR_LIMIT_NONE, 0, 0}}, true
#define WITHOUT_GPU {{CR_LIMIT_GPU, 0, 0}}, true
#define WITH_L4 {{CR_LIMIT_GPU, 1, INT64_MAX}, {CR_LIMIT_GPU_TYPE, 0, 1}}, true
#define WHEN(field, min, max) {{CR_LIMIT_##field, min, max}}, false
#define WHEN_L4 {{CR_LIMIT_GPU, 1, INT64_MAX}, {CR_LIMIT_GPU_TYPE, 0, 1}}, false
#define WHEN_RTX {{CR_LIMIT_GPU_TYPE, 2, 2}, {CR_LIMIT_GPU, 1, INT64_MAX}}, false
#define WHOLE                        \
    {                                \
        1000, 2000, 4000, 6000, 8000 \
    }

/* clang-format off */
const struct cr_limit cr_limits[] = {
    /* CPU and memory, alone. What an RTX GPU takes is far above the rest, so each rule says for whom it is. */
    {"cpu.set", NOW, CR_LIMIT_CPU, 80, 999, WHOLE, WITHOUT_GPU, false,
     "a part of a CPU from 0.08, or 1, 2, 4, 6 or 8 whole ones", CPU_PAGE, "2026-10"},
    {"cpu.set", NOW, CR_LIMIT_CPU, 80, 999, WHOLE, WITH_L4, false,
     "a part of a CPU from 0.08, or 1, 2, 4, 6 or 8 whole ones", CPU_PAGE, "2026-10"},
    {"cpu.set", THEN, CR_LIMIT_CPU, 1, 0, {1000, 2000, 4000}, ALWAYS, false, "1, 2 or 4 whole CPUs", CPU_PAGE,
     "2020-11"},
    {"memory.range", NOW, CR_LIMIT_MEMORY, 128 * MI, 32 * GI, {0}, WITHOUT_GPU, false,
     "first-generation instances start at 128Mi, and the largest have 32Gi", MEMORY_PAGE, "2026-10"},
    {"memory.range", NOW, CR_LIMIT_MEMORY, 128 * MI, 32 * GI, {0}, WITH_L4, false,
     "first-generation instances start at 128Mi, and the largest have 32Gi", MEMORY_PAGE, "2026-10"},
    {"memory.range", THEN, CR_LIMIT_MEMORY, 128 * MI, 4 * GI, {0}, ALWAYS, false, "instances had at most 4Gi",
     MEMORY_PAGE, "2020-11"},

    /* CPU with memory. Ranges, for the CPUs of several containers add up to anything. */
    {"cpu.memory", NOW, CR_LIMIT_MEMORY, 128 * MI, 512 * MI, {0}, WHEN(CPU, 80, 499), false, "less than half a CPU",
     CPU_PAGE, "2026-10"},
    {"cpu.memory", NOW, CR_LIMIT_MEMORY, 128 * MI, 1 * GI, {0}, WHEN(CPU, 500, 999), false, "less than one CPU",
     CPU_PAGE, "2026-10"},
    {"cpu.memory", NOW, CR_LIMIT_MEMORY, 128 * MI, 4 * GI, {0}, WHEN(CPU, 1000, 1999), false, "1 CPU", MEMORY_PAGE,
     "2026-10"},
    {"cpu.memory", NOW, CR_LIMIT_MEMORY, 128 * MI, 8 * GI, {0}, WHEN(CPU, 2000, 3999), false, "2 CPUs", MEMORY_PAGE,
     "2026-10"},
    {"cpu.memory", NOW, CR_LIMIT_MEMORY, 2 * GI, 16 * GI, {0}, WHEN(CPU, 4000, 5999), false, "4 CPUs", MEMORY_PAGE,
     "2026-10"},
    {"cpu.memory", NOW, CR_LIMIT_MEMORY, 4 * GI, 24 * GI, {0}, WHEN(CPU, 6000, 7999), false, "6 CPUs", MEMORY_PAGE,
     "2026-10"},
    {"cpu.memory", NOW, CR_LIMIT_MEMORY, 4 * GI, 32 * GI, {0}, WHEN(CPU, 8000, 19999), false, "8 CPUs", MEMORY_PAGE,
     "2026-10"},
    {"cpu.memory", THEN, CR_LIMIT_MEMORY, 2 * GI, 4 * GI, {0}, WHEN(CPU, 4000, 4000), false, "4 CPUs", RUN_API,
     "2020-11"},

    /* Less than one CPU. */
    {"cpu.concurrency", NOW, CR_LIMIT_CONCURRENCY, 1, 1, {0}, WHEN(CPU, 80, 999), false,
     "less than one CPU takes one request at a time", CPU_PAGE, "2026-10"},
    {"cpu.billing", NOW, CR_LIMIT_BILLING, 0, 0, {0}, WHEN(CPU, 80, 999), false,
     "less than one CPU is there only while a request runs", CPU_PAGE, "2026-10"},
    {"cpu.generation", NOW, CR_LIMIT_GENERATION, 0, 1, {0}, WHEN(CPU, 80, 999), false,
     "less than one CPU runs in the first generation", CPU_PAGE, "2026-10"},

    /* Execution environment and billing. */
    {"generation.memory", NOW, CR_LIMIT_MEMORY, 512 * MI, INT64_MAX, {0}, WHEN(GENERATION, 2, 2), false,
     "the second generation starts at 512Mi", MEMORY_PAGE, "2026-10"},
    {"generation.known", NOW, CR_LIMIT_GENERATION, 0, 2, {0}, ALWAYS, false, "gen1, gen2, or left to the platform",
     RUN_API,
     "2026-10"},
    {"generation.known", THEN, CR_LIMIT_GENERATION, 0, 1, {0}, ALWAYS, false,
     "the second generation came in October 2021", GCLOUD_NEWS, "2020-11"},
    {"billing.memory", NOW, CR_LIMIT_MEMORY, 512 * MI, INT64_MAX, {0}, WHEN(BILLING, 1, 1), false,
     "CPU that is always allocated starts at 512Mi", BILLING_PAGE, "2026-10"},
    {"billing.known", NOW, CR_LIMIT_BILLING, 0, 1, {0}, ALWAYS, false, "CPU while requests run, or always",
     BILLING_PAGE,
     "2026-10"},
    {"billing.known", THEN, CR_LIMIT_BILLING, 0, 0, {0}, ALWAYS, false,
     "CPU that is always allocated came in September 2021", GCLOUD_NEWS, "2020-11"},
    {"boost.known", THEN, CR_LIMIT_BOOST, 0, 0, {0}, ALWAYS, false, "CPU boost came in August 2022", GCLOUD_NEWS,
     "2020-11"},

    /* GPUs. */
    {"gpu.count", NOW, CR_LIMIT_GPU, 0, 1, {0}, ALWAYS, false, "an instance has one GPU or none", GPU_PAGE, "2026-10"},
    {"gpu.known", NOW, CR_LIMIT_GPU_TYPE, 0, 2, {0}, ALWAYS, false, "nvidia-l4 or nvidia-rtx-pro-6000", GPU_PAGE,
     "2026-10"},
    {"gpu.known", THEN, CR_LIMIT_GPU, 0, 0, {0}, ALWAYS, false, "GPUs came in August 2024", GCLOUD_NEWS, "2020-11"},
    {"gpu.cpu", NOW, CR_LIMIT_CPU, 4000, INT64_MAX, {0}, WHEN_L4, false,
     "an L4 needs 4 CPUs", GPU_PAGE, "2026-10"},
    {"gpu.memory", NOW, CR_LIMIT_MEMORY, 16 * GI, INT64_MAX, {0}, WHEN_L4, false,
     "an L4 needs 16Gi", GPU_PAGE, "2026-10"},
    {"gpu.cpu", NOW, CR_LIMIT_CPU, 20000, INT64_MAX, {0}, WHEN_RTX, false,
     "an RTX PRO 6000 needs 20 CPUs", GPU_PAGE, "2026-10"},
    {"gpu.memory", NOW, CR_LIMIT_MEMORY, 80 * GI, INT64_MAX, {0}, WHEN_RTX, false,
     "an RTX PRO 6000 needs 80Gi", GPU_PAGE, "2026-10"},
    {"gpu.billing", NOW, CR_LIMIT_BILLING, 1, 1, {0}, WHEN(GPU, 1, INT64_MAX), false,
     "a GPU's CPU is always allocated", GPU_PAGE, "2026-10"},
    {"gpu.generation", NOW, CR_LIMIT_GENERATION, 0, 0, {2}, WHEN(GPU, 1, INT64_MAX), true,
     "a GPU is said to need the second generation", GPU_PAGE, "2026-10"},

    /* Requests. */
    {"concurrency.range", NOW, CR_LIMIT_CONCURRENCY, 1, 1000, {0}, ALWAYS, false,
     "requests one instance is given at a time", CONCURRENCY_PAGE, "2026-10"},
    {"concurrency.range", THEN, CR_LIMIT_CONCURRENCY, 1, 80, {0}, ALWAYS, false,
     "requests one instance is given at a time", FAQ, "2020-11"},
    {"timeout.range", BOTH, CR_LIMIT_TIMEOUT, 1, 3600, {0}, ALWAYS, false, "an answer must end within the hour",
     TIMEOUT_PAGE, "2026-10"},
    {"timeout.ga", THEN, CR_LIMIT_TIMEOUT, 0, 900, {0}, ALWAYS, true, "over 15 minutes was a preview", FAQ, "2020-11"},
    {"port.range", BOTH, CR_LIMIT_PORT, 1, 65535, {0}, ALWAYS, false, "the one port that takes requests", RUN_API,
     "2026-10"},
    {"http2.known", THEN, CR_LIMIT_HTTP2, 0, 0, {0}, ALWAYS, false, "HTTP/2 to the container came in January 2021",
     GCLOUD_NEWS, "2020-11"},

    /* Scaling. */
    {"instances.min", BOTH, CR_LIMIT_MIN_INSTANCES, 0, INT32_MAX, {0}, ALWAYS, false,
     "0 scales to nothing when idle", RUN_API, "2026-10"},
    {"instances.max", BOTH, CR_LIMIT_MAX_INSTANCES, 0, INT32_MAX, {0}, ALWAYS, false,
     "the project's quota may be lower", MAX_PAGE, "2026-10"},
    {"instances.zero", BOTH, CR_LIMIT_MAX_INSTANCES, 1, INT64_MAX, {0}, ALWAYS, true,
     "0 is read as the platform's default, 100 today", RUN_API, "2026-10"},
    {"instances.quota", THEN, CR_LIMIT_MAX_INSTANCES, 0, 1000, {0}, ALWAYS, true, "above 1000 needed more quota", FAQ,
     "2020-11"},
    {"scaling.min", NOW, CR_LIMIT_SERVICE_MIN, 0, INT32_MAX, {0}, ALWAYS, false,
     "instances of all revisions together", RUN_API, "2026-10"},
    {"scaling.max", NOW, CR_LIMIT_SERVICE_MAX, 0, INT32_MAX, {0}, ALWAYS, false,
     "instances of all revisions together", RUN_API, "2026-10"},
    {"scaling.manual", NOW, CR_LIMIT_MANUAL, 0, INT32_MAX, {0}, ALWAYS, false, "instances that are always there",
     RUN_API, "2026-10"},
    {"scaling.known", THEN, CR_LIMIT_SERVICE_MIN, 0, 0, {0}, ALWAYS, false, "a service's own minimum came in 2024",
     GCLOUD_NEWS, "2020-11"},
    {"scaling.known", THEN, CR_LIMIT_SERVICE_MAX, 0, 0, {0}, ALWAYS, false, "a service's own maximum came in 2025",
     GCLOUD_NEWS, "2020-11"},
    {"scaling.known", THEN, CR_LIMIT_MANUAL, 0, 0, {0}, ALWAYS, false, "manual scaling came in 2025", GCLOUD_NEWS,
     "2020-11"},
    {"traffic.percent", BOTH, CR_LIMIT_PERCENT, 0, 100, {0}, ALWAYS, false, "a share of the requests", RUN_API,
     "2026-10"},
    {"traffic.sum", BOTH, CR_LIMIT_PERCENT_SUM, 100, 100, {0}, ALWAYS, false, "every request goes somewhere", RUN_API,
     "2026-10"},

    /* Counts. */
    {"containers.count", NOW, CR_LIMIT_CONTAINERS, 1, 10, {0}, ALWAYS, false, "containers of one instance",
     QUOTAS_PAGE, "2026-10"},
    {"containers.count", THEN, CR_LIMIT_CONTAINERS, 1, 1, {0}, ALWAYS, false, "instances had one container",
     GCLOUD_NEWS, "2020-11"},
    {"env.count", BOTH, CR_LIMIT_ENV, 0, 1000, {0}, ALWAYS, false, "variables of one container", QUOTAS_PAGE,
     "2026-10"},
    {"args.count", BOTH, CR_LIMIT_ARGS, 0, 1000, {0}, ALWAYS, false, "arguments of one container", QUOTAS_PAGE,
     "2026-10"},
    {"labels.count", BOTH, CR_LIMIT_LABELS, 0, 64, {0}, ALWAYS, true, "Google Cloud takes 64 on most resources",
     "https://cloud.google.com/resource-manager/docs/labels-overview", "2026-10"},
    {"network.count", NOW, CR_LIMIT_INTERFACES, 0, 1, {0}, ALWAYS, false, "an instance has one network", RUN_API,
     "2026-10"},
    {"secret.mode", BOTH, CR_LIMIT_SECRET_MODE, 0, 0777, {0}, ALWAYS, false, "0 to 0777 in octal",
     RUN_API, "2026-10"},

    /* Probes. */
    {"probe.known", THEN, CR_LIMIT_PROBES, 0, 0, {0}, ALWAYS, false, "probes came later; the port was tried",
     GCLOUD_NEWS,
     "2020-11"},
    {"probe.delay", NOW, CR_LIMIT_STARTUP_DELAY, 0, 240, {0}, ALWAYS, false, "the first look at the container",
     PROBE_PAGE, "2026-10"},
    {"probe.timeout", NOW, CR_LIMIT_STARTUP_TIMEOUT, 1, 3600, {0}, ALWAYS, false, "the wait for one answer", PROBE_PAGE,
     "2026-10"},
    {"probe.period", NOW, CR_LIMIT_STARTUP_PERIOD, 1, 240, {0}, ALWAYS, false, "from one look to the next", PROBE_PAGE,
     "2026-10"},
    {"probe.failures", NOW, CR_LIMIT_STARTUP_FAILURES, 1, INT32_MAX, {0}, ALWAYS, false,
     "looks that may fail in a row", PROBE_PAGE, "2026-10"},
    {"probe.start", NOW, CR_LIMIT_STARTUP_SPAN, 0, 240, {0}, ALWAYS, true,
     "a container is said to have 240 seconds to start", CONTRACT_PAGE, "2026-10"},
    {"probe.span", NOW, CR_LIMIT_STARTUP_SPAN, 0, 600, {0}, WITHOUT_GPU, false, "the whole start ends within 600s",
     PROBE_PAGE, "2026-10"},
    {"probe.span", NOW, CR_LIMIT_STARTUP_SPAN, 0, 1800, {0}, {{CR_LIMIT_GPU, 1, INT64_MAX}}, true, false,
     "the whole start with a GPU ends within 1800s", PROBE_PAGE, "2026-10"},
    {"probe.port", NOW, CR_LIMIT_STARTUP_PORT, 1, 65535, {0}, ALWAYS, false, "a port of the container", PROBE_PAGE,
     "2026-10"},
    {"probe.delay", NOW, CR_LIMIT_LIVENESS_DELAY, 0, 3600, {0}, ALWAYS, false, "the first look at the container",
     PROBE_PAGE, "2026-10"},
    {"probe.timeout", NOW, CR_LIMIT_LIVENESS_TIMEOUT, 1, 3600, {0}, ALWAYS, false, "the wait for one answer",
     PROBE_PAGE, "2026-10"},
    {"probe.period", NOW, CR_LIMIT_LIVENESS_PERIOD, 1, 3600, {0}, ALWAYS, false, "from one look to the next",
     PROBE_PAGE, "2026-10"},
    {"probe.failures", NOW, CR_LIMIT_LIVENESS_FAILURES, 1, INT32_MAX, {0}, ALWAYS, false,
     "looks that may fail in a row", PROBE_PAGE, "2026-10"},
    {"probe.port", NOW, CR_LIMIT_LIVENESS_PORT, 1, 65535, {0}, ALWAYS, false, "a port of the container", PROBE_PAGE,
     "2026-10"},
    {"probe.timeout", NOW, CR_LIMIT_READINESS_TIMEOUT, 1, 3600, {0}, ALWAYS, false, "the wait for one answer",
     PROBE_PAGE, "2026-10"},
    {"probe.period", NOW, CR_LIMIT_READINESS_PERIOD, 1, 3600, {0}, ALWAYS, false, "from one look to the next",
     PROBE_PAGE, "2026-10"},
    {"probe.failures", NOW, CR_LIMIT_READINESS_FAILURES, 1, INT32_MAX, {0}, ALWAYS, false,
     "looks that may fail in a row", PROBE_PAGE, "2026-10"},
    {"probe.successes", NOW, CR_LIMIT_READINESS_SUCCESSES, 1, INT32_MAX, {0}, ALWAYS, false,
     "looks that must succeed in a row", PROBE_PAGE, "2026-10"},
    {"probe.port", NOW, CR_LIMIT_READINESS_PORT, 1, 65535, {0}, ALWAYS, false, "a port of the container", PROBE_PAGE,
     "2026-10"},

    /* Builds, and the server that crdeploy builds. */
    {"build.timeout", ANY, CR_LIMIT_BUILD_TIMEOUT, 1, INT64_MAX, {0}, ALWAYS, false, "a build needs time", BUILD_API,
     "2026-10"},
    {"build.day", ANY, CR_LIMIT_BUILD_TIMEOUT, 0, 86400, {0}, ALWAYS, true, "a build is said to end within a day",
     BUILD_API, "2026-10"},
    {"body.range", ANY, CR_LIMIT_SERVER_MAX_BODY, 1, 32 * MI, {0}, ALWAYS, false, "HTTP/1 requests end at 32Mi",
     QUOTAS_PAGE, "2026-10"},
    {"server.max_length", ANY, CR_LIMIT_SERVER_MAX_LENGTH, 8, 8192, {0}, ALWAYS, false,
     "room for a question and a context", OWN, "2026-10"},
    {"server.stride", ANY, CR_LIMIT_SERVER_STRIDE, 0, 8192, {0}, ALWAYS, false, "0: windows do not overlap", OWN,
     "2026-10"},
    {"server.answer", ANY, CR_LIMIT_SERVER_ANSWER, 1, 8192, {0}, ALWAYS, false, "an answer has at least one token",
     OWN, "2026-10"},
    {"server.threads", ANY, CR_LIMIT_SERVER_THREADS, 1, 64, {0}, ALWAYS, false, "threads of one inference", OWN,
     "2026-10"},
    {"server.queue", ANY, CR_LIMIT_SERVER_QUEUE, 0, 10000, {0}, ALWAYS, false, "0: nothing waits", OWN, "2026-10"},
    {.id = ""},
};

const struct cr_order_limit cr_order_limits[] = {
    {"instances.order", BOTH, CR_LIMIT_MIN_INSTANCES, CR_LIMIT_MAX_INSTANCES, false, MAX_PAGE, "2026-10"},
    {"scaling.order", NOW, CR_LIMIT_SERVICE_MIN, CR_LIMIT_SERVICE_MAX, false, MAX_PAGE, "2026-10"},
    {"probe.order", NOW, CR_LIMIT_STARTUP_TIMEOUT, CR_LIMIT_STARTUP_PERIOD, false, PROBE_PAGE, "2026-10"},
    {"probe.order", NOW, CR_LIMIT_LIVENESS_TIMEOUT, CR_LIMIT_LIVENESS_PERIOD, false, PROBE_PAGE, "2026-10"},
    {"probe.order", NOW, CR_LIMIT_READINESS_TIMEOUT, CR_LIMIT_READINESS_PERIOD, false, PROBE_PAGE, "2026-10"},
    {"server.window", ANY, CR_LIMIT_SERVER_STRIDE, CR_LIMIT_SERVER_MAX_LENGTH, true, OWN, "2026-10"},
    {.id = ""},
};
