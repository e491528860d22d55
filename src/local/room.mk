# local: the local platform, a program of its own. Shares base and the limits' data with crdeploy, no code path.
noinst_LIBRARIES += liblocal.a
liblocal_a_SOURCES =

# The half that speaks Google's protocols.
liblocal_a_SOURCES += \
    src/local/api.h src/local/api_build.c src/local/api_iam.c src/local/api_local.c src/local/api_logging.c \
    src/local/api_operation.c src/local/api_registry.c src/local/api_revision.c src/local/api_run.c \
    src/local/api_storage.c src/local/api_token.c \
    src/local/build_filter.c src/local/build_filter.h \
    src/local/build_run.c src/local/build_run.h \
    src/local/build_step.c src/local/build_step.h \
    src/local/daemon_file.c src/local/daemon_file.h \
    src/local/fault.c src/local/fault.h \
    src/local/local.c src/local/local.h \
    src/local/log_filter.c src/local/log_filter.h \
    src/local/message.c src/local/message.h \
    src/local/object.c src/local/object.h \
    src/local/page.c src/local/page.h \
    src/local/peer.c src/local/peer.h \
    src/local/range.c src/local/range.h \
    src/local/respond.c src/local/respond.h \
    src/local/route.c src/local/route.h src/local/routes.c \
    src/local/run_defaults.c src/local/run_limits.c \
    src/local/run_serve.c src/local/run_serve.h \
    src/local/run_spec.c src/local/run_spec.h \
    src/local/schema.c src/local/schema.h src/local/schema_build.c src/local/schema_more.c src/local/schema_run.c \
    src/local/server.c src/local/server.h \
    src/local/store.c src/local/store.h \
    src/local/resumable.c src/local/multipart.c src/local/multipart.h

# The half that builds images, runs containers and stands at the door.
liblocal_a_SOURCES += \
    src/local/aptconf.c src/local/aptconf.h \
    src/local/baseimage.c src/local/baseimage.h src/local/dockerfile.c \
    src/local/ingress.c src/local/ingress.h src/local/ingress_loop.h \
    src/local/ingress_answer.c src/local/ingress_conn.c src/local/ingress_queue.c \
    src/local/ingress_head.c src/local/ingress_head.h \
    src/local/ingress_route.c src/local/ingress_route.h \
    src/local/instances.c src/local/instances.h src/local/instance_start.c src/local/instance_start.h \
    src/local/revision_log.c src/local/revision_log.h \
    src/local/revision.c src/local/revision.h src/local/probe.c \
    src/local/runtime.c src/local/runtime.h \
    src/local/runtime_docker.c \
    src/local/runtime_engine.c src/local/runtime_engine.h \
    src/local/runtime_exec.c src/local/runtime_exec.h \
    src/local/runtime_none.c src/local/runtime_none.h \
    src/local/runtime_podman.c src/local/runtime_podman.h src/local/runtime_podman_choose.c \
    src/local/unpack.c src/local/unpack.h
