/*
 * runtime.h - what builds images and runs containers for the local platform: podman with buildah, docker, or plain
 * processes for tests. One struct of functions, so that nothing else of the platform knows which it is.
 *
 * Units: memory in bytes, CPU in thousandths of one CPU, times in milliseconds.
 * Threads: build, resolve, start, state and stop may be called from several threads at once.
 * Ownership: what is passed in is borrowed for the call; fixed buffers are filled for the caller.
 * Errors: CR_E_BUILD when the image or the container is at fault, CR_E_IO when this machine is.
 */
#ifndef LOCAL_RUNTIME_H
#define LOCAL_RUNTIME_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define LOCAL_DIGEST 72 /* "sha256:", 64 digits and the NUL */

enum local_runtime_kind {
    LOCAL_RUNTIME_AUTO, /* podman and buildah when they are there, docker when only its engine is */
    LOCAL_RUNTIME_PODMAN,
    LOCAL_RUNTIME_DOCKER,
    LOCAL_RUNTIME_NONE, /* processes; see runtime_none.h for what tests may ask of it */
};

struct local_build {
    const char *dir;               /* the unpacked context */
    const char *dockerfile;        /* path relative to dir; NULL is "Dockerfile" */
    const char *const *tags;       /* full references, NULL-terminated, or NULL; the image can be run by each of them */
    const char *const *build_args; /* "K=V", NULL-terminated, or NULL */
    const char *target;            /* stage to stop at, or NULL */
    const char *output;            /* complete path of a directory that gets the files of the result, or NULL */
    bool no_cache;
};

struct local_start {
    const char *name;       /* unique among what runs: the revision's name and a number */
    const char *image;      /* a reference that build() tagged, or NAME@sha256:DIGEST of one */
    const char *const *env; /* "K=V", NULL-terminated; PORT is set by the runtime, never by the caller */
    const char *const *command, *const *args; /* override ENTRYPOINT and CMD; NULL-terminated, or NULL */
    int64_t cpu_milli, memory_bytes;          /* 0: no limit */
    int port;                                 /* the port the container is told to listen on, as PORT */
    const char *service, *revision;           /* recorded as labels */
    const char *log_path; /* what it prints is appended here, in the form that revision_log.h reads */
};

struct local_container {
    char id[80];
    int port;                /* where it is reached: see local_container_connect() */
    struct local_netns *net; /* its network's namespace, the container's own; NULL: the port is one of 127.0.0.1 */
    pid_t pid;               /* of its first process, as this machine sees it; 0 when unknown */
};

struct local_state {
    bool running;
    int exit_code; /* of one that ended: its status, or 128 + signal */
    bool oom_killed;
};

struct local_runtime {
    const char *name; /* "podman", "docker", "none" */
    bool limits;      /* who exceeds his memory is ended */
    /* What a build's step or a container connects to on 127.0.0.1 is this machine's: whoever takes connections there
     * looks at the peer's process (peer.h). */
    bool shares_loopback;
    const char *note; /* something the user should know once ("CPU and memory limits cannot be set"), or NULL */

    /* Builds, writing the builder's words to log_fd. While a child runs *group is its process group, otherwise 0:
     * whoever cancels sends that group SIGTERM, then SIGKILL. `group` may be NULL. Fails with CR_E_BUILD when the
     * Dockerfile fails. */
    int (*build)(struct local_runtime *rt, const struct local_build *b, int log_fd, _Atomic pid_t *group,
                 char digest[LOCAL_DIGEST], struct cr_error *err);
    /* The digest of an image that is here; CR_E_API "Image '…' not found." when it is not. */
    int (*resolve)(struct local_runtime *rt, const char *image, char digest[LOCAL_DIGEST], struct cr_error *err);
    /* Bytes of all layers of an image that is here, by its digest; 0 when that is not known. */
    int64_t (*size)(struct local_runtime *rt, const char *digest);
    /* The configuration of an image that is here, by its digest (image_config.h), new; NULL when that is not known. */
    json_t *(*config)(struct local_runtime *rt, const char *digest);
    /* Gives an image that is here another name. */
    int (*tag)(struct local_runtime *rt, const char *image, const char *name, struct cr_error *err);
    /* Returns as soon as the container's process runs, not when it listens. */
    int (*start)(struct local_runtime *rt, const struct local_start *s, struct local_container *c,
                 struct cr_error *err);
    int (*state)(struct local_runtime *rt, const struct local_container *c, struct local_state *state,
                 struct cr_error *err);
    /* SIGTERM, SIGKILL after grace_ms, and everything of the container removed but its log. One that is gone is fine.
     */
    int (*stop)(struct local_runtime *rt, const struct local_container *c, int64_t grace_ms, struct cr_error *err);
    /* Removes every container this state directory ever started and that still exists: for a daemon that follows one
     * that was killed. */
    int (*cleanup)(struct local_runtime *rt, struct cr_error *err);
    /* At a daemon's end, when nothing runs any more: removes what is only of use while one runs, and what is mounted.
     * NULL: there is nothing. */
    int (*retire)(struct local_runtime *rt, struct cr_error *err);
    void (*close)(struct local_runtime *rt); /* frees; stops nothing */
};

/* A non-blocking socket that connects, or has connected, to a container; -1 and errno when it was refused at once. */
int local_container_connect(const struct local_container *c);
/* Forgets where it is reached; what runs is left alone. For everything that start() filled, and for every copy of it
 * that local_netns_hold() was called for. */
void local_container_clear(struct local_container *c);

/* Finds what works on this machine by trying, and remembers it in state_dir/runtime.json. `server_program` is what the
 * kind `none` runs; NULL is the installed echo server. Fails with CR_E_IO and the packages to install. */
int local_runtime_open(enum local_runtime_kind kind, const char *state_dir, const char *server_program,
                       struct local_runtime **rt, struct cr_error *err) CR_CHECKED;
/* "auto", "podman", "docker", "none"; CR_E_USAGE otherwise. */
int local_runtime_kind(const char *word, enum local_runtime_kind *kind, struct cr_error *err) CR_CHECKED;
const char *local_runtime_word(enum local_runtime_kind kind);
void local_runtime_closep(struct local_runtime **rt); /* for CR_AUTO */

#endif
