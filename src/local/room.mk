# local: the local platform, a program of its own. Shares base and the limits' data with crdeploy, no code path.
noinst_LIBRARIES += liblocal.a
liblocal_a_SOURCES =

# The half that speaks Google's protocols.
liblocal_a_SOURCES += \
    src/local/api.h src/local/api_build.c src/local/api_compose.c \
    src/local/api_iam.c src/local/api_knative.c src/local/api_knative_write.c src/local/knative.h src/local/api_load.c src/local/api_local.c src/local/api_logging.c \
    src/local/api_operation.c src/local/api_project.c src/local/api_registry.c src/local/api_revision.c \
    src/local/api_run.c src/local/api_iamcredentials.c src/local/api_metadata.c src/local/api_oauth.c \
    src/local/api_storage.c src/local/api_sts.c src/local/api_token.c src/local/api_upload.c \
    src/local/aws_verify.c src/local/aws_verify.h \
    src/local/authority.c src/local/authority.h src/local/caller.c src/local/caller.h \
    src/local/bearer.c src/local/bearer.h \
    src/local/build_filter.c src/local/build_filter.h \
    src/local/build_check.c src/local/build_check.h src/local/build_job.h src/local/build_logs.c \
    src/local/build_prefix.c src/local/build_prefix.h \
    src/local/build_recover.c src/local/build_run.c src/local/build_run.h src/local/build_work.c \
    src/local/pushed.c src/local/pushed.h src/local/image_config.c src/local/image_config.h src/local/api_docker.c \
    src/local/say.c src/local/say.h \
    src/local/build_step.c src/local/build_step.h \
    src/local/daemon_file.c src/local/daemon_file.h \
    src/local/fault.c src/local/fault.h \
    src/local/load.c src/local/load.h \
    src/local/local.c src/local/local.h \
    src/local/log_filter.c src/local/log_filter.h \
    src/local/message.c src/local/message.h \
    src/local/object.c src/local/object.h \
    src/local/page.c src/local/page.h \
    src/local/peer.c src/local/peer.h \
    src/local/project_faults.c src/local/project_faults.h \
    src/local/range.c src/local/range.h \
    src/local/respond.c src/local/respond.h \
    src/local/route.c src/local/json_text.h src/local/route.h src/local/routes.c \
    src/local/run_defaults.c src/local/run_limits.c src/local/run_limits_text.c \
    src/local/run_host.c src/local/run_host.h \
    src/local/run_shape.c src/local/run_serve.c src/local/run_serve.h \
    src/local/run_spec.c src/local/run_spec.h \
    src/local/run_write.c src/local/run_write.h \
    src/local/seed.c src/local/seed.h \
    src/local/schema.c src/local/schema.h src/local/schema_build.c src/local/schema_more.c src/local/schema_run.c \
    src/local/server.c src/local/server.h \
    src/local/store.c src/local/store.h \
    src/local/token_assertion.c \
    src/local/token_form.c src/local/token_form.h \
    src/local/token_jwt.c src/local/token_jwt.h \
    src/local/token_store.c src/local/token_store.h \
    src/local/resumable.c src/local/multipart.c src/local/multipart.h

# The half that builds images, runs containers and stands at the door.
liblocal_a_SOURCES += \
    src/local/aptconf.c src/local/aptconf.h \
    src/local/baseimage.c src/local/baseimage.h src/local/dockerfile.c \
    src/local/ingress.c src/local/ingress.h src/local/ingress_loop.h \
    src/local/ingress_answer.c src/local/ingress_log.c src/local/ingress_conn.c src/local/ingress_io.c src/local/ingress_queue.c \
    src/local/ingress_head.c src/local/ingress_head.h \
    src/local/ingress_route.c src/local/ingress_route.h \
    src/local/instances.c src/local/instances.h src/local/instances_set.h src/local/instances_liveness.c \
    src/local/netns.c src/local/netns.h src/local/build_isolation.c src/local/build_isolation.h src/local/instance_start.c src/local/instance_start.h \
    src/local/revision_log.c src/local/revision_log.h \
    src/local/revision.c src/local/revision.h src/local/probe.c \
    src/local/run_outcome.c src/local/run_outcome.h src/local/cgroup_memory.c src/local/cgroup_memory.h src/local/start_report.c src/local/start_report.h \
    src/local/runroot.c src/local/runroot.h \
    src/local/runtime.c src/local/runtime.h \
    src/local/runtime_docker.c \
    src/local/runtime_engine.c src/local/runtime_engine.h \
    src/local/runtime_exec.c src/local/runtime_exec.h \
    src/local/runtime_none.c src/local/runtime_none.h \
    src/local/runtime_podman.c src/local/runtime_podman.h src/local/runtime_podman_choose.c \
    src/local/beneath.c src/local/beneath.h src/local/unpack.c src/local/unpack.h

# Unit tests of the protocols: handlers in process, over a platform of their own with the runtime `none`.
check_PROGRAMS += tests/lib/tiny_server
tests_lib_tiny_server_SOURCES = tests/lib/tiny_server.c
tests_lib_tiny_server_LDADD =
# What fails in the ways a canary may, and who asks it all the time.
check_PROGRAMS += tests/lib/canary_server tests/lib/load_client
tests_lib_canary_server_SOURCES = tests/lib/canary_server.c
tests_lib_canary_server_LDADD = -lpthread
tests_lib_load_client_SOURCES = tests/lib/load_client.c
tests_lib_load_client_LDADD = $(LOCAL)
LOCAL_CALL = tests/lib/local_call.c tests/lib/local_call.h tests/lib/test.h
UNIT += tests/unit/test_local_build_step
tests_unit_test_local_build_step_SOURCES = tests/unit/test_local_build_step.c tests/lib/test.h
tests_unit_test_local_build_step_LDADD = $(LOCAL) $(CMOCKA_LIBS)
UNIT += tests/unit/test_local_runroot
tests_unit_test_local_runroot_SOURCES = tests/unit/test_local_runroot.c tests/lib/test.h
tests_unit_test_local_runroot_LDADD = $(LOCAL) $(CMOCKA_LIBS)
UNIT += tests/unit/test_local_log_filter
tests_unit_test_local_log_filter_SOURCES = tests/unit/test_local_log_filter.c tests/lib/test.h
tests_unit_test_local_log_filter_LDADD = $(LOCAL) $(CMOCKA_LIBS)
UNIT += tests/unit/test_local_api_project
tests_unit_test_local_api_project_SOURCES = tests/unit/test_local_api_project.c $(LOCAL_CALL)
tests_unit_test_local_api_project_LDADD = $(LOCAL) $(CMOCKA_LIBS)
UNIT += tests/unit/test_local_api_token
tests_unit_test_local_api_token_SOURCES = tests/unit/test_local_api_token.c tests/lib/token_fixture.h $(LOCAL_CALL)
tests_unit_test_local_api_token_LDADD = $(LOCAL) $(CMOCKA_LIBS)
RAW_HTTP = tests/lib/raw_http.c tests/lib/raw_http.h
UNIT += tests/unit/test_local_caller
tests_unit_test_local_caller_SOURCES = tests/unit/test_local_caller.c $(RAW_HTTP) $(LOCAL_CALL)
tests_unit_test_local_caller_LDADD = $(LOCAL) $(CMOCKA_LIBS)
UNIT += tests/unit/test_local_api_build tests/unit/test_local_api_run tests/unit/test_local_api_storage \
    tests/unit/test_local_load tests/unit/test_local_run_limits tests/unit/test_local_run_shape tests/unit/test_local_route tests/unit/test_local_schema tests/unit/test_local_store
tests_unit_test_local_api_build_SOURCES = tests/unit/test_local_api_build.c $(LOCAL_CALL)
tests_unit_test_local_api_build_LDADD = $(LOCAL) $(CMOCKA_LIBS)
tests_unit_test_local_route_SOURCES = tests/unit/test_local_route.c $(LOCAL_CALL)
tests_unit_test_local_route_LDADD = $(LOCAL) $(CMOCKA_LIBS)
tests_unit_test_local_api_run_SOURCES = tests/unit/test_local_api_run.c $(LOCAL_CALL)
tests_unit_test_local_api_run_LDADD = $(LOCAL) $(CMOCKA_LIBS)
tests_unit_test_local_schema_SOURCES = tests/unit/test_local_schema.c $(LOCAL_CALL)
tests_unit_test_local_schema_LDADD = $(LOCAL) $(CMOCKA_LIBS)
tests_unit_test_local_api_storage_SOURCES = tests/unit/test_local_api_storage.c $(LOCAL_CALL)
tests_unit_test_local_api_storage_LDADD = $(LOCAL) $(CMOCKA_LIBS)
tests_unit_test_local_load_SOURCES = tests/unit/test_local_load.c tests/lib/v1_form.c tests/lib/v1_form.h $(LOCAL_CALL)
tests_unit_test_local_load_LDADD = $(LOCAL) $(CMOCKA_LIBS)
tests_unit_test_local_run_limits_SOURCES = tests/unit/test_local_run_limits.c tests/lib/test.h tests/lib/tuples.c \
    tests/lib/tuples.h
tests_unit_test_local_run_limits_LDADD = $(LOCAL) $(CMOCKA_LIBS)
tests_unit_test_local_run_shape_SOURCES = tests/unit/test_local_run_shape.c $(LOCAL_CALL)
tests_unit_test_local_run_shape_LDADD = $(LOCAL) $(CMOCKA_LIBS)
tests_unit_test_local_store_SOURCES = tests/unit/test_local_store.c tests/lib/test.h
tests_unit_test_local_store_LDADD = $(LOCAL) $(CMOCKA_LIBS)

REPLAY += tests/fuzz/replay_local_request
tests_fuzz_replay_local_request_SOURCES = tests/fuzz/fuzz_local_request.c tests/fuzz/replay.c
tests_fuzz_replay_local_request_LDADD = $(LOCAL)
EXTRA_DIST += \
    tests/fuzz/corpus/local_request/build tests/fuzz/corpus/local_request/deep \
    tests/fuzz/corpus/local_request/object tests/fuzz/corpus/local_request/probe \
    tests/fuzz/corpus/local_request/service tests/fuzz/corpus/local_request/traffic \
    tests/fuzz/corpus/local_request/upload

EXTRA_DIST += tests/integration/local.bash
INTEGRATION += tests/integration/faults.bats tests/integration/local_api.bats tests/integration/split.bats tests/integration/gradual.bats
UNIT += tests/unit/test_local_image_config
tests_unit_test_local_image_config_SOURCES = tests/unit/test_local_image_config.c tests/lib/test.h
tests_unit_test_local_image_config_LDADD = $(LOCAL) $(CMOCKA_LIBS)
UNIT += tests/unit/test_local_ingress tests/unit/test_local_ingress_head tests/unit/test_local_instances tests/unit/test_local_unpack
LOCAL_FIXTURE = tests/lib/local_fixture.c tests/lib/local_fixture.h tests/lib/test.h
INGRESS_FIXTURE = tests/lib/ingress_fixture.c tests/lib/ingress_fixture.h $(RAW_HTTP) $(LOCAL_FIXTURE)
tests_unit_test_local_ingress_SOURCES = tests/unit/test_local_ingress.c $(INGRESS_FIXTURE)
tests_unit_test_local_ingress_LDADD = $(LOCAL) $(CMOCKA_LIBS)
UNIT += tests/unit/test_local_ingress_conn tests/unit/test_local_server
tests_unit_test_local_ingress_conn_SOURCES = tests/unit/test_local_ingress_conn.c $(INGRESS_FIXTURE)
tests_unit_test_local_ingress_conn_LDADD = $(LOCAL) $(CMOCKA_LIBS)
tests_unit_test_local_server_SOURCES = tests/unit/test_local_server.c $(RAW_HTTP) $(LOCAL_CALL)
tests_unit_test_local_server_LDADD = $(LOCAL) $(CMOCKA_LIBS)
tests_unit_test_local_ingress_head_SOURCES = tests/unit/test_local_ingress_head.c tests/lib/test.h
tests_unit_test_local_ingress_head_LDADD = $(LOCAL) $(CMOCKA_LIBS)
UNIT += tests/unit/test_local_ingress_log
tests_unit_test_local_ingress_log_SOURCES = tests/unit/test_local_ingress_log.c tests/lib/test.h
tests_unit_test_local_ingress_log_LDADD = $(LOCAL) $(CMOCKA_LIBS)
tests_unit_test_local_instances_SOURCES = tests/unit/test_local_instances.c $(LOCAL_FIXTURE)
tests_unit_test_local_instances_LDADD = $(LOCAL) $(CMOCKA_LIBS)
tests_unit_test_local_unpack_SOURCES = tests/unit/test_local_unpack.c tests/lib/test.h
tests_unit_test_local_unpack_LDADD = $(LOCAL) $(CMOCKA_LIBS)

# Programs that those, and the tests with containers, start.
check_PROGRAMS += tests/lib/fixture_server tests/e2e/runtime_tool
tests_lib_fixture_server_SOURCES = tests/lib/fixture_server.c
tests_lib_fixture_server_LDADD = -lpthread
tests_e2e_runtime_tool_SOURCES = tests/e2e/runtime_tool.c
tests_e2e_runtime_tool_LDADD = $(LOCAL)
E2E += tests/e2e/isolation.bats tests/e2e/runtime.bats
EXTRA_DIST += tests/e2e/escape_tool.c

REPLAY += tests/fuzz/replay_ingress_head
tests_fuzz_replay_ingress_head_SOURCES = tests/fuzz/fuzz_ingress_head.c tests/fuzz/replay.c
tests_fuzz_replay_ingress_head_LDADD = $(LOCAL)
EXTRA_DIST += \
    tests/fuzz/corpus/ingress_head/bad-status tests/fuzz/corpus/ingress_head/bare-lf \
    tests/fuzz/corpus/ingress_head/chunked tests/fuzz/corpus/ingress_head/chunks \
    tests/fuzz/corpus/ingress_head/chunks-bad tests/fuzz/corpus/ingress_head/folded \
    tests/fuzz/corpus/ingress_head/get tests/fuzz/corpus/ingress_head/http10 \
    tests/fuzz/corpus/ingress_head/interim tests/fuzz/corpus/ingress_head/no-reason \
    tests/fuzz/corpus/ingress_head/ok tests/fuzz/corpus/ingress_head/post \
    tests/fuzz/corpus/ingress_head/smuggle tests/fuzz/corpus/ingress_head/two-lengths \
    tests/fuzz/corpus/ingress_head/upgrade
UNIT += tests/unit/test_local_api_sts
tests_unit_test_local_api_sts_SOURCES = tests/unit/test_local_api_sts.c tests/lib/token_fixture.h $(LOCAL_CALL)
tests_unit_test_local_api_sts_LDADD = $(LOCAL) $(CMOCKA_LIBS)
