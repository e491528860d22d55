#include "local/runtime.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "local/netns.h"
#include "local/runtime_engine.h"
#include "local/runtime_none.h"

static const char *const words[] = {[LOCAL_RUNTIME_AUTO] = "auto",
                                    [LOCAL_RUNTIME_PODMAN] = "podman",
                                    [LOCAL_RUNTIME_DOCKER] = "docker",
                                    [LOCAL_RUNTIME_NONE] = "none"};

int local_runtime_kind(const char *word, enum local_runtime_kind *kind, struct cr_error *err)
{
    for (size_t i = 0; i < CR_LEN(words); i++) {
        if (strcmp(words[i], word) == 0) {
            *kind = (enum local_runtime_kind)i;
            return 0;
        }
    }
    cr_fail(err, CR_E_USAGE, "unknown runtime '%s'", word);
    return cr_hint(err, "one of: auto, podman, docker, none");
}

const char *local_runtime_word(enum local_runtime_kind kind)
{
    return words[kind];
}

int local_container_connect(const struct local_container *c)
{
    return c->net ? local_netns_connect(c->net, c->port) : local_loopback_connect(c->port);
}

void local_container_clear(struct local_container *c)
{
    local_netns_close(c->net);
    c->net = NULL;
}

/* Podman's own storage does not mix with anybody else's, so it comes first; a docker client without an engine is no
 * docker. */
static int open_auto(const char *state_dir, struct local_runtime **rt, struct cr_error *err)
{
    struct cr_error other = {0};

    if (local_podman_open(state_dir, rt, err) == 0)
        return 0;
    if (local_docker_open(state_dir, rt, &other) < 0)
        return -1; /* what podman lacks is what to install */
    *err = (struct cr_error){0};
    return 0;
}

int local_runtime_open(enum local_runtime_kind kind, const char *state_dir, const char *server_program,
                       struct local_runtime **rt, struct cr_error *err)
{
    if (cr_dir_make(state_dir, 0700, err) < 0)
        return -1;
    switch (kind) {
    case LOCAL_RUNTIME_PODMAN:
        return local_podman_open(state_dir, rt, err);
    case LOCAL_RUNTIME_DOCKER:
        return local_docker_open(state_dir, rt, err);
    case LOCAL_RUNTIME_NONE:
        return local_none_open(state_dir, server_program, rt, err);
    case LOCAL_RUNTIME_AUTO:
        break;
    }
    return open_auto(state_dir, rt, err);
}

void local_runtime_closep(struct local_runtime **rt)
{
    if (*rt)
        (*rt)->close(*rt);
    *rt = NULL;
}
