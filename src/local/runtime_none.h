/*
 * runtime_none.h - a runtime without containers, for tests of everything around them.
 *
 * An image is a directory, state_dir/images/HEX, that holds a copy of the build's context; its digest is taken over the
 * names and contents of its files. A container is a process: the server program, with PORT and MODEL_DIR (the image's
 * model/, or the image) in its environment and its working directory in the image. CPU and memory limits are not
 * enforced.
 *
 * Of a Dockerfile only this is obeyed, so that tests can steer a build:
 *   LABEL KEY=VALUE...                    in the last stage of "Dockerfile": the image's labels
 *   # crdeploy-local-none: fail [WORDS]     prints WORDS and fails
 *   # crdeploy-local-none: sleep SECONDS    a child that sleeps, which cancelling ends
 *   # crdeploy-local-none: say WORDS        prints WORDS
 */
#ifndef LOCAL_RUNTIME_NONE_H
#define LOCAL_RUNTIME_NONE_H

#include "local/runtime.h"

int local_none_open(const char *state_dir, const char *server_program, struct local_runtime **rt,
                    struct cr_error *err) CR_CHECKED;

#endif
