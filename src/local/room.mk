# local: the local platform, a program of its own. Shares base and the limits' data with crdeploy, no code path.
noinst_LIBRARIES += liblocal.a
liblocal_a_SOURCES =

# The half that builds images, runs containers and stands at the door.
liblocal_a_SOURCES += \
    src/local/aptconf.c src/local/aptconf.h \
    src/local/baseimage.c src/local/baseimage.h src/local/dockerfile.c \
    src/local/ingress.c src/local/ingress.h src/local/ingress_loop.h \
    src/local/ingress_answer.c src/local/ingress_conn.c src/local/ingress_queue.c \
    src/local/ingress_head.c src/local/ingress_head.h \
    src/local/ingress_route.c src/local/ingress_route.h \
    src/local/instances.c src/local/instances.h src/local/instance_start.c src/local/instance_start.h \
    src/local/log.c src/local/log.h \
    src/local/revision.c src/local/revision.h src/local/probe.c \
    src/local/runtime.c src/local/runtime.h \
    src/local/runtime_docker.c \
    src/local/runtime_engine.c src/local/runtime_engine.h \
    src/local/runtime_exec.c src/local/runtime_exec.h \
    src/local/runtime_none.c src/local/runtime_none.h \
    src/local/runtime_podman.c src/local/runtime_podman.h src/local/runtime_podman_choose.c \
    src/local/unpack.c src/local/unpack.h
