#include "local/daemon_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"

int local_lock(const char *state, int *fd, struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_format("%s/lock", state);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (lock < 0)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", path, strerror(errno));
    if (flock(lock, LOCK_EX | LOCK_NB) < 0) {
        close(lock);
        cr_fail(err, CR_E_IO, "a local platform already runs with the state '%s'", state);
        return cr_hint(err,
                       "use it ('crdeploy local status'), stop it ('crdeploy local down'), or choose another directory "
                       "with --state");
    }
    *fd = lock;
    return 0;
}

int local_token(const char *state, char token[LOCAL_TOKEN], struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_format("%s/token", state), *text = NULL;
    struct cr_error missing = {0};
    size_t len = 0;

    if (cr_file_read(path, 4096, &text, &len, &missing) == 0 && len == LOCAL_TOKEN - 1 &&
        strspn(text, "0123456789abcdef") == len) {
        memcpy(token, text, LOCAL_TOKEN);
        return 0;
    }
    local_random(token, LOCAL_TOKEN - 1);
    return cr_file_write(path, token, LOCAL_TOKEN - 1, 0600, err);
}

int local_announce(struct local *l, struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_format("%s/daemon.json", l->state), *url = local_url(l), *text = NULL;
    json_t *doc =
        json_pack("{s:i, s:I, s:s, s:i, s:s, s:s, s:s}", "pid", (int)getpid(), "start_time",
                  (json_int_t)cr_proc_start_time(getpid()), "url", url, "ingress_port", local_ingress_number(l),
                  "token", l->token, "version", CR_VERSION, "runtime", local_runtime_word(l->kind));

    text = cr_oom_check(json_dumps(doc, JSON_INDENT(2)));
    json_decref(doc);
    return cr_file_write(path, text, strlen(text), 0600, err);
}

void local_withdraw(const char *state)
{
    CR_AUTO_FREE char *path = cr_format("%s/daemon.json", state);

    unlink(path);
}
