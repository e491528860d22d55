/* The facts about texts. */
#include "core/limits.h"

#include <stddef.h>

#define NOW (1u << CR_PROFILE_CURRENT)
#define THEN (1u << CR_PROFILE_2020_11)
#define BOTH (NOW | THEN)
#define ANY (~0u) /* rules of crdeploy itself, whatever the platform takes */

#define RUN_API "https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services"
#define CONTRACT_PAGE "https://cloud.google.com/run/docs/container-contract"
#define ENV_PAGE "https://cloud.google.com/run/docs/configuring/services/environment-variables"
#define LABELS_PAGE "https://cloud.google.com/run/docs/configuring/services/labels"
#define IMAGE_PAGE "https://cloud.google.com/run/docs/deploying#images"
#define ISSUES_PAGE "https://cloud.google.com/run/docs/known-issues"
#define TAG_PAGE "https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration#tags"
#define REGIONS_PAGE "https://cloud.google.com/run/pricing#tiers"
#define MOUNT_PAGE "https://cloud.google.com/run/docs/configuring/services/secrets"
#define GPU_PAGE "https://cloud.google.com/run/docs/configuring/services/gpu"
#define QUOTAS_PAGE "https://cloud.google.com/run/quotas"
#define PROJECT_PAGE "https://cloud.google.com/resource-manager/docs/creating-managing-projects"
#define OWN "crdeploy.yaml(5)"

#define LOWER "a-z"
#define LETTERS "A-Za-z"
#define DIGITS "0-9"
#define OTHER "\x80-\xff" /* letters of other scripts are left to the service */
#define VISIBLE "!-~"

const char *const cr_limit_text_names[CR_TEXT_COUNT] = {
    [CR_TEXT_SERVICE] = "name of a service",
    [CR_TEXT_REVISION] = "name of a revision",
    [CR_TEXT_CONTAINER] = "name of a container",
    [CR_TEXT_PROJECT] = "project",
    [CR_TEXT_REGION] = "region",
    [CR_TEXT_DESCRIPTION] = "description",
    [CR_TEXT_LABEL_KEY] = "key of a label",
    [CR_TEXT_LABEL_VALUE] = "value of a label",
    [CR_TEXT_ENV_NAME] = "name of a variable",
    [CR_TEXT_ENV_VALUE] = "value of a variable",
    [CR_TEXT_IMAGE] = "image",
    [CR_TEXT_PORT_NAME] = "name of a port",
    [CR_TEXT_PROBE_PATH] = "path of a probe",
    [CR_TEXT_HEADER_NAME] = "name of a header",
    [CR_TEXT_HEADER_VALUE] = "value of a header",
    [CR_TEXT_TAG] = "traffic tag",
    [CR_TEXT_TAG_HOST] = "host of a traffic tag",
    [CR_TEXT_MOUNT] = "mount path",
    [CR_TEXT_GPU_TYPE] = "type of a GPU",
    [CR_TEXT_GPU_REGION] = "region of a GPU",
    [CR_TEXT_SERVER_PATH] = "path of the server",
};

/* Two tiers of prices, then what a newer copy of the page adds. */
static const char *const regions[] = {"asia-east1",
                                      "asia-northeast1",
                                      "asia-northeast2",
                                      "asia-south1",
                                      "asia-southeast3",
                                      "europe-north1",
                                      "europe-north2",
                                      "europe-southwest1",
                                      "europe-west1",
                                      "europe-west4",
                                      "europe-west8",
                                      "europe-west9",
                                      "me-west1",
                                      "northamerica-south1",
                                      "us-central1",
                                      "us-east1",
                                      "us-east4",
                                      "us-east5",
                                      "us-south1",
                                      "us-west1",
                                      "africa-south1",
                                      "asia-east2",
                                      "asia-northeast3",
                                      "asia-southeast1",
                                      "asia-southeast2",
                                      "asia-south2",
                                      "australia-southeast1",
                                      "australia-southeast2",
                                      "europe-central2",
                                      "europe-west10",
                                      "europe-west12",
                                      "europe-west2",
                                      "europe-west3",
                                      "europe-west6",
                                      "me-central1",
                                      "me-central2",
                                      "northamerica-northeast1",
                                      "northamerica-northeast2",
                                      "southamerica-east1",
                                      "southamerica-west1",
                                      "us-west2",
                                      "us-west3",
                                      "us-west4",
                                      "us-west8",
                                      NULL};

static const char *const reserved_env[] = {"PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION", NULL};
static const char *const google_env[] = {"X_GOOGLE_", NULL};
static const char *const reserved_labels[] = {"run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev",
                                              "autoscaling.knative.dev", NULL};
static const char *const port_names[] = {"http1", "h2c", NULL};
static const char *const gpu_types[] = {"nvidia-l4", "nvidia-rtx-pro-6000", NULL};
static const char *const gpu_regions[] = {"nvidia-l4@asia-southeast1",
                                          "nvidia-l4@asia-south1",
                                          "nvidia-l4@europe-west1",
                                          "nvidia-l4@europe-west4",
                                          "nvidia-l4@us-central1",
                                          "nvidia-l4@us-east4",
                                          "nvidia-rtx-pro-6000@asia-southeast1",
                                          "nvidia-rtx-pro-6000@asia-south2",
                                          "nvidia-rtx-pro-6000@europe-west4",
                                          "nvidia-rtx-pro-6000@us-central1",
                                          NULL};
static const char *const mount_parts[] = {":", "//", "/./", "/../", NULL};
static const char *const mount_ends[] = {"/", "/.", "/..", NULL};
static const char *const own_paths[] = {"/", "/ready", "/live", NULL};
static const char *const path_ends[] = {"z", NULL};
static const char *const path_starts[] = {"/_ah/", "/eventlog", NULL};

/* clang-format off */
#define FORM(first, rest, last, max) CR_TEXT_FORM, first, rest, last, max, NULL
#define MOST_BYTES(max) CR_TEXT_BYTES, NULL, NULL, NULL, max, NULL
#define WORDS(rule, words) CR_TEXT_##rule, NULL, NULL, NULL, 0, words

const struct cr_text_limit cr_text_limits[] = {
    {"name.service", BOTH, CR_TEXT_SERVICE, FORM(LOWER, LOWER DIGITS "-", LOWER DIGITS, 49), false,
     "start with a-z, go on with a-z, 0-9 and -, do not end in -, at most 49 of them", RUN_API, "2026-10"},
    {"name.revision", BOTH, CR_TEXT_REVISION, FORM(LOWER, LOWER DIGITS "-", LOWER DIGITS, 63), false,
     "start with a-z, go on with a-z, 0-9 and -, do not end in -, at most 63 with the service's name", RUN_API,
     "2026-10"},
    {"name.container", BOTH, CR_TEXT_CONTAINER, FORM(LOWER DIGITS, LOWER DIGITS ".-", LOWER DIGITS, 63), false,
     "use a-z, 0-9, . and -, at most 63 of them", RUN_API, "2026-10"},
    {"name.project", BOTH, CR_TEXT_PROJECT, FORM(LOWER DIGITS, LOWER DIGITS ".:-", LOWER DIGITS, 0), false,
     "use a-z, 0-9 and -", PROJECT_PAGE, "2026-10"},
    {"region.known", BOTH, CR_TEXT_REGION, WORDS(IS, regions), false, "Cloud Run is not there",
     REGIONS_PAGE, "2026-10"},
    {"description.length", BOTH, CR_TEXT_DESCRIPTION, FORM(NULL, NULL, NULL, 512), false,
     "at most 512 characters", RUN_API, "2026-10"},

    {"label.reserved", BOTH, CR_TEXT_LABEL_KEY, WORDS(STARTS, reserved_labels), false,
     "the platform keeps these for itself", RUN_API, "2026-10"},
    {"label.key", BOTH, CR_TEXT_LABEL_KEY, FORM(LOWER OTHER, LOWER DIGITS "_-" OTHER, NULL, 63), false,
     "start with a-z and go on with a-z, 0-9, _ and -, at most 63 of them", LABELS_PAGE, "2026-10"},
    {"label.value", BOTH, CR_TEXT_LABEL_VALUE, FORM("", LOWER DIGITS "_-" OTHER, NULL, 63), false,
     "use a-z, 0-9, _ and - only, at most 63: v1-0-0 instead of v1.0.0", LABELS_PAGE, "2026-10"},

    {"env.reserved", BOTH, CR_TEXT_ENV_NAME, WORDS(IS_NOT, reserved_env), false,
     "the platform sets these itself", CONTRACT_PAGE, "2026-10"},
    {"env.google", BOTH, CR_TEXT_ENV_NAME, WORDS(STARTS, google_env), false,
     "tools of Google keep these for themselves",
     ENV_PAGE, "2026-10"},
    {"env.name", BOTH, CR_TEXT_ENV_NAME, FORM(LETTERS "_", LETTERS DIGITS "_", NULL, 0), false,
     "use letters, digits and _, and do not start with a digit", ENV_PAGE, "2026-10"},
    {"env.name_length", BOTH, CR_TEXT_ENV_NAME, MOST_BYTES(32768), false, "at most 32768 bytes", QUOTAS_PAGE,
     "2026-10"},
    {"env.value_length", BOTH, CR_TEXT_ENV_VALUE, MOST_BYTES(32768), false, "at most 32768 bytes", QUOTAS_PAGE,
     "2026-10"},

    {"image.reference", BOTH, CR_TEXT_IMAGE, WORDS(REFERENCE, NULL), false,
     "such as us-central1-docker.pkg.dev/PROJECT/REPOSITORY/NAME:TAG", IMAGE_PAGE, "2026-10"},
    {"port.name", BOTH, CR_TEXT_PORT_NAME, WORDS(IS, port_names), false, "HTTP/1 or HTTP/2 without TLS", RUN_API,
     "2026-10"},
    {"probe.path", BOTH, CR_TEXT_PROBE_PATH, FORM("/", NULL, NULL, 0), false, "start with a slash", RUN_API, "2026-10"},
    {"header.name", BOTH, CR_TEXT_HEADER_NAME, FORM("!-9;-~", "!-9;-~", NULL, 0), true,
     "use visible ASCII without blanks and :", CONTRACT_PAGE, "2026-10"},
    {"header.value", BOTH, CR_TEXT_HEADER_VALUE, FORM("", VISIBLE " \t", NULL, 0), true,
     "use visible ASCII, blanks and tabs", CONTRACT_PAGE, "2026-10"},

    {"tag.name", BOTH, CR_TEXT_TAG, FORM(LOWER DIGITS, LOWER DIGITS "-", LOWER DIGITS, 0), false,
     "use a-z, 0-9 and -", TAG_PAGE, "2026-10"},
    {"tag.length", BOTH, CR_TEXT_TAG_HOST, FORM(NULL, NULL, NULL, 63), true,
     "the tag, three dashes and the service's name become one label of a host, at most 63 characters", TAG_PAGE,
     "2026-10"},

    {"mount.path", BOTH, CR_TEXT_MOUNT, FORM("/", NULL, NULL, 0), false, "start with a slash", MOUNT_PAGE, "2026-10"},
    {"mount.parts", BOTH, CR_TEXT_MOUNT, WORDS(HOLDS, mount_parts), false, "no :, no //, neither . nor .. as a part",
     MOUNT_PAGE, "2026-10"},
    {"mount.end", BOTH, CR_TEXT_MOUNT, WORDS(ENDS, mount_ends), false, "name a directory, without a slash at the end",
     MOUNT_PAGE, "2026-10"},

    {"gpu.type", NOW, CR_TEXT_GPU_TYPE, WORDS(IS, gpu_types), false, "Cloud Run has no such GPU", GPU_PAGE, "2026-10"},
    {"gpu.region", NOW, CR_TEXT_GPU_REGION, WORDS(IS, gpu_regions), true, "not every region has every GPU", GPU_PAGE,
     "2026-10"},

    {"server.path", ANY, CR_TEXT_SERVER_PATH, FORM("/", "!$&->@-[]-~" OTHER, NULL, 0), false,
     "start with a slash and leave out blanks, ?, # and %: /predict", OWN, "2026-10"},
    {"server.path_own", ANY, CR_TEXT_SERVER_PATH, WORDS(IS_NOT, own_paths), false, "the server answers these itself",
     OWN, "2026-10"},
    {"path.z", BOTH, CR_TEXT_SERVER_PATH, WORDS(ENDS, path_ends), true,
     "Google's front end keeps some paths that end in z for itself", ISSUES_PAGE, "2026-10"},
    {"path.reserved", BOTH, CR_TEXT_SERVER_PATH, WORDS(STARTS, path_starts), true,
     "Google's front end keeps these for itself", ISSUES_PAGE, "2026-10"},
    {.id = ""},
};
