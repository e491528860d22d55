#include "local/api.h"

#include "base/mem.h"

#define V1 "/v1/projects/*"
#define V1L "/v1/projects/*/locations/*"
#define V2L "/v2/projects/*/locations/*"
#define KNATIVE "/apis/serving.knative.dev/v1/namespaces/*"
#define REPO V1L "/repositories"
#define ACCOUNT "/v1/projects/-/serviceAccounts/*"
/* What is sent to the token endpoints is itself a credential; here it must also come from the user's own processes. */
#define LOCAL_OAUTH (LOCAL_OWN_USER | LOCAL_RAW)
#define AUTHORIZE                                                                                         \
    "response_type client_id redirect_uri scope state prompt code_challenge code_challenge_method nonce " \
    "access_type login_hint include_granted_scopes hd token_usage"

const struct local_row local_rows[] = {
    {"GET", "/local/health", local_health, NULL, "", "", LOCAL_NO_TOKEN, NULL},
    {"GET", "/local/status", local_status, NULL, "", "", 0, NULL},
    {"POST", "/local/stop", local_stop, NULL, "", "", 0, NULL},
    {"POST", "/local/faults", local_fault_add, NULL, "", "", LOCAL_RAW, NULL},
    {"GET", "/local/faults", local_fault_list, NULL, "", "", 0, NULL},
    {"DELETE", "/local/faults", local_fault_drop, NULL, "", "", 0, NULL},
    {"POST", "/local/project", local_project_seed, NULL, "", "", LOCAL_RAW, NULL},
    {"POST", "/local/load", local_load_post, NULL, "", "project region", LOCAL_RAW, NULL},
    {"GET", "/local/project", local_project_show, NULL, "", "", 0, NULL},

    {"GET", V1, local_project_get, NULL, "", "", 0, NULL},
    {"GET", "/v3/projects/*", local_project_get, NULL, "", "", 0, NULL},
    {"POST", V1 ":testIamPermissions", local_project_test, "TestIamPermissionsRequest", "", "", 0, NULL},
    {"POST", "/v3/projects/*:testIamPermissions", local_project_test, "TestIamPermissionsRequest", "", "", 0, NULL},
    {"POST", V1 ":getIamPolicy", local_project_policy, "GetIamPolicyRequest", "", "", 0, NULL},
    {"POST", "/v3/projects/*:getIamPolicy", local_project_policy, "GetIamPolicyRequest", "", "", 0, NULL},
    {"GET", V1 "/billingInfo", local_billing_get, NULL, "", "", 0, NULL},
    {"GET", V1 "/services:batchGet", local_api_batch_get, NULL, "", "names", 0, NULL},
    {"POST", V1 "/services:batchEnable", local_api_batch_enable, "BatchEnableServicesRequest", "", "", 0, NULL},
    {"GET", V1 "/services/*", local_api_get, NULL, "", "", 0, NULL},
    {"POST", V1 "/services/*:enable", local_api_enable, "Empty", "", "", 0, NULL},
    {"GET", "/v1/operations/*", local_api_operation, NULL, "", "", 0, NULL},
    {"GET", V1 "/serviceAccounts/*", local_account_get, NULL, "", "", 0, NULL},
    {"POST", V1 "/serviceAccounts/*:testIamPermissions", local_account_test, "TestIamPermissionsRequest", "", "", 0,
     NULL},
    {"GET", V1L "/defaultServiceAccount", local_build_account, NULL, "", "", 0, NULL},
    {"POST", "/local/auth", local_auth_add, NULL, "", "", LOCAL_RAW, NULL},
    {"GET", "/local/auth", local_auth_view, NULL, "", "", 0, NULL},
    {"DELETE", "/local/auth", local_auth_drop, NULL, "", "", 0, NULL},

    {"POST", V2L "/services", local_service_create, "Service", "service", "serviceId validateOnly", 0, NULL},
    {"GET", V2L "/services", local_service_list, NULL, "", "pageSize pageToken showDeleted", 0, NULL},
    {"GET", V2L "/services/*:getIamPolicy", local_policy_get, NULL, "", "options.requestedPolicyVersion", 0, NULL},
    {"POST", V2L "/services/*:setIamPolicy", local_policy_set, "SetIamPolicyRequest", "", "", 0, NULL},
    {"POST", V2L "/services/*:testIamPermissions", local_policy_test, "TestIamPermissionsRequest", "", "", 0, NULL},
    {"GET", V1L "/services/*:getIamPolicy", local_policy_get, NULL, "", "options.requestedPolicyVersion", 0, NULL},
    {"POST", V1L "/services/*:setIamPolicy", local_policy_set, "SetIamPolicyRequest", "", "", 0, NULL},
    {"POST", V1L "/services/*:testIamPermissions", local_policy_test, "TestIamPermissionsRequest", "", "", 0, NULL},
    {"GET", V2L "/services/*", local_service_get, NULL, "", "", 0, NULL},
    {"PATCH", V2L "/services/*", local_service_patch, "Service", "service", "updateMask allowMissing validateOnly", 0,
     NULL},
    {"DELETE", V2L "/services/*", local_service_delete, NULL, "", "etag validateOnly", 0, NULL},
    {"GET", V2L "/services/*/revisions", local_revision_list, NULL, "", "pageSize pageToken showDeleted", 0, NULL},
    {"GET", V2L "/services/*/revisions/*", local_revision_get, NULL, "", "", 0, NULL},
    {"DELETE", V2L "/services/*/revisions/*", local_revision_delete, NULL, "", "etag validateOnly", 0, NULL},
    {"GET", V2L "/operations", local_operation_list, NULL, "", "filter pageSize pageToken", 0, NULL},
    {"GET", V2L "/operations/*", local_operation_get, NULL, "", "", 0, NULL},
    {"POST", V2L "/operations/*:wait", local_operation_wait, "WaitOperationRequest", "", "", 0, NULL},
    {"GET", V1 "/locations", local_location_list, NULL, "", "filter pageSize pageToken", 0, NULL},

    {"GET", KNATIVE "/services", local_knative_services, NULL, "", "limit continue labelSelector", 0, NULL},
    {"POST", KNATIVE "/services", local_knative_create, "KnativeService", "", "dryRun", 0, NULL},
    {"PUT", KNATIVE "/services/*", local_knative_replace, "KnativeService", "", "dryRun", 0, NULL},
    {"GET", KNATIVE "/services/*", local_knative_service, NULL, "", "", 0, NULL},
    {"GET", KNATIVE "/revisions", local_knative_revisions, NULL, "", "limit continue labelSelector", 0, NULL},
    {"GET", KNATIVE "/revisions/*", local_knative_revision, NULL, "", "", 0, NULL},

    {"POST", V1L "/builds", local_build_create, "Build", "build", "projectId", 0, NULL},
    {"GET", V1L "/builds", local_build_list, NULL, "", "projectId pageSize pageToken filter", 0, NULL},
    {"GET", V1L "/builds/*", local_build_get, NULL, "", "projectId id", 0, NULL},
    {"POST", V1L "/builds/*:cancel", local_build_cancel, "CancelBuildRequest", "", "", 0, NULL},
    {"POST", V1L "/builds/*:retry", local_build_retry, "RetryBuildRequest", "", "", 0, NULL},
    {"POST", V1 "/builds", local_build_create_global, "Build", "build", "parent", 0, NULL},
    {"GET", V1 "/builds", local_build_list_global, NULL, "", "parent pageSize pageToken filter", 0, NULL},
    {"GET", V1 "/builds/*", local_build_get_global, NULL, "", "name", 0, NULL},
    {"POST", V1 "/builds/*:cancel", local_build_cancel_global, "CancelBuildRequest", "", "", 0, NULL},
    {"POST", V1 "/builds/*:retry", local_build_retry_global, "RetryBuildRequest", "", "", 0, NULL},
    {"GET", "/v1/operations/build/*/*", local_build_operation, NULL, "", "", 0, NULL},
    {"GET", V1L "/operations/*", local_operation_get, NULL, "", "", 0, NULL},
    {"POST", V1L "/operations/*:wait", local_operation_wait, "WaitOperationRequest", "", "", 0, NULL},

    {"GET", REPO, local_repository_list, NULL, "", "pageSize pageToken orderBy filter", 0, NULL},
    {"POST", REPO, local_repository_create, "Repository", "repository", "repositoryId", 0, NULL},
    {"GET", REPO "/*", local_repository_get, NULL, "", "", 0, NULL},
    {"GET", REPO "/*/dockerImages", local_images_list, NULL, "", "pageSize pageToken orderBy", 0, NULL},
    {"DELETE", REPO "/*/packages/*", local_package_delete, NULL, "", "", 0, NULL},
    {"GET", REPO "/*/packages/*/tags/*", local_tag_get, NULL, "", "", 0, NULL},

    {"POST", "/v2/entries:list", local_entries_list, "ListLogEntriesRequest", "", "", 0, NULL},

    /* Last of those under /v2: its pattern matches all of them. */
    {"GET", "/v2/**", local_docker_get, NULL, "", "ns", 0, NULL},

    {"POST", "/token", local_token_post, NULL, "", "", LOCAL_OAUTH, NULL},
    {"POST", "/oauth2/v4/token", local_token_post, NULL, "", "", LOCAL_OAUTH, NULL},
    {"GET", "/o/oauth2/auth", local_authorize, NULL, "", AUTHORIZE, LOCAL_OWN_USER | LOCAL_PAGE, NULL},
    {"GET", "/o/oauth2/v2/auth", local_authorize, NULL, "", AUTHORIZE, LOCAL_OWN_USER | LOCAL_PAGE, NULL},
    {"POST", "/revoke", local_revoke, NULL, "", "token", LOCAL_OAUTH, NULL},
    {"GET", "/tokeninfo", local_tokeninfo, NULL, "", "id_token", LOCAL_OAUTH, NULL},
    {"POST", "/tokeninfo", local_tokeninfo, NULL, "", "id_token", LOCAL_OAUTH, NULL},
    {"POST", "/v1/token", local_exchange, NULL, "", "", LOCAL_OAUTH, NULL},
    {"POST", "/v1/oauthtoken", local_exchange_refresh, NULL, "", "", LOCAL_OAUTH, NULL},
    {"POST", "/v1/introspect", local_introspect, NULL, "", "", LOCAL_OAUTH, NULL},
    {"POST", ACCOUNT ":generateAccessToken", local_access_token, "GenerateAccessTokenRequest", "", "", 0, NULL},
    {"POST", ACCOUNT ":generateIdToken", local_id_token, "GenerateIdTokenRequest", "", "", 0, NULL},
    {"POST", ACCOUNT ":signJwt", local_sign_jwt, "SignJwtRequest", "", "", 0, NULL},
    {"POST", ACCOUNT ":signBlob", local_sign_blob, "SignBlobRequest", "", "", 0, NULL},
    {"GET", "/computeMetadata/v1/**", local_metadata_get, NULL, "", "recursive scopes audience format licenses alt",
     LOCAL_OWN_USER, NULL},

    {"GET", "/storage/v1/b", local_bucket_list, NULL, "", "", LOCAL_GCS, NULL},
    {"POST", "/storage/v1/b", local_bucket_insert, "Bucket", "", "", LOCAL_GCS, NULL},
    {"GET", "/storage/v1/b/*", local_bucket_get, NULL, "", "", LOCAL_GCS, NULL},
    {"DELETE", "/storage/v1/b/*", local_bucket_delete, NULL, "", "", LOCAL_GCS, NULL},
    {"PATCH", "/storage/v1/b/*", local_bucket_patch, "Bucket", "", "", LOCAL_GCS, NULL},
    {"POST", "/storage/v1/b/*/o/*/compose", local_object_compose, "ComposeRequest", "", "", LOCAL_GCS, NULL},
    {"POST", "/storage/v1/b/*/o/*/rewriteTo/b/*/o/*", local_object_rewrite, "Object", "", "", LOCAL_GCS, NULL},
    {"PATCH", "/storage/v1/b/*/o/*", local_object_patch, "Object", "", "", LOCAL_GCS, NULL},
    {"GET", "/storage/v1/b/*/o", local_object_list, NULL, "", "", LOCAL_GCS, NULL},
    {"GET", "/storage/v1/b/*/o/*", local_object_get, NULL, "", "", LOCAL_GCS, NULL},
    {"GET", "/download/storage/v1/b/*/o/*", local_object_get, NULL, "", "", LOCAL_GCS, NULL},
    {"DELETE", "/storage/v1/b/*/o/*", local_object_delete, NULL, "", "", LOCAL_GCS, NULL},
    {"POST", "/upload/storage/v1/b/*/o", local_upload_post, "Object", "", "", LOCAL_GCS | LOCAL_RAW, local_upload_open},
    {"PUT", "/upload/storage/v1/b/*/o", local_chunk_put, NULL, "", "", LOCAL_GCS | LOCAL_RAW | LOCAL_SESSION,
     local_chunk_open},
    {"DELETE", "/upload/storage/v1/b/*/o", local_upload_cancel, NULL, "", "", LOCAL_GCS | LOCAL_SESSION, NULL},
    {"POST", "/resumable/upload/storage/v1/b/*/o", local_upload_post, "Object", "", "", LOCAL_GCS | LOCAL_RAW,
     local_upload_open},
    {"PUT", "/resumable/upload/storage/v1/b/*/o", local_chunk_put, NULL, "", "", LOCAL_GCS | LOCAL_RAW | LOCAL_SESSION,
     local_chunk_open},
    {"DELETE", "/resumable/upload/storage/v1/b/*/o", local_upload_cancel, NULL, "", "", LOCAL_GCS | LOCAL_SESSION,
     NULL},
    /* The XML API's download, which is how build logs are read. Last: its pattern matches nearly anything. */
    {"GET", "/*/**", local_object_xml, NULL, "", "", LOCAL_GCS, NULL},
};

const size_t local_row_count = CR_LEN(local_rows);
