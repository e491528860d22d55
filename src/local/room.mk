# local: the local platform, a program of its own. Shares base and the limits' data with crdeploy, no code path.
noinst_LIBRARIES += liblocal.a
liblocal_a_SOURCES =

# The half that builds images, runs containers and stands at the door.
liblocal_a_SOURCES += \
    src/local/aptconf.c src/local/aptconf.h \
    src/local/baseimage.c src/local/baseimage.h src/local/dockerfile.c \
    src/local/log.c src/local/log.h \
    src/local/runtime.c src/local/runtime.h \
    src/local/runtime_docker.c \
    src/local/runtime_engine.c src/local/runtime_engine.h \
    src/local/runtime_exec.c src/local/runtime_exec.h \
    src/local/runtime_none.c src/local/runtime_none.h \
    src/local/runtime_podman.c src/local/runtime_podman.h src/local/runtime_podman_choose.c
