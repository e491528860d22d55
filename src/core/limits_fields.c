/* What the limits are about: names, places, and what sets them. */
#include "core/limits.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/quantity.h"

static const char *const generations[] = {"default", "gen1", "gen2", NULL};
static const char *const say_generation[] = {"no --execution-environment", "--execution-environment gen1",
                                             "--execution-environment gen2"};
static const char *const billings[] = {"throttled", "always allocated", NULL};
static const char *const say_billing[] = {"--cpu-throttling", "--no-cpu-throttling"};
static const char *const gpu_types[] = {"none", "nvidia-l4", "nvidia-rtx-pro-6000", NULL};
static const char *const say_gpu_type[] = {"no --gpu-type", "--gpu-type nvidia-l4", "--gpu-type nvidia-rtx-pro-6000"};
static const char *const switches[] = {"off", "on", NULL};
static const char *const say_boost[] = {"--no-cpu-boost", "--cpu-boost"};
static const char *const say_http2[] = {"--no-use-http2", "--use-http2"};

#define CONTAINER "template.containers."
#define STARTUP CONTAINER "startupProbe."
#define LIVENESS CONTAINER "livenessProbe."
#define READINESS CONTAINER "readinessProbe."
#define NO_KEY CR_KEY_COUNT

/* clang-format off */
const struct cr_limit_field_row cr_limit_fields[CR_LIMIT_FIELD_COUNT] = {
    [CR_LIMIT_CPU] = {"cpu", CONTAINER "resources.limits.cpu", CR_T_CPU, CR_KEY_CPU, "--cpu %s", NULL, NULL},
    [CR_LIMIT_MEMORY] = {"memory", CONTAINER "resources.limits.memory", CR_T_BYTES, CR_KEY_MEMORY, "--memory %s", NULL,
                         NULL},
    [CR_LIMIT_CONCURRENCY] = {"concurrency", "template.maxInstanceRequestConcurrency", CR_T_INT, CR_KEY_CONCURRENCY,
                              "--concurrency %s", NULL, NULL},
    [CR_LIMIT_TIMEOUT] = {"timeout", "template.timeout", CR_T_DURATION, CR_KEY_TIMEOUT, "--timeout %s", NULL, NULL},
    [CR_LIMIT_GENERATION] = {"execution environment", "template.executionEnvironment", CR_T_CHOICE,
                             CR_KEY_EXECUTION_ENVIRONMENT,
                             "--execution-environment %s", generations, say_generation},
    [CR_LIMIT_BILLING] = {"cpu", CONTAINER "resources.cpuIdle", CR_T_CHOICE, CR_KEY_CPU_THROTTLING, NULL, billings,
                          say_billing},
    [CR_LIMIT_GPU] = {"gpu", CONTAINER "resources.limits.nvidia.com/gpu", CR_T_INT, CR_KEY_GPU, "--gpu %s", NULL, NULL},
    [CR_LIMIT_GPU_TYPE] = {"gpu type", "template.nodeSelector.accelerator", CR_T_CHOICE, CR_KEY_GPU_TYPE,
                           "--gpu-type %s",
                           gpu_types, say_gpu_type},
    [CR_LIMIT_MIN_INSTANCES] = {"min_instances", "template.scaling.minInstanceCount", CR_T_INT, CR_KEY_MIN_INSTANCES,
                                "--min-instances %s", NULL, NULL},
    [CR_LIMIT_MAX_INSTANCES] = {"max_instances", "template.scaling.maxInstanceCount", CR_T_INT, CR_KEY_MAX_INSTANCES,
                                "--max-instances %s", NULL, NULL},
    [CR_LIMIT_SERVICE_MIN] = {"min of the service", "scaling.minInstanceCount", CR_T_INT, CR_KEY_MIN, "--min %s", NULL,
                              NULL},
    [CR_LIMIT_SERVICE_MAX] = {"max of the service", "scaling.maxInstanceCount", CR_T_INT, CR_KEY_MAX, "--max %s", NULL,
                              NULL},
    [CR_LIMIT_MANUAL] = {"scaling", "scaling.manualInstanceCount", CR_T_INT, NO_KEY, "--scaling %s", NULL, NULL},
    [CR_LIMIT_CONTAINERS] = {"containers", "template.containers", CR_T_INT, NO_KEY, "%s containers", NULL, NULL},
    [CR_LIMIT_LABELS] = {"labels", "labels", CR_T_INT, NO_KEY, "%s labels", NULL, NULL},
    [CR_LIMIT_INTERFACES] = {"networks", "template.vpcAccess.networkInterfaces", CR_T_INT, NO_KEY, "%s network", NULL,
                             NULL},
    [CR_LIMIT_PERCENT] = {"percent", "traffic.percent", CR_T_INT, NO_KEY, "a percent of %s", NULL, NULL},
    [CR_LIMIT_PERCENT_SUM] = {"sum of percents", "traffic", CR_T_INT, NO_KEY, "percents that add up to %s", NULL, NULL},
    [CR_LIMIT_PORT] = {"port", CONTAINER "ports.containerPort", CR_T_INT, CR_KEY_PORT, "--port %s", NULL, NULL},
    [CR_LIMIT_ENV] = {"environment variables", CONTAINER "env", CR_T_INT, NO_KEY, "%s environment variables", NULL,
                      NULL},
    [CR_LIMIT_ARGS] = {"arguments", CONTAINER "args", CR_T_INT, NO_KEY, "%s arguments", NULL, NULL},
    [CR_LIMIT_BOOST] = {"startup cpu boost", CONTAINER "resources.startupCpuBoost", CR_T_CHOICE, CR_KEY_CPU_BOOST,
                        NULL, switches,
                        say_boost},
    [CR_LIMIT_HTTP2] = {"HTTP/2", CONTAINER "ports.name", CR_T_CHOICE, CR_KEY_USE_HTTP2, NULL, switches, say_http2},
    [CR_LIMIT_SECRET_MODE] = {"mode of a secret's file", "template.volumes.secret.items.mode", CR_T_INT, NO_KEY,
                              "a mode of %s",
                              NULL, NULL},
    [CR_LIMIT_PROBES] = {"probes", CONTAINER "startupProbe", CR_T_INT, NO_KEY, "%s probes", NULL, NULL},
    [CR_LIMIT_STARTUP_DELAY] = {"startup probe's initialDelaySeconds", STARTUP "initialDelaySeconds", CR_T_INT, NO_KEY,
                                "--startup-probe initialDelaySeconds=%s", NULL, NULL},
    [CR_LIMIT_STARTUP_TIMEOUT] = {"startup probe's timeoutSeconds", STARTUP "timeoutSeconds", CR_T_INT, NO_KEY,
                                  "--startup-probe timeoutSeconds=%s", NULL, NULL},
    [CR_LIMIT_STARTUP_PERIOD] = {"startup probe's periodSeconds", STARTUP "periodSeconds", CR_T_INT, NO_KEY,
                                 "--startup-probe periodSeconds=%s", NULL, NULL},
    [CR_LIMIT_STARTUP_FAILURES] = {"startup probe's failureThreshold", STARTUP "failureThreshold", CR_T_INT, NO_KEY,
                                   "--startup-probe failureThreshold=%s", NULL, NULL},
    [CR_LIMIT_STARTUP_SPAN] = {"startup probe's failureThreshold times periodSeconds", STARTUP "failureThreshold",
                               CR_T_INT, NO_KEY, "a failureThreshold and a periodSeconds whose product is at most %s",
                               NULL, NULL},
    [CR_LIMIT_STARTUP_PORT] = {"startup probe's port", STARTUP "httpGet.port", CR_T_INT, NO_KEY,
                               "--startup-probe httpGet.port=%s", NULL, NULL},
    [CR_LIMIT_LIVENESS_DELAY] = {"liveness probe's initialDelaySeconds", LIVENESS "initialDelaySeconds", CR_T_INT,
                                 NO_KEY, "--liveness-probe initialDelaySeconds=%s", NULL, NULL},
    [CR_LIMIT_LIVENESS_TIMEOUT] = {"liveness probe's timeoutSeconds", LIVENESS "timeoutSeconds", CR_T_INT, NO_KEY,
                                   "--liveness-probe timeoutSeconds=%s", NULL, NULL},
    [CR_LIMIT_LIVENESS_PERIOD] = {"liveness probe's periodSeconds", LIVENESS "periodSeconds", CR_T_INT, NO_KEY,
                                  "--liveness-probe periodSeconds=%s", NULL, NULL},
    [CR_LIMIT_LIVENESS_FAILURES] = {"liveness probe's failureThreshold", LIVENESS "failureThreshold", CR_T_INT, NO_KEY,
                                    "--liveness-probe failureThreshold=%s", NULL, NULL},
    [CR_LIMIT_LIVENESS_PORT] = {"liveness probe's port", LIVENESS "httpGet.port", CR_T_INT, NO_KEY,
                                "--liveness-probe httpGet.port=%s", NULL, NULL},
    [CR_LIMIT_READINESS_TIMEOUT] = {"readiness probe's timeoutSeconds", READINESS "timeoutSeconds", CR_T_INT, NO_KEY,
                                    "--readiness-probe timeoutSeconds=%s", NULL, NULL},
    [CR_LIMIT_READINESS_PERIOD] = {"readiness probe's periodSeconds", READINESS "periodSeconds", CR_T_INT, NO_KEY,
                                   "--readiness-probe periodSeconds=%s", NULL, NULL},
    [CR_LIMIT_READINESS_FAILURES] = {"readiness probe's failureThreshold", READINESS "failureThreshold", CR_T_INT,
                                     NO_KEY, "--readiness-probe failureThreshold=%s", NULL, NULL},
    [CR_LIMIT_READINESS_SUCCESSES] = {"readiness probe's successThreshold", READINESS "successThreshold", CR_T_INT,
                                      NO_KEY, "--readiness-probe successThreshold=%s", NULL, NULL},
    [CR_LIMIT_READINESS_PORT] = {"readiness probe's port", READINESS "httpGet.port", CR_T_INT, NO_KEY,
                                 "--readiness-probe httpGet.port=%s", NULL, NULL},
    [CR_LIMIT_BUILD_TIMEOUT] = {"timeout", "build.timeout", CR_T_DURATION, CR_KEY_BUILD_TIMEOUT, "--build-timeout %s",
                                NULL, NULL},
    [CR_LIMIT_SERVER_MAX_BODY] = {"max_body", "server.max_body", CR_T_BYTES, CR_KEY_SERVER_MAX_BODY, NULL, NULL, NULL},
    [CR_LIMIT_SERVER_MAX_LENGTH] = {"max_length", "server.max_length", CR_T_INT, CR_KEY_SERVER_MAX_LENGTH, NULL, NULL,
                                    NULL},
    [CR_LIMIT_SERVER_STRIDE] = {"stride", "server.stride", CR_T_INT, CR_KEY_SERVER_STRIDE, NULL, NULL, NULL},
    [CR_LIMIT_SERVER_ANSWER] = {"max_answer_tokens", "server.max_answer_tokens", CR_T_INT,
                                CR_KEY_SERVER_MAX_ANSWER_TOKENS, NULL, NULL, NULL},
    [CR_LIMIT_SERVER_THREADS] = {"threads", "server.threads", CR_T_INT, CR_KEY_SERVER_THREADS, NULL, NULL, NULL},
    [CR_LIMIT_SERVER_QUEUE] = {"queue", "server.queue", CR_T_INT, CR_KEY_SERVER_QUEUE, NULL, NULL, NULL},
};
/* clang-format on */

void cr_limit_number(enum cr_limit_field field, int64_t number, char text[32])
{
    const struct cr_limit_field_row *row = &cr_limit_fields[field];
    int64_t n = 0;

    while (row->words && row->words[n])
        n++;
    if (row->words && number >= 0 && number < n)
        snprintf(text, 32, "%s", row->words[number]);
    else if (row->type == CR_T_CPU)
        cr_cpu_text(number, text);
    else if (row->type == CR_T_BYTES)
        cr_bytes_text(number, text);
    else if (row->type == CR_T_DURATION)
        cr_duration_text(number, text);
    else
        snprintf(text, 32, "%" PRId64, number);
}
