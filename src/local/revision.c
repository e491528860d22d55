#include "local/revision.h"

#include <string.h>

#include "base/mem.h"
#include "core/quantity.h"

#define DEFAULT_PORT 8080
#define DEFAULT_CPU "1000m"
#define DEFAULT_MEMORY "512Mi"

static const char *text_at(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && *text ? text : otherwise;
}

static int64_t int_at(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *v = json_object_get(object, key);

    return json_is_integer(v) && json_integer_value(v) ? json_integer_value(v) : otherwise;
}

static char **texts(const json_t *array)
{
    size_t n = json_array_size(array), i;
    char **list = cr_calloc(n + 1, sizeof(*list));
    json_t *v;

    json_array_foreach(array, i, v) list[i] = cr_strdup(json_is_string(v) ? json_string_value(v) : "");
    return list;
}

static void free_texts(char **list)
{
    for (char **t = list; t && *t; t++)
        free(*t);
    free(list);
}

/* Nobody listens there: a container finds no metadata server, rather than that of the machine it happens to run on. */
#define NO_METADATA "GCE_METADATA_HOST=127.0.0.1:1"

static int read_env(struct local_revision *r, const json_t *container, struct cr_error *err)
{
    const json_t *env = json_object_get(container, "env"), *v;
    bool metadata = false;
    size_t n = 0, i;

    r->env = cr_calloc(json_array_size(env) + 5, sizeof(*r->env));
    json_array_foreach(env, i, v)
    {
        const char *name = text_at(v, "name", "");

        if (json_object_get(v, "valueSource"))
            return cr_fail(err, CR_E_CONFIG,
                           "variable '%s' comes from a secret, which the local platform does not have", name);
        r->env[n++] = cr_format("%s=%s", name, text_at(v, "value", ""));
        metadata = metadata || strcmp(name, "GCE_METADATA_HOST") == 0;
    }
    r->env[n++] = cr_format("K_SERVICE=%s", r->service);
    r->env[n++] = cr_format("K_REVISION=%s", r->name);
    r->env[n++] = cr_format("K_CONFIGURATION=%s", r->service);
    if (!metadata)
        r->env[n++] = cr_strdup(NO_METADATA);
    return 0;
}

static void read_probe(struct local_probe *p, const json_t *probe, int port)
{
    const json_t *http = json_object_get(probe, "httpGet"), *tcp = json_object_get(probe, "tcpSocket");
    const json_t *grpc = json_object_get(probe, "grpc");

    *p = (struct local_probe){.given = http || tcp || grpc, .http = http != NULL};
    p->path = cr_strdup(text_at(http, "path", "/"));
    p->port = (int)int_at(http ? http : tcp ? tcp : grpc, "port", port);
    p->delay_ms = 1000 * int_at(probe, "initialDelaySeconds", 0);
    p->timeout_ms = 1000 * int_at(probe, "timeoutSeconds", p->given ? 1 : 240);
    p->period_ms = 1000 * int_at(probe, "periodSeconds", p->given ? 10 : 240);
    p->failures = (int)int_at(probe, "failureThreshold", p->given ? 3 : 1);
}

/* The container's own name, else "scorer-1" of ".../ml/scorer@sha256:...". */
static char *container_name(const json_t *container)
{
    const char *name = text_at(container, "name", ""), *image = text_at(container, "image", "app");
    const char *slash = strrchr(image, '/');

    image = slash ? slash + 1 : image;
    return *name ? cr_strdup(name) : cr_format("%.*s-1", (int)strcspn(image, "@:"), image);
}

static char *short_of(const char *full)
{
    const char *slash = strrchr(full, '/');

    return cr_strdup(slash ? slash + 1 : full);
}

int local_revision_read(struct local_revision *r, const char *service, const char *name, const json_t *template,
                        struct cr_error *err)
{
    const json_t *c = json_array_get(json_object_get(template, "containers"), 0);
    const json_t *limits = json_object_get(json_object_get(c, "resources"), "limits");
    struct local_revision got = {.service = short_of(service), .name = short_of(name)};

    got.container = container_name(c);
    got.image = cr_strdup(text_at(c, "image", ""));
    got.command = texts(json_object_get(c, "command"));
    got.args = texts(json_object_get(c, "args"));
    got.port = (int)int_at(json_array_get(json_object_get(c, "ports"), 0), "containerPort", DEFAULT_PORT);
    got.min_instances = (int)int_at(json_object_get(template, "scaling"), "minInstanceCount", 0);
    read_probe(&got.probe, json_object_get(c, "startupProbe"), got.port);
    read_probe(&got.liveness, json_object_get(c, "livenessProbe"), got.port);
    if (read_env(&got, c, err) < 0 || cr_cpu_parse(text_at(limits, "cpu", DEFAULT_CPU), &got.cpu_milli, err) < 0 ||
        cr_bytes_parse(text_at(limits, "memory", DEFAULT_MEMORY), &got.memory_bytes, err) < 0) {
        local_revision_clear(&got);
        return -1;
    }
    *r = got;
    return 0;
}

void local_revision_clear(struct local_revision *r)
{
    free(r->service);
    free(r->name);
    free(r->image);
    free(r->container);
    free(r->probe.path);
    free(r->liveness.path);
    free_texts(r->env);
    free_texts(r->command);
    free_texts(r->args);
    *r = (struct local_revision){0};
}
