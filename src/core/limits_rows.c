/* The facts. Amounts: milli-CPU, bytes, seconds. */
#include "core/limits.h"

#define MI ((int64_t)1 << 20)
#define GI ((int64_t)1 << 30)

#define NOW (1u << CR_PROFILE_CURRENT)
#define THEN (1u << CR_PROFILE_2020_11)
#define BOTH (NOW | THEN)

#define CPU_PAGE "https://cloud.google.com/run/docs/configuring/services/cpu"
#define MEMORY_PAGE "https://cloud.google.com/run/docs/configuring/services/memory-limits"
#define CONCURRENCY_PAGE "https://cloud.google.com/run/docs/about-concurrency"
#define TIMEOUT_PAGE "https://cloud.google.com/run/docs/configuring/request-timeout"
#define MAX_PAGE "https://cloud.google.com/run/docs/configuring/max-instances"
#define QUOTAS_PAGE "https://cloud.google.com/run/quotas"
#define RUN_API "https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services"
#define BUILD_API "https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds"
#define FAQ "https://github.com/ahmetb/cloud-run-faq"
#define OWN "crdeploy.yaml(5)"

/* clang-format off */
const struct cr_limit cr_limits[] = {
    {"cpu.set", CR_KEY_CPU, NOW, 80, 999, {1000, 2000, 4000, 6000, 8000}, false,
     "a part of a CPU from 0.08, or 1, 2, 4, 6 or 8 whole ones", CPU_PAGE, "2026-10"},
    {"cpu.set", CR_KEY_CPU, THEN, 1, 0, {1000, 2000, 4000}, false, "1, 2 or 4 whole CPUs", CPU_PAGE, "2020-11"},
    {"memory.range", CR_KEY_MEMORY, NOW, 128 * MI, 32 * GI, {0}, false, "first-generation instances start at 128Mi",
     MEMORY_PAGE, "2026-10"},
    {"memory.range", CR_KEY_MEMORY, THEN, 128 * MI, 4 * GI, {0}, false, "instances had at most 4Gi", MEMORY_PAGE,
     "2020-11"},
    {"concurrency.range", CR_KEY_CONCURRENCY, NOW, 1, 1000, {0}, false, "requests one instance is given at a time",
     CONCURRENCY_PAGE, "2026-10"},
    {"concurrency.range", CR_KEY_CONCURRENCY, THEN, 1, 80, {0}, false, "requests one instance is given at a time", FAQ,
     "2020-11"},
    {"timeout.range", CR_KEY_TIMEOUT, BOTH, 1, 3600, {0}, false, "an answer must end within the hour", TIMEOUT_PAGE,
     "2026-10"},
    {"timeout.ga", CR_KEY_TIMEOUT, THEN, 0, 900, {0}, true, "over 15 minutes was a preview", FAQ, "2020-11"},
    {"instances.min", CR_KEY_MIN_INSTANCES, BOTH, 0, INT32_MAX, {0}, false, "0 scales to nothing when idle", RUN_API,
     "2026-10"},
    {"instances.max", CR_KEY_MAX_INSTANCES, BOTH, 1, INT32_MAX, {0}, false, "the project's quota may be lower",
     MAX_PAGE,
     "2026-10"},
    {"instances.quota", CR_KEY_MAX_INSTANCES, THEN, 0, 1000, {0}, true, "above 1000 needed more quota", FAQ, "2020-11"},
    {"port.range", CR_KEY_PORT, BOTH, 1, 65535, {0}, false, "the one port that takes requests", RUN_API, "2026-10"},
    {"body.range", CR_KEY_SERVER_MAX_BODY, BOTH, 1, 32 * MI, {0}, false, "HTTP/1 requests end at 32Mi", QUOTAS_PAGE,
     "2026-10"},
    {"build.timeout", CR_KEY_BUILD_TIMEOUT, BOTH, 1, INT64_MAX, {0}, false, "a build needs time", BUILD_API, "2026-10"},
    {"build.day", CR_KEY_BUILD_TIMEOUT, BOTH, 0, 86400, {0}, true, "a build is said to end within a day", BUILD_API,
     "2026-10"},
    {"server.max_length", CR_KEY_SERVER_MAX_LENGTH, BOTH, 8, 8192, {0}, false, "room for a question and a context", OWN,
     "2026-10"},
    {"server.stride", CR_KEY_SERVER_STRIDE, BOTH, 0, 8192, {0}, false, "0: windows do not overlap", OWN, "2026-10"},
    {"server.answer", CR_KEY_SERVER_MAX_ANSWER_TOKENS, BOTH, 1, 8192, {0}, false, "an answer has at least one token",
     OWN,
     "2026-10"},
    {"server.threads", CR_KEY_SERVER_THREADS, BOTH, 1, 64, {0}, false, "threads of one inference", OWN, "2026-10"},
    {"server.queue", CR_KEY_SERVER_QUEUE, BOTH, 0, 10000, {0}, false, "0: nothing waits", OWN, "2026-10"},
    {.id = ""},
};

const struct cr_cross_limit cr_cross_limits[] = {
    {"cpu.memory", NOW, CR_KEY_CPU, 80, 499, CR_KEY_MEMORY, 0, 512 * MI, false, "less than half a CPU", CPU_PAGE,
     "2026-10"},
    {"cpu.memory", NOW, CR_KEY_CPU, 500, 999, CR_KEY_MEMORY, 0, 1 * GI, false, "less than one CPU", CPU_PAGE,
     "2026-10"},
    {"cpu.memory", NOW, CR_KEY_CPU, 1000, 1000, CR_KEY_MEMORY, 0, 4 * GI, false, "1 CPU", MEMORY_PAGE, "2026-10"},
    {"cpu.memory", NOW, CR_KEY_CPU, 2000, 2000, CR_KEY_MEMORY, 0, 8 * GI, false, "2 CPUs", MEMORY_PAGE, "2026-10"},
    {"cpu.memory", NOW, CR_KEY_CPU, 4000, 4000, CR_KEY_MEMORY, 2 * GI, 16 * GI, false, "4 CPUs", MEMORY_PAGE,
     "2026-10"},
    {"cpu.memory", NOW, CR_KEY_CPU, 6000, 6000, CR_KEY_MEMORY, 4 * GI, 24 * GI, false, "6 CPUs", MEMORY_PAGE,
     "2026-10"},
    {"cpu.memory", NOW, CR_KEY_CPU, 8000, 8000, CR_KEY_MEMORY, 4 * GI, 32 * GI, false, "8 CPUs", MEMORY_PAGE,
     "2026-10"},
    {"cpu.memory", THEN, CR_KEY_CPU, 4000, 4000, CR_KEY_MEMORY, 2 * GI, 4 * GI, false, "4 CPUs", RUN_API, "2020-11"},
    {"cpu.concurrency", NOW, CR_KEY_CPU, 80, 999, CR_KEY_CONCURRENCY, 1, 1, false, "less than one CPU", CPU_PAGE,
     "2026-10"},
    {.id = ""},
};

const struct cr_order_limit cr_order_limits[] = {
    {"instances.order", BOTH, CR_KEY_MIN_INSTANCES, CR_KEY_MAX_INSTANCES, false, MAX_PAGE, "2026-10"},
    {"server.window", BOTH, CR_KEY_SERVER_STRIDE, CR_KEY_SERVER_MAX_LENGTH, true, OWN, "2026-10"},
    {.id = ""},
};
