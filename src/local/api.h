/* api.h - the handlers, by API; routes.c gives each its path. */
#ifndef LOCAL_API_H
#define LOCAL_API_H

#include "local/route.h"

/* api_storage.c, api_compose.c: buckets and objects; api_upload.c, resumable.c: how bytes come in */
local_handler local_bucket_get, local_bucket_insert, local_bucket_list, local_bucket_delete, local_bucket_patch;
local_handler local_object_get, local_object_list, local_object_delete, local_object_xml;
local_handler local_object_compose, local_object_rewrite, local_object_patch;
local_handler local_upload_open, local_upload_post, local_chunk_open, local_chunk_put, local_upload_cancel;

/* api_build.c */
local_handler local_build_create, local_build_get, local_build_list, local_build_cancel, local_build_operation;
local_handler local_build_create_global, local_build_get_global, local_build_list_global, local_build_cancel_global;
local_handler local_build_retry, local_build_retry_global;

/* api_registry.c */
local_handler local_repository_get, local_repository_create, local_repository_list, local_tag_get, local_images_list;
local_handler local_package_delete;

/* api_docker.c */
local_handler local_docker_get;

/* api_run.c, api_revision.c, api_iam.c, api_operation.c */
local_handler local_service_create, local_service_get, local_service_list, local_service_patch, local_service_delete;
local_handler local_revision_get, local_revision_list, local_revision_delete;
local_handler local_policy_get, local_policy_set, local_policy_test;
local_handler local_operation_get, local_operation_wait, local_operation_list, local_location_list;

/* api_knative.c, api_knative_write.c: the same in the form of Cloud Run's first API; api_load.c */
local_handler local_knative_create, local_knative_replace;
local_handler local_knative_services, local_knative_service, local_knative_revisions, local_knative_revision;
local_handler local_load_post;

/* api_token.c, api_oauth.c, api_sts.c, api_iamcredentials.c, api_metadata.c */
local_handler local_token_post, local_authorize, local_revoke, local_tokeninfo;
local_handler local_exchange, local_exchange_refresh, local_introspect;
local_handler local_access_token, local_id_token, local_sign_jwt, local_sign_blob;
local_handler local_metadata_get;

/* api_logging.c, api_local.c */
local_handler local_entries_list;
local_handler local_auth_add, local_auth_view, local_auth_drop;
local_handler local_health, local_status, local_stop, local_fault_add, local_fault_list, local_fault_drop;

/* api_project.c */
local_handler local_project_seed, local_project_show, local_project_get, local_project_test, local_project_policy;
local_handler local_api_get, local_api_batch_get, local_api_enable, local_api_batch_enable, local_api_operation;
local_handler local_billing_get, local_account_get, local_account_test, local_build_account;

#endif
