#include "core/flag.h"

#include <string.h>

static const char *const choices_execution_environment[] = {"gen1", "gen2", NULL};
static const char *const choices_vpc_egress[] = {"all-traffic", "private-ranges-only", "all", NULL};
static const char *const choices_post_key_revocation[] = {"prevent-new", "shut-down", NULL};
static const char *const choices_ingress[] = {"all", "internal", "internal-and-cloud-load-balancing", NULL};

/* Columns: name, form, scope, group, metavar, help, choices, repeatable, key. A group that ends in "+" is the half whose
   members go together: --remove-env-vars and --update-env-vars exclude --set-env-vars, not each other. Tags are of two
   groups: --clear-network takes what they are of away, --clear-network-tags themselves. */
/* clang-format off */
const struct cr_flag_row cr_flags[CR_FLAG_COUNT] = {
    [CR_FLAG_REMOVE_CONTAINERS] = {"remove-containers", CR_FORM_LIST, CR_SCOPE_REVISION, NULL, "NAME,...",
     "Take these containers out of the service", NULL, true, 0},
    [CR_FLAG_CONTAINER] = {"container", CR_FORM_TEXT, CR_SCOPE_REVISION, NULL, "NAME",
     "What follows is for the container of this name: a sidecar, or the one with the port", NULL, true, 0},
    [CR_FLAG_IMAGE] = {"image", CR_FORM_TEXT, CR_SCOPE_CONTAINER, NULL, "IMAGE",
     "Image to deploy, by tag or digest", NULL, false, CR_KEY_IMAGE},
    [CR_FLAG_CPU] = {"cpu", CR_FORM_TEXT, CR_SCOPE_CONTAINER, NULL, "CPUS",
     "CPUs of one instance, such as 0.5, 2 or 1000m", NULL, false, CR_KEY_CPU},
    [CR_FLAG_MEMORY] = {"memory", CR_FORM_TEXT, CR_SCOPE_CONTAINER, NULL, "SIZE",
     "Memory of one instance, such as 512Mi or 3G", NULL, false, CR_KEY_MEMORY},
    [CR_FLAG_GPU] = {"gpu", CR_FORM_TEXT, CR_SCOPE_CONTAINER, NULL, "N",
     "GPUs of one instance: 1, or 0 for none", NULL, false, 0},
    [CR_FLAG_COMMAND] = {"command", CR_FORM_LIST, CR_SCOPE_CONTAINER, NULL, "WORD,...",
     "What to start in place of the image's entrypoint; empty: the image's own", NULL, true, 0},
    [CR_FLAG_ARGS] = {"args", CR_FORM_LIST, CR_SCOPE_CONTAINER, NULL, "WORD,...",
     "Arguments of the command; empty: the image's own", NULL, true, 0},
    [CR_FLAG_CLEAR_ENV_VARS] = {"clear-env-vars", CR_FORM_SWITCH, CR_SCOPE_CONTAINER, "env", NULL,
     "Remove all environment variables", NULL, false, 0},
    [CR_FLAG_ENV_VARS_FILE] = {"env-vars-file", CR_FORM_FILE, CR_SCOPE_CONTAINER, "env", "FILE",
     "Environment variables from a file, YAML or JSON, in place of what there are", NULL, false, 0},
    [CR_FLAG_SET_ENV_VARS] = {"set-env-vars", CR_FORM_DICT, CR_SCOPE_CONTAINER, "env", "KEY=VALUE,...",
     "These environment variables in place of what there are", NULL, true, 0},
    [CR_FLAG_REMOVE_ENV_VARS] = {"remove-env-vars", CR_FORM_LIST, CR_SCOPE_CONTAINER, "env+", "KEY,...",
     "Remove these environment variables", NULL, true, 0},
    [CR_FLAG_UPDATE_ENV_VARS] = {"update-env-vars", CR_FORM_DICT, CR_SCOPE_CONTAINER, "env+", "KEY=VALUE,...",
     "Add or change these environment variables", NULL, true, CR_KEY_ENV},
    [CR_FLAG_CLEAR_VOLUME_MOUNTS] = {"clear-volume-mounts", CR_FORM_SWITCH, CR_SCOPE_CONTAINER, NULL, NULL,
     "Remove all mounts of the container", NULL, false, 0},
    [CR_FLAG_REMOVE_VOLUME_MOUNT] = {"remove-volume-mount", CR_FORM_LIST, CR_SCOPE_CONTAINER, NULL, "PATH,...",
     "Remove the mounts at these paths", NULL, true, 0},
    [CR_FLAG_CLEAR_VOLUMES] = {"clear-volumes", CR_FORM_SWITCH, CR_SCOPE_REVISION, NULL, NULL,
     "Remove all volumes", NULL, false, 0},
    [CR_FLAG_REMOVE_VOLUME] = {"remove-volume", CR_FORM_LIST, CR_SCOPE_REVISION, NULL, "NAME,...",
     "Remove these volumes", NULL, true, 0},
    [CR_FLAG_CLEAR_SECRETS] = {"clear-secrets", CR_FORM_SWITCH, CR_SCOPE_CONTAINER, "secrets", NULL,
     "Remove all secrets", NULL, false, 0},
    [CR_FLAG_SET_SECRETS] = {"set-secrets", CR_FORM_DICT, CR_SCOPE_CONTAINER, "secrets", "KEY=SECRET:VERSION,...",
     "These secrets in place of what there are: a variable, or a file at /DIR/FILE", NULL, true, 0},
    [CR_FLAG_REMOVE_SECRETS] = {"remove-secrets", CR_FORM_LIST, CR_SCOPE_CONTAINER, "secrets+", "KEY,...",
     "Remove these secrets", NULL, true, 0},
    [CR_FLAG_UPDATE_SECRETS] = {"update-secrets", CR_FORM_DICT, CR_SCOPE_CONTAINER,
     "secrets+", "KEY=SECRET:VERSION,...",
     "Add or change these secrets", NULL, true, 0},
    [CR_FLAG_ADD_VOLUME] = {"add-volume", CR_FORM_DICT, CR_SCOPE_REVISION, NULL, "name=NAME,type=TYPE,...",
     "Add a volume: type secret, in-memory, cloud-storage or nfs", NULL, true, 0},
    [CR_FLAG_ADD_VOLUME_MOUNT] = {"add-volume-mount", CR_FORM_DICT, CR_SCOPE_CONTAINER,
     NULL, "volume=NAME,mount-path=PATH",
     "Mount a volume of the service", NULL, true, 0},
    [CR_FLAG_STARTUP_PROBE] = {"startup-probe", CR_FORM_DICT, CR_SCOPE_CONTAINER, NULL, "KEY=VALUE,...",
     "How it is seen that the container has started, such as httpGet.path=/ready,periodSeconds=1; empty: the default",
     NULL, false, 0},
    [CR_FLAG_LIVENESS_PROBE] = {"liveness-probe", CR_FORM_DICT, CR_SCOPE_CONTAINER, NULL, "KEY=VALUE,...",
     "How it is seen that the container still lives; empty: none", NULL, false, 0},
    [CR_FLAG_READINESS_PROBE] = {"readiness-probe", CR_FORM_DICT, CR_SCOPE_CONTAINER, NULL, "KEY=VALUE,...",
     "How it is seen that the container can take requests; empty: none", NULL, false, 0},
    [CR_FLAG_PORT] = {"port", CR_FORM_TEXT, CR_SCOPE_CONTAINER, NULL, "PORT",
     "Port the container listens on, or 'default'", NULL, false, CR_KEY_PORT},
    [CR_FLAG_USE_HTTP2] = {"use-http2", CR_FORM_BOOL, CR_SCOPE_CONTAINER, NULL, NULL,
     "Speak HTTP/2 without TLS to the container", NULL, false, 0},
    [CR_FLAG_DEPENDS_ON] = {"depends-on", CR_FORM_LIST, CR_SCOPE_CONTAINER, NULL, "NAME,...",
     "Containers that must have started before this one", NULL, true, 0},
    [CR_FLAG_CONCURRENCY] = {"concurrency", CR_FORM_TEXT, CR_SCOPE_REVISION, NULL, "N",
     "Requests one instance is given at a time, or 'default'", NULL, false, CR_KEY_CONCURRENCY},
    [CR_FLAG_TIMEOUT] = {"timeout", CR_FORM_TEXT, CR_SCOPE_REVISION, NULL, "TIME",
     "Longest time a request may take, such as 300, 300s or 5m", NULL, false, CR_KEY_TIMEOUT},
    [CR_FLAG_MIN_INSTANCES] = {"min-instances", CR_FORM_TEXT, CR_SCOPE_REVISION, NULL, "N",
     "Instances of the revision kept running without requests, or 'default'", NULL, false, CR_KEY_MIN_INSTANCES},
    [CR_FLAG_MAX_INSTANCES] = {"max-instances", CR_FORM_TEXT, CR_SCOPE_REVISION, NULL, "N",
     "Most instances of the revision, or 'default'", NULL, false, CR_KEY_MAX_INSTANCES},
    [CR_FLAG_EXECUTION_ENVIRONMENT] = {"execution-environment", CR_FORM_TEXT, CR_SCOPE_REVISION, NULL, "GEN",
     "Generation of the sandbox", choices_execution_environment, false, 0},
    [CR_FLAG_CPU_THROTTLING] = {"cpu-throttling", CR_FORM_BOOL, CR_SCOPE_REVISION, NULL, NULL,
     "Give CPU only while requests are answered; --no-cpu-throttling: always, and billed so", NULL, false, 0},
    [CR_FLAG_CPU_BOOST] = {"cpu-boost", CR_FORM_BOOL, CR_SCOPE_REVISION, NULL, NULL,
     "Give more CPU while an instance starts", NULL, false, 0},
    [CR_FLAG_GPU_TYPE] = {"gpu-type", CR_FORM_TEXT, CR_SCOPE_REVISION, NULL, "TYPE",
     "Kind of GPU, such as nvidia-l4", NULL, false, 0},
    [CR_FLAG_GPU_ZONAL_REDUNDANCY] = {"gpu-zonal-redundancy", CR_FORM_BOOL, CR_SCOPE_REVISION, NULL, NULL,
     "Reserve GPUs in a second zone; without, they are cheaper", NULL, false, 0},
    [CR_FLAG_SERVICE_ACCOUNT] = {"service-account", CR_FORM_TEXT, CR_SCOPE_REVISION, NULL, "EMAIL",
     "Service account the container runs as", NULL, false, 0},
    [CR_FLAG_SESSION_AFFINITY] = {"session-affinity", CR_FORM_BOOL, CR_SCOPE_REVISION, NULL, NULL,
     "Send a client to the same instance where possible", NULL, false, 0},
    [CR_FLAG_CLEAR_CLOUDSQL_INSTANCES] = {"clear-cloudsql-instances", CR_FORM_SWITCH, CR_SCOPE_REVISION,
     "cloudsql", NULL,
     "Remove all Cloud SQL instances", NULL, false, 0},
    [CR_FLAG_SET_CLOUDSQL_INSTANCES] = {"set-cloudsql-instances", CR_FORM_LIST, CR_SCOPE_REVISION,
     "cloudsql", "INSTANCE,...",
     "These Cloud SQL instances in place of what there are", NULL, false, 0},
    [CR_FLAG_REMOVE_CLOUDSQL_INSTANCES] = {"remove-cloudsql-instances", CR_FORM_LIST, CR_SCOPE_REVISION,
     "cloudsql", "INSTANCE,...",
     "Remove these Cloud SQL instances", NULL, false, 0},
    [CR_FLAG_ADD_CLOUDSQL_INSTANCES] = {"add-cloudsql-instances", CR_FORM_LIST, CR_SCOPE_REVISION,
     "cloudsql", "INSTANCE,...",
     "Connect to these Cloud SQL instances as well", NULL, false, 0},
    [CR_FLAG_VPC_CONNECTOR] = {"vpc-connector", CR_FORM_TEXT, CR_SCOPE_REVISION, "connector", "NAME",
     "Reach a VPC network through this connector", NULL, false, 0},
    [CR_FLAG_VPC_EGRESS] = {"vpc-egress", CR_FORM_TEXT, CR_SCOPE_REVISION, NULL, "WHICH",
     "Which traffic goes through the VPC network", choices_vpc_egress, false, 0},
    [CR_FLAG_CLEAR_VPC_CONNECTOR] = {"clear-vpc-connector", CR_FORM_SWITCH, CR_SCOPE_REVISION, "connector", NULL,
     "Take the VPC connector away", NULL, false, 0},
    [CR_FLAG_NETWORK] = {"network", CR_FORM_TEXT, CR_SCOPE_REVISION, "network+", "NAME",
     "VPC network to join directly", NULL, false, 0},
    [CR_FLAG_SUBNET] = {"subnet", CR_FORM_TEXT, CR_SCOPE_REVISION, "network+", "NAME",
     "Subnetwork to join directly", NULL, false, 0},
    [CR_FLAG_CLEAR_NETWORK_TAGS] = {"clear-network-tags", CR_FORM_SWITCH, CR_SCOPE_REVISION, "network+ tags", NULL,
     "Remove all network tags", NULL, false, 0},
    [CR_FLAG_NETWORK_TAGS] = {"network-tags", CR_FORM_LIST, CR_SCOPE_REVISION, "network+ tags", "TAG,...",
     "Network tags of the instances", NULL, true, 0},
    [CR_FLAG_CLEAR_NETWORK] = {"clear-network", CR_FORM_SWITCH, CR_SCOPE_REVISION, "network", NULL,
     "Leave the VPC network", NULL, false, 0},
    [CR_FLAG_CLEAR_KEY] = {"clear-key", CR_FORM_SWITCH, CR_SCOPE_REVISION, "key", NULL,
     "No key of one's own for encryption any more", NULL, false, 0},
    [CR_FLAG_KEY] = {"key", CR_FORM_TEXT, CR_SCOPE_REVISION, "key", "KEY",
     "Key of Cloud KMS that encrypts the image at rest", NULL, false, 0},
    [CR_FLAG_CLEAR_POST_KEY_REVOCATION] = {"clear-post-key-revocation-action-type", CR_FORM_SWITCH, CR_SCOPE_REVISION,
     "revocation", NULL,
     "The default again of what happens when the key is revoked", NULL, false, 0},
    [CR_FLAG_POST_KEY_REVOCATION] = {"post-key-revocation-action-type", CR_FORM_TEXT, CR_SCOPE_REVISION,
     "revocation", "ACTION",
     "What happens when the key is revoked", choices_post_key_revocation, false, 0},
    [CR_FLAG_CLEAR_KEY_SHUTDOWN_HOURS] = {"clear-encryption-key-shutdown-hours", CR_FORM_SWITCH, CR_SCOPE_REVISION,
     "shutdown", NULL,
     "No time set between revocation and shutdown any more", NULL, false, 0},
    [CR_FLAG_KEY_SHUTDOWN_HOURS] = {"encryption-key-shutdown-hours", CR_FORM_TEXT, CR_SCOPE_REVISION,
     "shutdown", "HOURS",
     "Hours between the revocation of the key and the shutdown", NULL, false, 0},
    [CR_FLAG_DEPLOY_HEALTH_CHECK] = {"deploy-health-check", CR_FORM_BOOL, CR_SCOPE_REVISION, NULL, NULL,
     "Start one instance before the revision counts as ready", NULL, false, 0},
    [CR_FLAG_MESH] = {"mesh", CR_FORM_TEXT, CR_SCOPE_REVISION, NULL, "MESH",
     "Cloud Service Mesh the revision belongs to; empty: none", NULL, false, 0},
    [CR_FLAG_CLEAR_LABELS] = {"clear-labels", CR_FORM_SWITCH, CR_SCOPE_BOTH, "labels-away", NULL,
     "Remove all labels", NULL, false, 0},
    [CR_FLAG_LABELS] = {"labels", CR_FORM_DICT, CR_SCOPE_BOTH, "labels", "KEY=VALUE,...",
     "Labels of the service and its revisions", NULL, true, CR_KEY_LABELS},
    [CR_FLAG_REMOVE_LABELS] = {"remove-labels", CR_FORM_LIST, CR_SCOPE_BOTH, "labels-away", "KEY,...",
     "Remove these labels", NULL, true, 0},
    [CR_FLAG_UPDATE_LABELS] = {"update-labels", CR_FORM_DICT, CR_SCOPE_BOTH, "labels", "KEY=VALUE,...",
     "Add or change these labels", NULL, true, 0},
    [CR_FLAG_DESCRIPTION] = {"description", CR_FORM_TEXT, CR_SCOPE_SERVICE, NULL, "TEXT",
     "What the service is, for people", NULL, false, CR_KEY_DESCRIPTION},
    [CR_FLAG_INGRESS] = {"ingress", CR_FORM_TEXT, CR_SCOPE_SERVICE, NULL, "WHICH",
     "From where requests are let in", choices_ingress, false, 0},
    [CR_FLAG_MIN] = {"min", CR_FORM_TEXT, CR_SCOPE_SERVICE, NULL, "N",
     "Instances of the whole service kept running, or 'default'", NULL, false, 0},
    [CR_FLAG_MAX] = {"max", CR_FORM_TEXT, CR_SCOPE_SERVICE, NULL, "N",
     "Most instances of the whole service, or 'default'", NULL, false, 0},
    [CR_FLAG_SCALING] = {"scaling", CR_FORM_TEXT, CR_SCOPE_SERVICE, NULL, "MODE",
     "Automatic scaling ('auto'), or a fixed number of instances", NULL, false, 0},
    [CR_FLAG_DEFAULT_URL] = {"default-url", CR_FORM_BOOL, CR_SCOPE_SERVICE, NULL, NULL,
     "Serve at the address Cloud Run gives", NULL, false, 0},
    [CR_FLAG_INVOKER_IAM_CHECK] = {"invoker-iam-check", CR_FORM_BOOL, CR_SCOPE_SERVICE, NULL, NULL,
     "Ask IAM whether a caller may call; without, everybody may", NULL, false, 0},
    [CR_FLAG_IAP] = {"iap", CR_FORM_BOOL, CR_SCOPE_SERVICE, NULL, NULL,
     "Let callers in through Identity-Aware Proxy", NULL, false, 0},
    [CR_FLAG_CLEAR_CUSTOM_AUDIENCES] = {"clear-custom-audiences", CR_FORM_SWITCH, CR_SCOPE_SERVICE, "audiences", NULL,
     "Remove all custom audiences", NULL, false, 0},
    [CR_FLAG_SET_CUSTOM_AUDIENCES] = {"set-custom-audiences", CR_FORM_LIST, CR_SCOPE_SERVICE,
     "audiences", "AUDIENCE,...",
     "These audiences of identity tokens in place of what there are", NULL, false, 0},
    [CR_FLAG_REMOVE_CUSTOM_AUDIENCES] = {"remove-custom-audiences", CR_FORM_LIST, CR_SCOPE_SERVICE,
     "audiences", "AUDIENCE,...",
     "Remove these audiences", NULL, false, 0},
    [CR_FLAG_ADD_CUSTOM_AUDIENCES] = {"add-custom-audiences", CR_FORM_LIST, CR_SCOPE_SERVICE,
     "audiences", "AUDIENCE,...",
     "Take identity tokens made for these audiences as well", NULL, false, 0},
    [CR_FLAG_CLEAR_BINARY_AUTHORIZATION] = {"clear-binary-authorization", CR_FORM_SWITCH, CR_SCOPE_SERVICE,
     "binauthz", NULL,
     "No Binary Authorization any more", NULL, false, 0},
    [CR_FLAG_BINARY_AUTHORIZATION] = {"binary-authorization", CR_FORM_TEXT, CR_SCOPE_SERVICE, "binauthz", "POLICY",
     "Check images by this policy of Binary Authorization, or 'default'", NULL, false, 0},
    [CR_FLAG_BREAKGLASS] = {"breakglass", CR_FORM_TEXT, CR_SCOPE_SERVICE, NULL, "REASON",
     "Deploy although Binary Authorization refuses, and say why", NULL, false, 0},
    [CR_FLAG_REVISION_SUFFIX] = {"revision-suffix", CR_FORM_TEXT, CR_SCOPE_ROLLOUT, NULL, "SUFFIX",
     "Name the revision SERVICE-SUFFIX", NULL, false, 0},
    [CR_FLAG_TAG] = {"tag", CR_FORM_TEXT, CR_SCOPE_ROLLOUT, NULL, "TAG",
     "Give the new revision this tag, and so an address of its own", NULL, false, 0},
    [CR_FLAG_TRAFFIC] = {"traffic", CR_FORM_BOOL, CR_SCOPE_ROLLOUT, NULL, NULL,
     "Send traffic to the new revision; --no-traffic leaves it where it is", NULL, false, 0},
    [CR_FLAG_ALLOW_UNAUTHENTICATED] = {"allow-unauthenticated", CR_FORM_BOOL, CR_SCOPE_ROLLOUT, NULL, NULL,
     "Let anybody call the service; --no-allow-unauthenticated takes it back",
     NULL, false, CR_KEY_ALLOW_UNAUTHENTICATED},
};
/* clang-format on */

/* Whether `groups` has the group of this name, for flags that do not go with one another. */
static bool clashes(const char *groups, const char *name, size_t len, bool plus)
{
    for (size_t n; *groups; groups += n + (groups[n] == ' ')) {
        bool other;

        n = strcspn(groups, " ");
        other = groups[n - 1] == '+';
        if (n - other == len && strncmp(groups, name, len) == 0 && !(plus && other))
            return true;
    }
    return false;
}

bool cr_flags_exclude(enum cr_flag a, enum cr_flag b)
{
    const char *one = cr_flags[a].group, *other = cr_flags[b].group;

    if (a == b || !one || !other)
        return false;
    for (size_t n; *one; one += n + (one[n] == ' ')) {
        bool plus;

        n = strcspn(one, " ");
        plus = one[n - 1] == '+';
        if (clashes(other, one, n - plus, plus))
            return true;
    }
    return false;
}
