# gcp: one file per Google API, through one door (http). Takes ids and JSON bodies, never a manifest or a plan.
noinst_LIBRARIES += libgcp.a
libgcp_a_SOURCES = \
    src/gcp/advice.c src/gcp/advice.h \
    src/gcp/api_error.c src/gcp/api_error.h \
    src/gcp/auth.c src/gcp/auth_metadata.c src/gcp/auth.h \
    src/gcp/auth_impersonate.c src/gcp/auth_service_account.c src/gcp/auth_user.c \
    src/gcp/json.c src/gcp/json.h src/gcp/auth_json.c src/gcp/auth_json.h src/gcp/auth_external.c src/gcp/auth_external.h \
    src/gcp/auth_external_source.c src/gcp/auth_external_exec.c src/gcp/auth_external_aws.c \
    src/gcp/auth_external_user.c src/gcp/token_cache.c src/gcp/token_cache.h \
    src/gcp/auth_jwt.c src/gcp/auth_jwt.h \
    src/gcp/auth_oauth.c src/gcp/auth_oauth.h \
    src/gcp/billing.c src/gcp/billing.h \
    src/gcp/build.c src/gcp/build.h \
    src/gcp/build_failure.c src/gcp/build_failure.h \
    src/gcp/build_hint.c src/gcp/build_hint.h \
    src/gcp/build_log.c src/gcp/build_log_entries.c src/gcp/build_log.h \
    src/gcp/build_wait.c \
    src/gcp/call.c src/gcp/call.h \
    src/gcp/endpoints.c src/gcp/endpoints.h \
    src/gcp/fetch.c src/gcp/fetch.h \
    src/gcp/gcp.c src/gcp/gcp.h \
    src/gcp/http.c src/gcp/http.h \
    src/gcp/http_curl.c src/gcp/http_curl.h \
    src/gcp/iam.c src/gcp/iam.h \
    src/gcp/logging.c src/gcp/logging.h \
    src/gcp/login.c src/gcp/login_tokens.c src/gcp/login.h \
    src/gcp/operation.c src/gcp/operation.h \
    src/gcp/permission.c src/gcp/permission.h \
    src/gcp/project.c src/gcp/project.h \
    src/gcp/pages.c src/gcp/pages.h src/gcp/registry_images.c src/gcp/registry_images.h \
    src/gcp/hub.c src/gcp/hub.h src/gcp/registry.c src/gcp/registry.h src/gcp/registry_image.c src/gcp/registry_image.h \
    src/gcp/rehearse.c src/gcp/rehearse.h \
    src/gcp/run.c src/gcp/run_base.c src/gcp/run_policy.c src/gcp/run.h \
    src/gcp/serviceusage.c src/gcp/serviceusage.h \
    src/gcp/object_copy.c src/gcp/object_copy.h \
    src/gcp/storage.c src/gcp/storage.h \
    src/gcp/upload.c src/gcp/upload.h \
    src/gcp/upload_pipe.c src/gcp/upload_pipe.h src/gcp/upload_session.c src/gcp/upload_session.h \
    src/gcp/upload_state.c src/gcp/upload_state.h

FAKE_HTTP = tests/lib/test.h tests/lib/fake_http.c tests/lib/fake_http.h
LINK_GCP = $(GCP) $(CMOCKA_LIBS)

UNIT += tests/unit/test_gcp_endpoints tests/unit/test_gcp_auth_external tests/unit/test_gcp_token_cache
UNIT += tests/unit/test_gcp_http
tests_unit_test_gcp_http_SOURCES = tests/unit/test_gcp_http.c $(FAKE_HTTP)
tests_unit_test_gcp_http_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_auth
tests_unit_test_gcp_auth_SOURCES = tests/unit/test_gcp_auth.c $(FAKE_HTTP)
tests_unit_test_gcp_auth_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_login
tests_unit_test_gcp_login_SOURCES = tests/unit/test_gcp_login.c $(FAKE_HTTP)
tests_unit_test_gcp_login_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_auth_oauth
tests_unit_test_gcp_auth_oauth_SOURCES = tests/unit/test_gcp_auth_oauth.c $(FAKE_HTTP)
tests_unit_test_gcp_auth_oauth_LDADD = $(LINK_GCP)
RSA_KEY = tests/lib/rsa_key.c tests/lib/rsa_key.h
UNIT += tests/unit/test_gcp_auth_service_account
tests_unit_test_gcp_auth_service_account_SOURCES = tests/unit/test_gcp_auth_service_account.c $(FAKE_HTTP) $(RSA_KEY)
tests_unit_test_gcp_auth_service_account_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_auth_impersonate
tests_unit_test_gcp_auth_impersonate_SOURCES = tests/unit/test_gcp_auth_impersonate.c $(FAKE_HTTP)
tests_unit_test_gcp_auth_impersonate_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_auth_json
tests_unit_test_gcp_auth_json_SOURCES = tests/unit/test_gcp_auth_json.c $(FAKE_HTTP)
tests_unit_test_gcp_auth_json_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_auth_user
tests_unit_test_gcp_auth_user_SOURCES = tests/unit/test_gcp_auth_user.c $(FAKE_HTTP)
tests_unit_test_gcp_auth_user_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_upload
tests_unit_test_gcp_upload_SOURCES = tests/unit/test_gcp_upload.c tests/lib/test.h \
    tests/lib/fake_store.c tests/lib/fake_store.h
tests_unit_test_gcp_upload_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_upload_state
tests_unit_test_gcp_upload_state_SOURCES = tests/unit/test_gcp_upload_state.c tests/lib/test.h \
    tests/lib/fake_store.c tests/lib/fake_store.h
tests_unit_test_gcp_upload_state_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_storage
tests_unit_test_gcp_storage_SOURCES = tests/unit/test_gcp_storage.c $(FAKE_HTTP)
tests_unit_test_gcp_storage_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_build
tests_unit_test_gcp_build_SOURCES = tests/unit/test_gcp_build.c $(FAKE_HTTP)
tests_unit_test_gcp_build_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_operation
tests_unit_test_gcp_operation_SOURCES = tests/unit/test_gcp_operation.c $(FAKE_HTTP)
tests_unit_test_gcp_operation_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_run
tests_unit_test_gcp_run_SOURCES = tests/unit/test_gcp_run.c $(FAKE_HTTP)
tests_unit_test_gcp_run_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_run_base
tests_unit_test_gcp_run_base_SOURCES = tests/unit/test_gcp_run_base.c $(FAKE_HTTP)
tests_unit_test_gcp_run_base_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_registry_image
tests_unit_test_gcp_registry_image_SOURCES = tests/unit/test_gcp_registry_image.c $(FAKE_HTTP)
tests_unit_test_gcp_registry_image_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_hub tests/unit/test_gcp_registry
tests_unit_test_gcp_hub_SOURCES = tests/unit/test_gcp_hub.c $(FAKE_HTTP)
tests_unit_test_gcp_hub_LDADD = $(LINK_GCP)
tests_unit_test_gcp_registry_SOURCES = tests/unit/test_gcp_registry.c $(FAKE_HTTP)
tests_unit_test_gcp_registry_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_project
tests_unit_test_gcp_project_SOURCES = tests/unit/test_gcp_project.c $(FAKE_HTTP)
tests_unit_test_gcp_project_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_api_error
tests_unit_test_gcp_api_error_SOURCES = tests/unit/test_gcp_api_error.c $(FAKE_HTTP)
tests_unit_test_gcp_api_error_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_http_curl
tests_unit_test_gcp_http_curl_SOURCES = tests/unit/test_gcp_http_curl.c tests/lib/test.h
tests_unit_test_gcp_http_curl_LDADD = $(LINK_GCP)

UNIT += tests/unit/test_gcp_build_failure
tests_unit_test_gcp_build_failure_SOURCES = tests/unit/test_gcp_build_failure.c tests/lib/test.h
tests_unit_test_gcp_build_failure_LDADD = $(LINK_GCP)
REPLAY += tests/fuzz/replay_build_failure
tests_fuzz_replay_build_failure_SOURCES = tests/fuzz/fuzz_build_failure.c tests/fuzz/replay.c
tests_fuzz_replay_build_failure_LDADD = $(GCP)
EXTRA_DIST += \
    tests/fuzz/corpus/build_failure/bytes tests/fuzz/corpus/build_failure/cancelled \
    tests/fuzz/corpus/build_failure/denied tests/fuzz/corpus/build_failure/expired \
    tests/fuzz/corpus/build_failure/prefix tests/fuzz/corpus/build_failure/run tests/fuzz/corpus/build_failure/types
REPLAY += tests/fuzz/replay_api_error
tests_fuzz_replay_api_error_SOURCES = tests/fuzz/fuzz_api_error.c tests/fuzz/replay.c
tests_fuzz_replay_api_error_LDADD = $(GCP)
EXTRA_DIST += \
    tests/fuzz/corpus/api_error/array tests/fuzz/corpus/api_error/control tests/fuzz/corpus/api_error/disabled \
    tests/fuzz/corpus/api_error/empty \
    tests/fuzz/corpus/api_error/expired tests/fuzz/corpus/api_error/kubernetes tests/fuzz/corpus/api_error/long \
    tests/fuzz/corpus/api_error/noclose tests/fuzz/corpus/api_error/oauth tests/fuzz/corpus/api_error/operation \
    tests/fuzz/corpus/api_error/page tests/fuzz/corpus/api_error/permission tests/fuzz/corpus/api_error/storage \
    tests/fuzz/corpus/api_error/text tests/fuzz/corpus/api_error/types tests/fuzz/corpus/api_error/violation
UNIT += tests/unit/test_gcp_auth_external_aws
tests_unit_test_gcp_auth_external_aws_SOURCES = tests/unit/test_gcp_auth_external_aws.c $(FAKE_HTTP)
tests_unit_test_gcp_auth_external_aws_LDADD = $(LINK_GCP)
tests_unit_test_gcp_auth_external_SOURCES = tests/unit/test_gcp_auth_external.c $(FAKE_HTTP)
tests_unit_test_gcp_auth_external_LDADD = $(LINK_GCP)
tests_unit_test_gcp_token_cache_SOURCES = tests/unit/test_gcp_token_cache.c tests/lib/test.h
tests_unit_test_gcp_token_cache_LDADD = $(LINK_GCP)


REPLAY += tests/fuzz/replay_credential
tests_fuzz_replay_credential_SOURCES = tests/fuzz/fuzz_credential.c tests/fuzz/replay.c
tests_fuzz_replay_credential_LDADD = $(GCP)
EXTRA_DIST += \
    tests/fuzz/corpus/credential/client tests/fuzz/corpus/credential/elsewhere tests/fuzz/corpus/credential/empty \
    tests/fuzz/corpus/credential/external_user tests/fuzz/corpus/credential/gdch \
    tests/fuzz/corpus/credential/impersonated tests/fuzz/corpus/credential/reply_break \
    tests/fuzz/corpus/credential/service_account_bad_key tests/fuzz/corpus/credential/token \
    tests/fuzz/corpus/credential/user tests/fuzz/corpus/credential/user_clock tests/fuzz/corpus/credential/user_rapt \
    tests/fuzz/corpus/credential/user_stars
tests_unit_test_gcp_endpoints_SOURCES = tests/unit/test_gcp_endpoints.c $(FAKE_HTTP)
tests_unit_test_gcp_endpoints_LDADD = $(LINK_GCP)



REPLAY += tests/fuzz/replay_login
tests_fuzz_replay_login_SOURCES = tests/fuzz/fuzz_login.c tests/fuzz/replay.c
tests_fuzz_replay_login_LDADD = $(GCP)
EXTRA_DIST += \
    tests/fuzz/corpus/login/client tests/fuzz/corpus/login/client_control tests/fuzz/corpus/login/client_cut \
    tests/fuzz/corpus/login/client_evil tests/fuzz/corpus/login/client_key tests/fuzz/corpus/login/client_old \
    tests/fuzz/corpus/login/client_web tests/fuzz/corpus/login/query tests/fuzz/corpus/login/query_denied \
    tests/fuzz/corpus/login/query_empty tests/fuzz/corpus/login/query_mark tests/fuzz/corpus/login/query_other \
    tests/fuzz/corpus/login/query_percent tests/fuzz/corpus/login/query_text tests/fuzz/corpus/login/query_twice \
    tests/fuzz/corpus/login/query_url

REPLAY += tests/fuzz/replay_exec_reply
tests_fuzz_replay_exec_reply_SOURCES = tests/fuzz/fuzz_exec_reply.c tests/fuzz/replay.c
tests_fuzz_replay_exec_reply_LDADD = $(GCP)
EXTRA_DIST += \
    tests/fuzz/corpus/exec_reply/empty tests/fuzz/corpus/exec_reply/ended tests/fuzz/corpus/exec_reply/failed \
    tests/fuzz/corpus/exec_reply/id_token tests/fuzz/corpus/exec_reply/jwt tests/fuzz/corpus/exec_reply/saml \
    tests/fuzz/corpus/exec_reply/saml_as_id tests/fuzz/corpus/exec_reply/text tests/fuzz/corpus/exec_reply/types \
    tests/fuzz/corpus/exec_reply/version

REPLAY += tests/fuzz/replay_gcp_reply
tests_fuzz_replay_gcp_reply_SOURCES = tests/fuzz/fuzz_gcp_reply.c tests/fuzz/replay.c
tests_fuzz_replay_gcp_reply_LDADD = $(GCP)
EXTRA_DIST += \
    tests/fuzz/corpus/gcp_reply/account_get tests/fuzz/corpus/gcp_reply/account_may_act \
    tests/fuzz/corpus/gcp_reply/billing_get tests/fuzz/corpus/gcp_reply/bucket_ensure \
    tests/fuzz/corpus/gcp_reply/bucket_foreign tests/fuzz/corpus/gcp_reply/bucket_made \
    tests/fuzz/corpus/gcp_reply/build_account tests/fuzz/corpus/gcp_reply/build_cancel \
    tests/fuzz/corpus/gcp_reply/build_create tests/fuzz/corpus/gcp_reply/build_create_lost \
    tests/fuzz/corpus/gcp_reply/build_get tests/fuzz/corpus/gcp_reply/build_wait \
    tests/fuzz/corpus/gcp_reply/build_wait_failed tests/fuzz/corpus/gcp_reply/build_wait_logging \
    tests/fuzz/corpus/gcp_reply/iam_test tests/fuzz/corpus/gcp_reply/iamcredentials \
    tests/fuzz/corpus/gcp_reply/iamcredentials_denied tests/fuzz/corpus/gcp_reply/iamcredentials_identity \
    tests/fuzz/corpus/gcp_reply/logging_list tests/fuzz/corpus/gcp_reply/login_finish \
    tests/fuzz/corpus/gcp_reply/login_revoke tests/fuzz/corpus/gcp_reply/metadata \
    tests/fuzz/corpus/gcp_reply/metadata_get tests/fuzz/corpus/gcp_reply/metadata_identity \
    tests/fuzz/corpus/gcp_reply/oauth tests/fuzz/corpus/gcp_reply/oauth_identity \
    tests/fuzz/corpus/gcp_reply/oauth_later tests/fuzz/corpus/gcp_reply/oauth_refused \
    tests/fuzz/corpus/gcp_reply/object_copy tests/fuzz/corpus/gcp_reply/object_delete \
    tests/fuzz/corpus/gcp_reply/object_get tests/fuzz/corpus/gcp_reply/operation tests/fuzz/corpus/gcp_reply/page \
    tests/fuzz/corpus/gcp_reply/permission tests/fuzz/corpus/gcp_reply/policy_get \
    tests/fuzz/corpus/gcp_reply/project_get tests/fuzz/corpus/gcp_reply/project_policy \
    tests/fuzz/corpus/gcp_reply/project_regions tests/fuzz/corpus/gcp_reply/project_test \
    tests/fuzz/corpus/gcp_reply/registry_digest tests/fuzz/corpus/gcp_reply/registry_ensure \
    tests/fuzz/corpus/gcp_reply/registry_format tests/fuzz/corpus/gcp_reply/run_create \
    tests/fuzz/corpus/gcp_reply/run_create_lost tests/fuzz/corpus/gcp_reply/run_delete \
    tests/fuzz/corpus/gcp_reply/run_get tests/fuzz/corpus/gcp_reply/run_list tests/fuzz/corpus/gcp_reply/run_patch \
    tests/fuzz/corpus/gcp_reply/run_revisions tests/fuzz/corpus/gcp_reply/run_wait \
    tests/fuzz/corpus/gcp_reply/run_wait_failed tests/fuzz/corpus/gcp_reply/services_enable \
    tests/fuzz/corpus/gcp_reply/services_get tests/fuzz/corpus/gcp_reply/set_public \
    tests/fuzz/corpus/gcp_reply/set_public_conflict tests/fuzz/corpus/gcp_reply/sts \
    tests/fuzz/corpus/gcp_reply/sts_aws tests/fuzz/corpus/gcp_reply/sts_refused tests/fuzz/corpus/gcp_reply/sts_user \
    tests/fuzz/corpus/gcp_reply/upload tests/fuzz/corpus/gcp_reply/upload_asked \
    tests/fuzz/corpus/gcp_reply/upload_exists tests/fuzz/corpus/gcp_reply/upload_gone \
    tests/fuzz/corpus/gcp_reply/upload_odd_range

REPLAY += tests/fuzz/replay_token_cache
tests_fuzz_replay_token_cache_SOURCES = tests/fuzz/fuzz_token_cache.c tests/fuzz/replay.c
tests_fuzz_replay_token_cache_LDADD = $(GCP)
EXTRA_DIST += \
    tests/fuzz/corpus/token_cache/array tests/fuzz/corpus/token_cache/cut tests/fuzz/corpus/token_cache/empty \
    tests/fuzz/corpus/token_cache/far tests/fuzz/corpus/token_cache/good tests/fuzz/corpus/token_cache/other \
    tests/fuzz/corpus/token_cache/soon tests/fuzz/corpus/token_cache/space tests/fuzz/corpus/token_cache/twice \
    tests/fuzz/corpus/token_cache/types
