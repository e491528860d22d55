/*
 * runtime_engine.h - what podman and docker have in common: names by digest, run, look, stop, remove.
 *
 * Images are found by digest through a name of ours, localhost/crdeploy:HEX, because an engine forgets which repository
 * a digest belonged to as soon as the tag moves on. Ownership: the struct owns its texts; local_engine_free() is the
 * runtime's close.
 */
#ifndef LOCAL_RUNTIME_ENGINE_H
#define LOCAL_RUNTIME_ENGINE_H

#include <pthread.h>

#include "local/runtime.h"
#include "local/runtime_exec.h"

struct local_engine {
    struct local_runtime rt; /* first */
    bool podman;
    char *state_dir, *marks; /* marks: the directory of running builds, see runtime_exec.h */
    char *owner;             /* value of our label: tells our containers in an engine shared with others */
    /* What was found by trying (podman only; empty texts are the engine's own defaults). */
    char *runroot; /* podman's run directory, gone after a reboot */
    char *driver, *oci, *network;
    char *isolation;         /* of builds; see build_isolation.h */
    char *subids;            /* whose subordinate ids make the user namespace of a container, or "": there is none */
    bool limits, ulimits;    /* may CPU and memory be limited; must rlimits be lowered by hand */
    bool published;          /* a container's port is published on 127.0.0.1, for want of another way to reach it */
    char *note;              /* what rt.note is, when it is made of parts */
    pthread_mutex_t lock;    /* guards what follows */
    int64_t silent_until_ms; /* no registry answered: none is waited for until then */
    int building;            /* builds that run now */
    unsigned builds;         /* that ever ran */
    bool cut;                /* one failed or was ended, and may have left working containers and temporary files */
};

/* "podman --root …" or "docker": the start of every command line. */
void local_engine_args(const struct local_engine *e, struct local_args *a);
void local_engine_init(struct local_engine *e, const char *name, const char *state_dir);
void local_engine_free(struct local_runtime *rt);

/* The digest of a tag that was just built, and our name for it. */
int local_engine_digest(struct local_engine *e, const char *image, char digest[LOCAL_DIGEST],
                        struct cr_error *err) CR_CHECKED;

int local_engine_cleanup(struct local_runtime *rt, struct cr_error *err) CR_CHECKED; /* runtime.h's cleanup */

/* What podman's builder and docker's take alike, the context last; `copy`: the Dockerfile that local_baseimage_ensure()
 * made, or NULL. */
void local_engine_build_args(struct local_args *a, const struct local_build *b, const char *copy);
/* The end of a build: its status judged, and the digest of its first tag, or "". */
int local_engine_built(struct local_engine *e, const struct local_build *b, int status, char digest[LOCAL_DIGEST],
                       struct cr_error *err) CR_CHECKED;
/* Removes the copy; for CR_AUTO. */
void local_engine_copyp(char **copy);

/* --volume for the machine's own programs, read-only, where they are looked for: for the trials' empty image. */
void local_engine_mount_args(struct local_args *a);

/* --ulimit for a program of the engine that would raise limits beyond ours. */
void local_engine_ulimit_args(struct local_args *a);

/* Arguments of `run` that what was found asks for: rlimits, user namespace, the network and, where one is published,
 * the port; and what every container is denied.
 *
 * Cloud Run documents that a container gets neither setuid programs nor sudo, no mounts and no devices (container
 * contract), so no_new_privs is set; which capabilities it leaves to root inside is not documented. Here they are those
 * with which a server that starts as root can still take a port below 1024, own its files and become another user. An
 * image's own USER has none.
 *
 * The file system is writable, as Cloud Run's is. The user namespace is one of root's engine, and is taken only where
 * the kernel maps a layer's ids while mounting it (5.19, overlay): without, every layer would be copied for the first
 * start, which costs seconds for each GB. A rootless engine's containers are in its user's namespace anyway. */
void local_engine_run_args(const struct local_engine *e, struct local_args *a, int host_port, int port);

/* Fills pid, and where nothing is published the network namespace that the container is reached in; without a process
 * neither, and the port is 0. */
int local_engine_reach(struct local_engine *e, const char *id, struct local_container *c,
                       struct cr_error *err) CR_CHECKED;

/* Each fills e->rt; the first three of local_runtime_open(). */
int local_podman_open(const char *state_dir, struct local_runtime **rt, struct cr_error *err) CR_CHECKED;
int local_docker_open(const char *state_dir, struct local_runtime **rt, struct cr_error *err) CR_CHECKED;

#endif
