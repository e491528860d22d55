#include "core/key.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

static const char *const tasks[] = {"question-answering", "tensor", NULL};
static const char *const outputs[] = {"answer", "full", NULL};
static const char *const levels[] = {"none", "basic", "all", NULL};
static const char *const platforms[] = {"managed", "local", NULL};
static const char *const machines[] = {
    "e2-medium", "e2-standard-2", "e2-highcpu-8", "e2-highcpu-32", "n1-highcpu-8", "n1-highcpu-32", NULL};
static const char *const buckets[] = {"regional-user-owned-bucket", "legacy-bucket", NULL};

const char *const cr_choices_environment[] = {"gen1", "gen2", NULL};
const char *const cr_choices_ingress[] = {"all", "internal", "internal-and-cloud-load-balancing", NULL};
const char *const cr_choices_egress[] = {"all-traffic", "private-ranges-only", "all", NULL};

/* Columns: path, type, option, metavar, environment, config, gcloud, default, help, example, choices. */
const struct cr_key_row cr_keys[CR_KEY_COUNT] = {
    [CR_KEY_NAME] = {"name", CR_T_TEXT, "name", "NAME", "CRDEPLOY_NAME", NULL, NULL, NULL,
                     "Name of the service and of its image", "distilbert", NULL},
    [CR_KEY_DESCRIPTION] = {"description", CR_T_TEXT, "description", "TEXT", "CRDEPLOY_DESCRIPTION", NULL, NULL, NULL,
                            "What the service is, for people; at most 512 characters", "Answers questions", NULL},
    [CR_KEY_LABELS] = {"labels", CR_T_MAP, "labels", "KEY=VALUE", "CRDEPLOY_LABELS", NULL, NULL, NULL,
                       "Labels of the service, in lower case", "{team: search}", NULL},
    [CR_KEY_MODEL_TASK] = {"model.task", CR_T_CHOICE, NULL, "TASK", NULL, NULL, NULL, NULL,
                           "What the model does, and so what a request and an answer look like", "question-answering",
                           tasks},
    [CR_KEY_MODEL_SOURCE] = {"model.source", CR_T_PATH, NULL, "DIR", NULL, NULL, NULL, ".",
                             "Directory of the model's files", "./model", NULL},
    [CR_KEY_MODEL_LICENSE] = {"model.license", CR_T_TEXT, NULL, "EXPRESSION", NULL, NULL, NULL, NULL,
                              "License of the model as an SPDX expression, for the image's label and SBOM",
                              "Apache-2.0", NULL},
    [CR_KEY_FILE_MODEL] = {"model.files.model", CR_T_PATH, NULL, "FILE", NULL, NULL, NULL, "model.onnx",
                           "The ONNX graph, inside the source", "onnx/model.onnx", NULL},
    [CR_KEY_FILE_TOKENIZER] = {"model.files.tokenizer", CR_T_PATH, NULL, "FILE", NULL, NULL, NULL, NULL,
                               "Tokenizer in Hugging Face's form, inside the source", "tokenizer.json", NULL},
    [CR_KEY_FILE_VOCAB] = {"model.files.vocab", CR_T_PATH, NULL, "FILE", NULL, NULL, NULL, NULL,
                           "Word list of a BERT tokenizer, used when there is no tokenizer", "vocab.txt", NULL},
    [CR_KEY_FILE_CONFIG] = {"model.files.config", CR_T_PATH, NULL, "FILE", NULL, NULL, NULL, NULL,
                            "The model's configuration, inside the source", "config.json", NULL},
    [CR_KEY_SERVER_PATH] = {"server.path", CR_T_TEXT, NULL, "PATH", NULL, NULL, NULL, "/predict",
                            "Path that takes requests", "/predict", NULL},
    [CR_KEY_SERVER_OUTPUT] = {"server.output", CR_T_CHOICE, NULL, "FORM", NULL, NULL, NULL, "answer",
                              "question-answering: the bare answer, or answer with score and place", "full", outputs},
    [CR_KEY_SERVER_MAX_LENGTH] = {"server.max_length", CR_T_INT, NULL, "TOKENS", NULL, NULL, NULL, "384",
                                  "Tokens of one window over question and context", "384", NULL},
    [CR_KEY_SERVER_STRIDE] = {"server.stride", CR_T_INT, NULL, "TOKENS", NULL, NULL, NULL, "128",
                              "Tokens of the context that two neighbouring windows share", "128", NULL},
    [CR_KEY_SERVER_MAX_ANSWER_TOKENS] = {"server.max_answer_tokens", CR_T_INT, NULL, "TOKENS", NULL, NULL, NULL, "15",
                                         "Longest answer", "15", NULL},
    [CR_KEY_SERVER_THREADS] = {"server.threads", CR_T_INT, NULL, "N", NULL, NULL, NULL, NULL,
                               "Threads of one inference; unset: as many as the instance has CPUs", "2", NULL},
    [CR_KEY_SERVER_QUEUE] = {"server.queue", CR_T_INT, NULL, "N", NULL, NULL, NULL, "16",
                             "Requests that may wait inside one instance before it answers 503", "16", NULL},
    [CR_KEY_SERVER_MAX_BODY] = {"server.max_body", CR_T_BYTES, NULL, "SIZE", NULL, NULL, NULL, "1Mi",
                                "Largest request body", "1Mi", NULL},
    [CR_KEY_BUILD_IMAGE] = {"build.image", CR_T_TEXT, "tag", "IMAGE", "CRDEPLOY_TAG", NULL, NULL, NULL,
                            "Name of the image to build; unset: in the project's repository 'crdeploy'",
                            "us-central1-docker.pkg.dev/my-project/models/distilbert:v1", NULL},
    [CR_KEY_BUILD_OPTIMIZE] = {"build.optimize", CR_T_CHOICE, NULL, "LEVEL", NULL, NULL, NULL, "all",
                               "How far the graph is optimized while the image is built: not at all, without redundant "
                               "nodes, or fused as well (all that does not depend on the processor)",
                               "basic", levels},
    [CR_KEY_BUILD_REGION] = {"build.region", CR_T_TEXT, "build-region", "REGION", "CRDEPLOY_BUILD_REGION",
                             "build_region", "builds/region", NULL,
                             "Region of Cloud Build that runs the build; unset: that of the worker pool, else global",
                             "us-central1", NULL},
    [CR_KEY_BUILD_MACHINE_TYPE] = {"build.machine_type", CR_T_CHOICE, "machine-type", "TYPE", "CRDEPLOY_MACHINE_TYPE",
                                   "machine_type", NULL, NULL, "Cloud Build machine type; unset: Cloud Build's default",
                                   "e2-highcpu-8", machines},
    [CR_KEY_BUILD_DISK_SIZE] = {"build.disk_size", CR_T_TEXT, "disk-size", "SIZE", "CRDEPLOY_DISK_SIZE", "disk_size",
                                NULL, NULL, "Disk of the machine that builds, from 100GB to 1TB; a number alone is GB",
                                "200GB", NULL},
    [CR_KEY_BUILD_TIMEOUT] = {"build.timeout", CR_T_DURATION, "build-timeout", "TIME", "CRDEPLOY_BUILD_TIMEOUT",
                              "build_timeout", "builds/timeout", "1200s", "Longest time a build may take", "1200s",
                              NULL},
    [CR_KEY_BUILD_CACHE] = {"build.cache", CR_T_BOOL, "cache", NULL, "CRDEPLOY_BUILD_CACHE", NULL, NULL, "true",
                            "Keep the layers of a build in the registry, and begin the next one with them", "false",
                            NULL},
    [CR_KEY_BUILD_SNAPSHOT] = {"build.snapshot", CR_T_TEXT, NULL, "TIME", "CRDEPLOY_BUILD_SNAPSHOT", NULL, NULL, NULL,
                               "Install packages as snapshot.debian.org had them at this time, in UTC; unset: current "
                               "packages",
                               "20261101T000000Z", NULL},
    [CR_KEY_BUILD_SERVICE_ACCOUNT] = {"build.service_account", CR_T_TEXT, "service-account", "ACCOUNT",
                                      "CRDEPLOY_BUILD_SERVICE_ACCOUNT", NULL, NULL, NULL,
                                      "Service account that the build runs as; unset: the project's default",
                                      "builder@my-project.iam.gserviceaccount.com", NULL},
    [CR_KEY_BUILD_WORKER_POOL] = {"build.worker_pool", CR_T_TEXT, "worker-pool", "POOL", "CRDEPLOY_WORKER_POOL", NULL,
                                  NULL, NULL, "Private pool that runs the build; its name alone needs a build.region",
                                  "projects/my-project/locations/us-central1/workerPools/pool", NULL},
    [CR_KEY_BUILD_SUBSTITUTIONS] = {"build.substitutions", CR_T_MAP, "substitutions", "KEY=VALUE",
                                    "CRDEPLOY_SUBSTITUTIONS", NULL, NULL, NULL,
                                    "Values for ${_KEY} in the build's steps; a key starts with an underscore",
                                    "{_VARIANT: small}", NULL},
    [CR_KEY_BUILD_STAGING_DIR] = {"build.gcs_source_staging_dir", CR_T_TEXT, "gcs-source-staging-dir", "gs://DIR",
                                  "CRDEPLOY_GCS_SOURCE_STAGING_DIR", NULL, NULL, NULL,
                                  "Directory in Cloud Storage that sources are uploaded to; unset: source/ in the "
                                  "project's bucket for builds",
                                  "gs://my-bucket/source", NULL},
    [CR_KEY_BUILD_LOG_DIR] = {"build.gcs_log_dir", CR_T_TEXT, "gcs-log-dir", "gs://DIR", "CRDEPLOY_GCS_LOG_DIR", NULL,
                              NULL, NULL, "Directory in Cloud Storage that takes the build's log; unset: Google's own",
                              "gs://my-bucket/logs", NULL},
    [CR_KEY_BUILD_BUCKETS] =
        {"build.default_buckets_behavior", CR_T_CHOICE, "default-buckets-behavior", "BEHAVIOR",
         "CRDEPLOY_DEFAULT_BUCKETS_BEHAVIOR", NULL, NULL, NULL,
         "Whether buckets that are not named stand in the build's region and belong to the project",
         "regional-user-owned-bucket", buckets},
    [CR_KEY_BUILD_KANIKO] = {"build.use_kaniko", CR_T_BOOL, "kaniko", NULL, "CRDEPLOY_USE_KANIKO", NULL,
                             "builds/use_kaniko", "false", "Build with kaniko in place of Docker", "true", NULL},
    [CR_KEY_BUILD_KANIKO_TTL] = {"build.kaniko_cache_ttl", CR_T_INT, "kaniko-cache-ttl", "HOURS",
                                 "CRDEPLOY_KANIKO_CACHE_TTL", NULL, "builds/kaniko_cache_ttl", "6",
                                 "Hours that layers cached by kaniko are used; 0: none are", "6", NULL},
    [CR_KEY_BUILD_KANIKO_IMAGE] = {"build.kaniko_image", CR_T_TEXT, NULL, "IMAGE", NULL, NULL, "builds/kaniko_image",
                                   "gcr.io/kaniko-project/executor:latest", "Image of kaniko itself",
                                   "gcr.io/kaniko-project/executor:latest", NULL},
    [CR_KEY_BUILD_CHECK_TAG] = {"build.check_tag", CR_T_BOOL, NULL, NULL, NULL, NULL, "builds/check_tag", "true",
                                "Refuse to build an image whose name is not in gcr.io or pkg.dev", "false", NULL},
    [CR_KEY_BUILD_GCLOUDIGNORE] = {"build.gcloudignore", CR_T_BOOL, NULL, NULL, NULL, NULL, "gcloudignore/enabled",
                                   "true", "Leave out of a directory what .gcloudignore and .gitignore name", "false",
                                   NULL},
    [CR_KEY_BUILD_TEMPLATE_DIR] = {"build.template_dir", CR_T_PATH, "template-dir", "DIR", "CRDEPLOY_TEMPLATE_DIR",
                                   "template_dir", NULL, NULL, "Directory whose files replace templates of crdeploy",
                                   "./templates", NULL},
    [CR_KEY_PROJECT] = {"deploy.project", CR_T_TEXT, "project", "PROJECT", "CRDEPLOY_PROJECT", "project",
                        "core/project", NULL, "Google Cloud project", "my-project", NULL},
    [CR_KEY_REGION] = {"deploy.region", CR_T_TEXT, "region", "REGION", "CRDEPLOY_REGION", "region", "run/region", NULL,
                       "Region of the service", "us-central1", NULL},
    [CR_KEY_PLATFORM] = {"deploy.platform", CR_T_CHOICE, "platform", "PLATFORM", "CRDEPLOY_PLATFORM", "platform", NULL,
                         "managed", "Where the service runs: Cloud Run, or this machine", "local", platforms},
    [CR_KEY_IMAGE] = {"deploy.image", CR_T_TEXT, "image", "IMAGE", "CRDEPLOY_IMAGE", NULL, NULL, NULL,
                      "Image to run; unset: the one built from this manifest",
                      "us-central1-docker.pkg.dev/my-project/models/distilbert:v1", NULL},
    [CR_KEY_CPU] = {"deploy.cpu", CR_T_CPU, "cpu", "CPUS", "CRDEPLOY_CPU", NULL, NULL, "1", "CPUs of one instance", "2",
                    NULL},
    [CR_KEY_MEMORY] = {"deploy.memory", CR_T_BYTES, "memory", "SIZE", "CRDEPLOY_MEMORY", NULL, NULL, "1Gi",
                       "Memory of one instance, such as 3G or 512Mi", "3G", NULL},
    [CR_KEY_CONCURRENCY] =
        {"deploy.concurrency", CR_T_INT, "concurrency", "N", "CRDEPLOY_CONCURRENCY", NULL, NULL, "1",
         "Requests one instance is given at a time; unset: one for each CPU, divided by the rows that the graph has "
         "fixed",
         "1", NULL},
    [CR_KEY_TIMEOUT] = {"deploy.timeout", CR_T_DURATION, "timeout", "TIME", "CRDEPLOY_TIMEOUT", NULL, NULL, "300s",
                        "Longest time a request may take, such as 300s or 5m", "60s", NULL},
    [CR_KEY_MIN_INSTANCES] = {"deploy.min_instances", CR_T_INT, "min-instances", "N", "CRDEPLOY_MIN_INSTANCES", NULL,
                              NULL, "0", "Instances kept running without requests; 0 costs nothing when idle", "0",
                              NULL},
    [CR_KEY_MAX_INSTANCES] = {"deploy.max_instances", CR_T_INT, "max-instances", "N", "CRDEPLOY_MAX_INSTANCES", NULL,
                              NULL, "100", "Most instances that may run, and so a ceiling on cost; at least 1", "10",
                              NULL},
    [CR_KEY_ENV] = {"deploy.env", CR_T_MAP, "env", "KEY=VALUE", "CRDEPLOY_ENV", NULL, NULL, NULL,
                    "Environment variables of the container", "{LOG_LEVEL: info}", NULL},
    [CR_KEY_SECRETS] = {"deploy.secrets", CR_T_MAP, "secrets", "KEY=SECRET:VERSION", "CRDEPLOY_SECRETS", NULL, NULL,
                        NULL, "Secrets of Secret Manager, as variables or as files at /DIR/FILE",
                        "{TOKEN: 'token:latest'}", NULL},
    [CR_KEY_PORT] = {"deploy.port", CR_T_INT, "port", "PORT", "CRDEPLOY_PORT", NULL, NULL, "8080",
                     "Port the container listens on", "8080", NULL},
    [CR_KEY_USE_HTTP2] = {"deploy.use_http2", CR_T_BOOL, "use-http2", NULL, "CRDEPLOY_USE_HTTP2", NULL, NULL, NULL,
                          "Speak HTTP/2 without TLS to the container", "true", NULL},
    [CR_KEY_EXECUTION_ENVIRONMENT] = {"deploy.execution_environment", CR_T_CHOICE, "execution-environment", "GEN",
                                      "CRDEPLOY_EXECUTION_ENVIRONMENT", NULL, NULL, NULL,
                                      "Generation of the sandbox; unset: Cloud Run chooses", "gen2",
                                      cr_choices_environment},
    [CR_KEY_CPU_THROTTLING] = {"deploy.cpu_throttling", CR_T_BOOL, "cpu-throttling", NULL, "CRDEPLOY_CPU_THROTTLING",
                               NULL, NULL, NULL,
                               "Give CPU only while requests are answered; false: always, and billed so", "false",
                               NULL},
    [CR_KEY_CPU_BOOST] = {"deploy.cpu_boost", CR_T_BOOL, "cpu-boost", NULL, "CRDEPLOY_CPU_BOOST", NULL, NULL, NULL,
                          "Give more CPU while an instance starts; unset: new services have it", "false", NULL},
    [CR_KEY_GPU] = {"deploy.gpu", CR_T_INT, "gpu", "N", "CRDEPLOY_GPU", NULL, NULL, NULL, "GPUs of one instance", "1",
                    NULL},
    [CR_KEY_GPU_TYPE] = {"deploy.gpu_type", CR_T_TEXT, "gpu-type", "TYPE", "CRDEPLOY_GPU_TYPE", NULL, NULL, NULL,
                         "Kind of GPU", "nvidia-l4", NULL},
    [CR_KEY_GPU_ZONAL_REDUNDANCY] = {"deploy.gpu_zonal_redundancy", CR_T_BOOL, "gpu-zonal-redundancy", NULL,
                                     "CRDEPLOY_GPU_ZONAL_REDUNDANCY", NULL, NULL, NULL,
                                     "Reserve GPUs in a second zone; without, they are cheaper", "false", NULL},
    [CR_KEY_SESSION_AFFINITY] = {"deploy.session_affinity", CR_T_BOOL, "session-affinity", NULL,
                                 "CRDEPLOY_SESSION_AFFINITY", NULL, NULL, NULL,
                                 "Send a client to the same instance where possible", "true", NULL},
    [CR_KEY_MIN] = {"deploy.min", CR_T_INT, "min", "N", "CRDEPLOY_MIN", NULL, NULL, NULL,
                    "Instances of the whole service kept running, over all its revisions", "1", NULL},
    [CR_KEY_MAX] = {"deploy.max", CR_T_INT, "max", "N", "CRDEPLOY_MAX", NULL, NULL, NULL,
                    "Most instances of the whole service, over all its revisions", "20", NULL},
    [CR_KEY_SERVICE_ACCOUNT] = {"deploy.service_account", CR_T_TEXT, "service-account", "EMAIL",
                                "CRDEPLOY_SERVICE_ACCOUNT", NULL, NULL, NULL,
                                "Service account the container runs as; unset: the project's default",
                                "scorer@my-project.iam.gserviceaccount.com", NULL},
    [CR_KEY_INGRESS] = {"deploy.ingress", CR_T_CHOICE, "ingress", "WHICH", "CRDEPLOY_INGRESS", NULL, NULL, NULL,
                        "From where requests are let in", "internal", cr_choices_ingress},
    [CR_KEY_VPC_CONNECTOR] = {"deploy.vpc_connector", CR_T_TEXT, "vpc-connector", "NAME", "CRDEPLOY_VPC_CONNECTOR",
                              NULL, NULL, NULL, "Reach a VPC network through this connector", "my-connector", NULL},
    [CR_KEY_NETWORK] = {"deploy.network", CR_T_TEXT, "network", "NAME", "CRDEPLOY_NETWORK", NULL, NULL, NULL,
                        "VPC network to join directly", "default", NULL},
    [CR_KEY_SUBNET] = {"deploy.subnet", CR_T_TEXT, "subnet", "NAME", "CRDEPLOY_SUBNET", NULL, NULL, NULL,
                       "Subnetwork to join directly", "default", NULL},
    [CR_KEY_VPC_EGRESS] = {"deploy.vpc_egress", CR_T_CHOICE, "vpc-egress", "WHICH", "CRDEPLOY_VPC_EGRESS", NULL, NULL,
                           NULL, "Which traffic goes through the VPC network", "private-ranges-only",
                           cr_choices_egress},
    [CR_KEY_ENCRYPTION_KEY] = {"deploy.encryption_key", CR_T_TEXT, "key", "KEY", "CRDEPLOY_ENCRYPTION_KEY", NULL, NULL,
                               NULL, "Key of Cloud KMS that encrypts the image at rest",
                               "projects/my-project/locations/us-central1/keyRings/ring/cryptoKeys/key", NULL},
    [CR_KEY_BINARY_AUTHORIZATION] = {"deploy.binary_authorization", CR_T_TEXT, "binary-authorization", "POLICY",
                                     "CRDEPLOY_BINARY_AUTHORIZATION", NULL, NULL, NULL,
                                     "Check images by this policy of Binary Authorization, or 'default'", "default",
                                     NULL},
    [CR_KEY_ALLOW_UNAUTHENTICATED] = {"deploy.allow_unauthenticated", CR_T_BOOL, "allow-unauthenticated", NULL,
                                      "CRDEPLOY_ALLOW_UNAUTHENTICATED", NULL, NULL, "false",
                                      "Let anybody call the service", "true", NULL},
    [CR_KEY_SAMPLES] = {"samples", CR_T_SAMPLES, NULL, NULL, NULL, NULL, NULL, NULL,
                        "Requests with the answers they must get; proved while the image is built", NULL, NULL},
};

/* Named by the design, refused by name until they are there. A word that ends in "://" matches as a prefix. */
static const struct {
    enum cr_key key;
    const char *value;
} later[] = {
    {CR_KEY_MODEL_TASK, "text-classification"},
    {CR_KEY_MODEL_TASK, "token-classification"},
    {CR_KEY_MODEL_TASK, "fill-mask"},
    {CR_KEY_MODEL_TASK, "feature-extraction"},
    {CR_KEY_MODEL_TASK, "image-classification"},
    {CR_KEY_PLATFORM, "knative"},
    {CR_KEY_MODEL_SOURCE, "hf://"},
    {CR_KEY_MODEL_SOURCE, "gs://"},
    {CR_KEY_MODEL_SOURCE, "https://"},
};

bool cr_key_later(enum cr_key key, const char *value)
{
    for (size_t i = 0; i < CR_LEN(later); i++) {
        const char *word = later[i].value;
        size_t n = strlen(word);

        if (later[i].key == key && (word[n - 1] == '/' ? strncmp(value, word, n) : strcmp(value, word)) == 0)
            return true;
    }
    return false;
}

const char *cr_key_name(enum cr_key key)
{
    const char *dot = strrchr(cr_keys[key].path, '.');

    return dot ? dot + 1 : cr_keys[key].path;
}

bool cr_key_same(enum cr_key key, const char *choice, const char *text)
{
    if (key != CR_KEY_BUILD_MACHINE_TYPE && key != CR_KEY_BUILD_BUCKETS)
        return strcmp(choice, text) == 0;
    for (; *choice && *text; choice++, text++)
        if (*choice != (*text == '_' ? '-' : tolower((unsigned char)*text)))
            return false;
    return !*choice && !*text;
}
