/* The facts about how parts of a service go together, and those that are only good to know. */
#include "core/limits.h"

#define NOW (1u << CR_PROFILE_CURRENT)
#define THEN (1u << CR_PROFILE_2020_11)
#define BOTH (NOW | THEN)

#define CPU_PAGE "https://cloud.google.com/run/docs/configuring/services/cpu"
#define MEMORY_PAGE "https://cloud.google.com/run/docs/configuring/services/memory-limits"
#define PROBE_PAGE "https://cloud.google.com/run/docs/configuring/healthchecks"
#define VPC_PAGE "https://cloud.google.com/run/docs/configuring/connecting-vpc"
#define SIDECAR_PAGE "https://cloud.google.com/run/docs/deploying#sidecars"
#define GPU_PAGE "https://cloud.google.com/run/docs/configuring/services/gpu"
#define MOUNT_PAGE "https://cloud.google.com/run/docs/configuring/services/secrets"
#define CONTRACT_PAGE "https://cloud.google.com/run/docs/container-contract"
#define CONCURRENCY_PAGE "https://cloud.google.com/run/docs/about-concurrency"
#define TIMEOUT_PAGE "https://cloud.google.com/run/docs/configuring/request-timeout"
#define MAX_PAGE "https://cloud.google.com/run/docs/configuring/max-instances"
#define ISSUES_PAGE "https://cloud.google.com/run/docs/known-issues"
#define QUOTAS_PAGE "https://cloud.google.com/run/quotas"
#define RUN_API "https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services"
#define FAQ "https://github.com/ahmetb/cloud-run-faq"

/* clang-format off */
const struct cr_shape_limit cr_shape_limits[] = {
    {"quantity.form", BOTH, CR_SHAPE_QUANTITY, false,
     "cpu, memory, GPUs and sizes of volumes are Kubernetes quantities",
     "https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/", "2026-10"},
    {"probe.handler", BOTH, CR_SHAPE_PROBE, false, "a probe asks in one way: httpGet, tcpSocket or grpc", PROBE_PAGE,
     "2026-10"},
    {"probe.none", BOTH, CR_SHAPE_PROBE_NONE, true, "a liveness or readiness probe says how it asks", PROBE_PAGE,
     "2026-10"},
    {"probe.grpc", BOTH, CR_SHAPE_PROBE_GRPC, false, "a gRPC probe names its port", PROBE_PAGE, "2026-10"},
    {"probe.tcp", BOTH, CR_SHAPE_PROBE_TCP, true, "liveness and readiness are asked by HTTP or gRPC", PROBE_PAGE,
     "2026-10"},
    {"network.egress", BOTH, CR_SHAPE_EGRESS, false, "egress goes through a network, a subnet or a connector", VPC_PAGE,
     "2026-10"},
    {"network.both", BOTH, CR_SHAPE_NETWORK, false, "a connector or a network, not both", VPC_PAGE, "2026-10"},
    {"containers.port", BOTH, CR_SHAPE_INGRESS_PORT, false, "one of several containers has a port, and no other",
     SIDECAR_PAGE, "2026-10"},
    {"port.one", BOTH, CR_SHAPE_ONE_PORT, false, "a container has one port", RUN_API, "2026-10"},
    {"containers.names", BOTH, CR_SHAPE_NAMES, false, "containers have names of their own", SIDECAR_PAGE, "2026-10"},
    {"gpu.alone", NOW, CR_SHAPE_GPU_ALONE, false, "one container has the GPU", GPU_PAGE, "2026-10"},
    {"env.twice", BOTH, CR_SHAPE_ENV_TWICE, true, "of variables with one name the last counts", RUN_API, "2026-10"},
    {"env.reference", BOTH, CR_SHAPE_ENV_REFERENCE, true, "$(NAME) is not filled in", RUN_API, "2026-10"},
    {"mount.nested", BOTH, CR_SHAPE_MOUNTS, false, "mounts do not lie in one another", MOUNT_PAGE, "2026-10"},
    {"mount.volume", BOTH, CR_SHAPE_MOUNT_VOLUME, true, "what is mounted is one of the volumes", RUN_API, "2026-10"},
    {"mount.tmp", NOW, CR_SHAPE_MOUNT_TMP, false, "the first generation mounts no secret at /tmp", ISSUES_PAGE,
     "2026-10"},
    {"volume.cloudsql", BOTH, CR_SHAPE_VOLUME_CLOUDSQL, false, "the name cloudsql is kept for Cloud SQL", RUN_API,
     "2026-10"},
    {"volume.generation", NOW, CR_SHAPE_VOLUME_GENERATION, true,
     "NFS and Cloud Storage are said to need the second generation", CONTRACT_PAGE, "2026-10"},
    {"volume.memory", BOTH, CR_SHAPE_VOLUME_MEMORY, true, "what volumes in memory hold counts as memory", MEMORY_PAGE,
     "2026-10"},
    {"revision.prefix", BOTH, CR_SHAPE_REVISION_PREFIX, false, "a revision's name is SERVICE-SUFFIX", RUN_API,
     "2026-10"},
    {.id = ""},
};

const struct cr_limit_fact cr_limit_facts[] = {
    {"cpu.default", BOTH, "1 CPU when nothing is said", CPU_PAGE, "2026-10"},
    {"memory.default", NOW, "512Mi when nothing is said", MEMORY_PAGE, "2026-10"},
    {"memory.default", THEN, "256Mi when nothing is said, as remembered", MEMORY_PAGE, "2020-11"},
    {"memory.files", BOTH, "files that the container writes count as memory, the image does not", CONTRACT_PAGE,
     "2026-10"},
    {"concurrency.default", NOW, "80 when nothing is said, 1 below one CPU", CONCURRENCY_PAGE, "2026-10"},
    {"concurrency.default", THEN, "80 when nothing is said", FAQ, "2020-11"},
    {"concurrency.rate", NOW, "an instance takes at most 800 HTTP/1 requests a second", QUOTAS_PAGE, "2026-10"},
    {"concurrency.streams", NOW, "a client's HTTP/2 connection has 100 streams", QUOTAS_PAGE, "2026-10"},
    {"timeout.default", BOTH, "300s when nothing is said", TIMEOUT_PAGE, "2026-10"},
    {"start.time", BOTH, "a container listens within 240s", CONTRACT_PAGE, "2026-10"},
    {"start.queue", NOW, "a request waits 3.5 times the usual start, at least 10s, for an instance", CONTRACT_PAGE,
     "2026-10"},
    {"stop.grace", BOTH, "SIGTERM, then 10s, then SIGKILL", CONTRACT_PAGE, "2026-10"},
    {"stop.first", NOW, "the first generation kills at once what does not catch SIGTERM", CONTRACT_PAGE, "2026-10"},
    {"idle.time", BOTH, "an idle instance is kept for up to 15 minutes", CONTRACT_PAGE, "2026-10"},
    {"instances.default", NOW, "at most 100 instances of a revision when nothing is said", MAX_PAGE, "2026-10"},
    {"instances.default", THEN, "at most 1000 instances when nothing is said", FAQ, "2020-11"},
    {"instances.over", BOTH, "the most instances may be exceeded for a moment", MAX_PAGE, "2026-10"},
    {"probe.default", BOTH, "the port is tried for 240s when no startup probe is given", PROBE_PAGE, "2026-10"},
    {"body.request", BOTH, "an HTTP/1 request has at most 32Mi", QUOTAS_PAGE, "2026-10"},
    {"body.response", BOTH, "an HTTP/1 answer that is not streamed has at most 32Mi", QUOTAS_PAGE, "2026-10"},
    {"methods", BOTH, "TRACE and CONNECT do not reach the container", ISSUES_PAGE, "2026-10"},
    {"image.platform", BOTH, "the image is for linux/amd64", CONTRACT_PAGE, "2026-10"},
    {"image.size", BOTH, "images have no limit of their own", QUOTAS_PAGE, "2026-10"},
    {"image.names", BOTH, "names of files in the image are UTF-8", CONTRACT_PAGE, "2026-10"},
    {"files.open", BOTH, "a process has at most 25000 open files", CONTRACT_PAGE, "2026-10"},
    {"services.count", BOTH, "1000 services in a project and region", QUOTAS_PAGE, "2026-10"},
    {"revisions.count", BOTH, "1000 revisions of a service are kept", QUOTAS_PAGE, "2026-10"},
    {"tags.count", NOW, "2000 traffic tags in a project and region", QUOTAS_PAGE, "2026-10"},
    {.id = ""},
};
