/* How the parts of a service go together: the rules of cr_shape_limits. */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/limits_parts.h"
#include "core/limits_read.h"
#include "core/quantity.h"

#define FLAGS(...) ((const enum cr_flag[]){__VA_ARGS__, CR_FLAG_COUNT})

struct cr_problem *cr_limits_shape(const struct cr_limits_subject *s, enum cr_limit_shape shape, const char *place,
                                   struct cr_problems *problems, const char *fmt, ...)
{
    CR_AUTO_FREE char *msg = NULL;
    va_list ap;

    va_start(ap, fmt);
    msg = cr_vformat(fmt, ap);
    va_end(ap);
    for (const struct cr_shape_limit *row = cr_shape_limits; *row->id; row++)
        if (row->shape == shape && (row->profiles & 1u << s->profile))
            return cr_limit_report(problems, row->id, row->source, row->advice, place, "%s", msg);
    return NULL;
}

/* The same with a hint, for most rules. */
static void say(const struct cr_limits_subject *s, enum cr_limit_shape shape, const enum cr_flag *flags,
                struct cr_problems *problems, const char *hint, const char *msg)
{
    struct cr_problem *p = cr_limits_shape(s, shape, cr_limits_place(s, flags, NULL), problems, "%s", msg);

    if (p)
        cr_problem_hint(p, "%s", hint);
}

static const char *member(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static void check_probe(const struct cr_limits_subject *s, const json_t *container, const char *name, enum cr_flag flag,
                        struct cr_problems *problems)
{
    static const char *const handlers[] = {"httpGet", "tcpSocket", "grpc"};
    const json_t *probe = json_object_get(container, name);
    bool startup = flag == CR_FLAG_STARTUP_PROBE, has[3];
    CR_AUTO_FREE char *many = cr_format("%s asks in more than one way", name);
    CR_AUTO_FREE char *none = cr_format("%s does not say how to ask", name);
    CR_AUTO_FREE char *grpc = cr_format("%s asks by gRPC and names no port", name);
    CR_AUTO_FREE char *tcp = cr_format("%s asks by TCP, which is for startup probes", name);

    if (!json_is_object(probe))
        return;
    for (size_t i = 0; i < CR_LEN(handlers); i++)
        has[i] = json_is_object(json_object_get(probe, handlers[i]));
    if (has[0] + has[1] + has[2] > 1)
        say(s, CR_SHAPE_PROBE, FLAGS(flag), problems, "keep one of httpGet, tcpSocket and grpc", many);
    if (!startup && !has[0] && !has[1] && !has[2])
        say(s, CR_SHAPE_PROBE_NONE, FLAGS(flag), problems, "add httpGet.path=/ or grpc.port=8080", none);
    if (has[2] && !json_integer_value(json_object_get(json_object_get(probe, "grpc"), "port")))
        say(s, CR_SHAPE_PROBE_GRPC, FLAGS(flag), problems, "add grpc.port=8080, or the port that answers", grpc);
    if (!startup && has[1])
        say(s, CR_SHAPE_PROBE_TCP, FLAGS(flag), problems, "use httpGet or grpc", tcp);
}

static void check_network(const struct cr_limits_subject *s, struct cr_problems *problems)
{
    const json_t *vpc = json_object_get(json_object_get(s->service, "template"), "vpcAccess");
    bool network = json_array_size(json_object_get(vpc, "networkInterfaces")) > 0,
         connector = *member(vpc, "connector");

    if (*member(vpc, "egress") && !network && !connector)
        say(s, CR_SHAPE_EGRESS, FLAGS(CR_FLAG_VPC_EGRESS), problems,
            "add --network default, or --vpc-connector with its name; or leave --vpc-egress out",
            "egress is chosen, and there is no network to go through");
    if (network && connector)
        say(s, CR_SHAPE_NETWORK, FLAGS(CR_FLAG_VPC_CONNECTOR, CR_FLAG_NETWORK, CR_FLAG_SUBNET), problems,
            "use --clear-vpc-connector or --clear-network for the other one",
            "both a connector and a network are chosen");
}

static void check_ports(const struct cr_limits_subject *s, struct cr_problems *problems)
{
    const json_t *containers = cr_limits_containers(s);
    size_t with = 0;

    for (size_t i = 0; i < json_array_size(containers); i++) {
        const json_t *c = json_array_get(containers, i);
        size_t ports = json_array_size(json_object_get(c, "ports"));

        with += ports > 0;
        if (ports > 1)
            say(s, CR_SHAPE_ONE_PORT, FLAGS(CR_FLAG_PORT), problems, "keep one", "a container has more than one port");
    }
    if (json_array_size(containers) > 1 && with != 1)
        say(s, CR_SHAPE_INGRESS_PORT, FLAGS(CR_FLAG_PORT, CR_FLAG_CONTAINER), problems,
            "give --port to the container that takes requests, and to no other",
            with ? "more than one container has a port" : "no container has a port");
}

static void check_containers(const struct cr_limits_subject *s, struct cr_problems *problems)
{
    const json_t *containers = cr_limits_containers(s);
    size_t gpus = 0;

    for (size_t i = 0; i < json_array_size(containers); i++) {
        const json_t *c = json_array_get(containers, i);
        const char *name = member(c, "name"), *gpu = cr_limits_quantity(c, "nvidia.com/gpu");

        gpus += gpu && strcmp(gpu, "0") != 0;
        for (size_t k = 0; k < i; k++)
            if (*name && strcmp(member(json_array_get(containers, k), "name"), name) == 0) {
                CR_AUTO_FREE char *msg = cr_format("two containers are called '%s'", name);

                say(s, CR_SHAPE_NAMES, FLAGS(CR_FLAG_CONTAINER), problems, "give each a name of its own", msg);
            }
        check_probe(s, c, "startupProbe", CR_FLAG_STARTUP_PROBE, problems);
        check_probe(s, c, "livenessProbe", CR_FLAG_LIVENESS_PROBE, problems);
        check_probe(s, c, "readinessProbe", CR_FLAG_READINESS_PROBE, problems);
    }
    if (gpus > 1)
        say(s, CR_SHAPE_GPU_ALONE, FLAGS(CR_FLAG_GPU), problems, "give --gpu to one container",
            "more than one container has a GPU");
}

static void check_env(const struct cr_limits_subject *s, const json_t *c, struct cr_problems *problems)
{
    static const char *const lists[] = {"command", "args"};
    const enum cr_flag *flags = FLAGS(CR_FLAG_SET_ENV_VARS, CR_FLAG_UPDATE_ENV_VARS);
    const json_t *env = json_object_get(c, "env");
    bool reference = false;

    for (size_t i = 0; i < json_array_size(env); i++) {
        const char *name = member(json_array_get(env, i), "name");

        reference = reference || strstr(member(json_array_get(env, i), "value"), "$(");
        for (size_t k = 0; k < i; k++)
            if (strcmp(member(json_array_get(env, k), "name"), name) == 0) {
                CR_AUTO_FREE char *msg = cr_format("the variable '%s' is there twice", name);

                say(s, CR_SHAPE_ENV_TWICE, flags, problems, "keep one: the last counts", msg);
                break;
            }
    }
    for (size_t l = 0; l < CR_LEN(lists); l++)
        for (size_t i = 0; i < json_array_size(json_object_get(c, lists[l])); i++) {
            const char *arg = json_string_value(json_array_get(json_object_get(c, lists[l]), i));

            reference = reference || (arg && strstr(arg, "$("));
        }
    if (reference)
        say(s, CR_SHAPE_ENV_REFERENCE,
            FLAGS(CR_FLAG_SET_ENV_VARS, CR_FLAG_UPDATE_ENV_VARS, CR_FLAG_ARGS, CR_FLAG_COMMAND), problems,
            "let a shell fill it in, or write the value", "$(NAME) is passed on as it is written");
}

static const json_t *volume_of(const struct cr_limits_subject *s, const char *name)
{
    const json_t *volumes = json_object_get(json_object_get(s->service, "template"), "volumes");

    for (size_t i = 0; i < json_array_size(volumes); i++)
        if (strcmp(member(json_array_get(volumes, i), "name"), name) == 0)
            return json_array_get(volumes, i);
    return NULL;
}

/* Does path b lie in a, or at it? */
static bool inside(const char *a, const char *b)
{
    size_t len = strlen(a);

    return len && strncmp(a, b, len) == 0 && (!b[len] || b[len] == '/');
}

static void check_mounts(const struct cr_limits_subject *s, const json_t *c, struct cr_problems *problems)
{
    const json_t *mounts = json_object_get(c, "volumeMounts");
    const char *gen = member(json_object_get(s->service, "template"), "executionEnvironment");
    const enum cr_flag *flags = FLAGS(CR_FLAG_ADD_VOLUME_MOUNT, CR_FLAG_SET_SECRETS, CR_FLAG_UPDATE_SECRETS);

    for (size_t i = 0; i < json_array_size(mounts); i++) {
        const char *path = member(json_array_get(mounts, i), "mountPath"),
                   *name = member(json_array_get(mounts, i), "name");
        const json_t *volume = volume_of(s, name);

        if (!volume) {
            CR_AUTO_FREE char *msg = cr_format("there is no volume '%s' to mount at '%s'", name, path);

            say(s, CR_SHAPE_MOUNT_VOLUME, flags, problems, "add it with --add-volume", msg);
        } else if (json_object_get(volume, "secret") && strcmp(path, "/tmp") == 0 &&
                   strcmp(gen, "EXECUTION_ENVIRONMENT_GEN1") == 0) {
            say(s, CR_SHAPE_MOUNT_TMP, flags, problems, "mount it elsewhere, or use --execution-environment gen2",
                "the first generation mounts no secret at /tmp");
        }
        for (size_t k = 0; k < json_array_size(mounts); k++) {
            const char *other = member(json_array_get(mounts, k), "mountPath");

            if (k != i && inside(path, other) && (strcmp(path, other) != 0 || k < i)) {
                CR_AUTO_FREE char *msg = cr_format("the mount '%s' lies in the mount '%s'", other, path);

                say(s, CR_SHAPE_MOUNTS, flags, problems, "mount them side by side", msg);
            }
        }
    }
}

static void check_volumes(const struct cr_limits_subject *s, struct cr_problems *problems)
{
    const json_t *template = json_object_get(s->service, "template"), *volumes = json_object_get(template, "volumes");
    const enum cr_flag *flags = FLAGS(CR_FLAG_ADD_VOLUME);

    for (size_t i = 0; i < json_array_size(volumes); i++) {
        const json_t *v = json_array_get(volumes, i), *memory = json_object_get(v, "emptyDir");
        struct cr_error err = {0};
        struct cr_problem *p;
        int64_t size;

        if (strcmp(member(v, "name"), "cloudsql") == 0 && !json_object_get(v, "cloudSqlInstance"))
            say(s, CR_SHAPE_VOLUME_CLOUDSQL, flags, problems, "give it another name",
                "a volume is called 'cloudsql' and is not Cloud SQL");
        if ((json_object_get(v, "nfs") || json_object_get(v, "gcs")) &&
            strcmp(member(template, "executionEnvironment"), "EXECUTION_ENVIRONMENT_GEN1") == 0)
            say(s, CR_SHAPE_VOLUME_GENERATION, flags, problems, "use --execution-environment gen2",
                "volumes of NFS and Cloud Storage are said to need the second generation");
        if (!*member(memory, "sizeLimit") || cr_bytes_parse(member(memory, "sizeLimit"), &size, &err) == 0)
            continue;
        p = cr_limits_shape(s, CR_SHAPE_QUANTITY, cr_limits_place(s, flags, NULL), problems, "volume: %s", err.msg);
        if (p)
            cr_problem_hint(p, "%s", err.hint);
    }
}

/* Volumes in memory that could fill all of it leave nothing for the program. */
static void check_memory(const struct cr_limits_subject *s, struct cr_problems *problems)
{
    const json_t *template = json_object_get(s->service, "template"), *volumes = json_object_get(template, "volumes");
    const json_t *containers = cr_limits_containers(s);
    int64_t held = 0, memory = 0, n;
    struct cr_error ignored = {0};

    for (size_t i = 0; i < json_array_size(volumes); i++) {
        const char *size = member(json_object_get(json_array_get(volumes, i), "emptyDir"), "sizeLimit");

        if (*size && cr_bytes_parse(size, &n, &ignored) == 0 && __builtin_add_overflow(held, n, &held))
            return;
    }
    for (size_t i = 0; i < json_array_size(containers); i++) {
        const char *size = cr_limits_quantity(json_array_get(containers, i), "memory");

        if (cr_bytes_parse(size ? size : "512Mi", &n, &ignored) < 0 || __builtin_add_overflow(memory, n, &memory))
            return;
    }
    if (held && held >= memory)
        say(s, CR_SHAPE_VOLUME_MEMORY, FLAGS(CR_FLAG_ADD_VOLUME, CR_FLAG_MEMORY), problems,
            "use a larger --memory, or a smaller size-limit", "volumes in memory may take all of the memory");
}

static void check_revision(const struct cr_limits_subject *s, struct cr_problems *problems)
{
    const char *revision = member(json_object_get(s->service, "template"), "revision");
    size_t len = s->name ? strlen(s->name) : 0;

    if (strrchr(revision, '/'))
        revision = strrchr(revision, '/') + 1;
    /* a name that was cut to fit 63 characters is left alone */
    if (*revision && len && strlen(revision) < 63 && (strncmp(revision, s->name, len) != 0 || revision[len] != '-')) {
        CR_AUTO_FREE char *msg = cr_format("the revision '%s' is not named after the service", revision);
        CR_AUTO_FREE char *hint = cr_format("write %s- and a suffix", s->name);

        say(s, CR_SHAPE_REVISION_PREFIX, FLAGS(CR_FLAG_REVISION_SUFFIX), problems, hint, msg);
    }
}

void cr_limits_check_shapes(const struct cr_limits_subject *s, struct cr_problems *problems)
{
    const json_t *containers = cr_limits_containers(s);

    check_network(s, problems);
    check_ports(s, problems);
    check_containers(s, problems);
    for (size_t i = 0; i < json_array_size(containers); i++) {
        check_env(s, json_array_get(containers, i), problems);
        check_mounts(s, json_array_get(containers, i), problems);
    }
    check_volumes(s, problems);
    check_memory(s, problems);
    check_revision(s, problems);
}
