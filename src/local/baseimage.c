#include "local/baseimage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "local/aptconf.h"
#include "local/say.h"

#define PULL_MS 10000         /* to hear from a registry at all */
#define SILENT_MS (60 * 1000) /* and how long one that did not answer is left alone */

/* NAME@DIGEST of NAME:TAG@DIGEST, which podman's older commands do not take; else the image as it is. New. */
static char *plain(const char *image)
{
    const char *at = strchr(image, '@'), *slash = strrchr(image, '/');
    const char *colon = strchr(slash ? slash : image, ':');

    return at && colon && colon < at ? cr_format("%.*s%s", (int)(colon - image), image, at) : cr_strdup(image);
}

static bool is_here(const struct local_engine *e, const char *image)
{
    CR_AUTO_FREE char *name = plain(image);
    LOCAL_AUTO_ARGS struct local_args a = {0};
    struct cr_error absent = {0};

    local_engine_args(e, &a);
    local_args_all(&a, (const char *const[]){"image", "inspect", "--format", "{{.Id}}", name, NULL});
    return local_exec_text(&a, 60000, NULL, &absent) == 0;
}

/* Whether the registry answers is asked with a short limit, by fetching only what describes the image; the layers may
 * then take their time. */
static int pull(const struct local_engine *e, const char *image, int log_fd, _Atomic pid_t *group, struct cr_error *err)
{
    CR_AUTO_FREE char *name = plain(image);
    LOCAL_AUTO_ARGS struct local_args ask = {0}, get = {0};
    int status;

    local_engine_args(e, &ask);
    local_args_all(&ask, (const char *const[]){"manifest", "inspect", name, NULL});
    if (local_exec_text(&ask, PULL_MS, NULL, err) < 0)
        return -1;
    local_engine_args(e, &get);
    local_args_all(&get, (const char *const[]){"pull", name, NULL});
    if (local_exec_log(&get, NULL, log_fd, e->marks, group, &status, err) < 0)
        return -1;
    return status == 0 ? 0 : cr_fail(err, CR_E_BUILD, "pulling '%s' ended with status %d", image, status);
}

/* NAME:TAG of NAME:TAG@DIGEST; new, or NULL when no digest is named. */
static char *without_digest(const char *image)
{
    const char *at = strchr(image, '@');

    return at ? cr_strndup(image, (size_t)(at - image)) : NULL;
}

/* SUITE of debian:SUITE-slim, with or without the registry's name; new, or NULL. */
static char *debian_suite(const char *image)
{
    const char *name = image;
    size_t n;

    if (strncmp(name, "docker.io/", 10) == 0)
        name += 10;
    if (strncmp(name, "library/", 8) == 0)
        name += 8;
    n = strlen(name);
    if (strncmp(name, "debian:", 7) != 0 || n <= 12 || strcmp(name + n - 5, "-slim") != 0)
        return NULL;
    name += 7;
    n -= 12;
    for (size_t i = 0; i < n; i++)
        if (name[i] < 'a' || name[i] > 'z')
            return NULL;
    return cr_strndup(name, n);
}

static void source_args(struct local_args *a, const struct local_apt *apt, const char *suite)
{
    if (!*apt->mirror)
        return; /* the tool's own default */
    local_args_addf(a, "deb %s %s main", apt->mirror, suite);
    if (strcmp(suite, "sid") == 0 || strcmp(suite, "unstable") == 0)
        return;
    local_args_addf(a, "deb %s %s-updates main", apt->mirror, suite);
    if (*apt->security)
        local_args_addf(a, "deb %s %s-security main", apt->security, suite);
}

/* minbase without documentation and translations, as the published slim images are. */
static int mmdebstrap(const struct local_engine *e, const struct local_apt *apt, const char *suite, const char *tar,
                      int log_fd, _Atomic pid_t *group, int *status, struct cr_error *err)
{
    static const char *const without[] = {"/usr/share/man/*",     "/usr/share/info/*",  "/usr/share/groff/*",
                                          "/usr/share/lintian/*", "/usr/share/linda/*", "/usr/share/locale/*",
                                          "/usr/share/doc/*"};
    CR_AUTO_FREE char *conf = cr_format("%s/apt-options", e->state_dir);
    LOCAL_AUTO_ARGS struct local_args a = {0};

    if (cr_file_write(conf, apt->options, strlen(apt->options), 0600, err) < 0)
        return -1;
    local_args_all(&a, (const char *const[]){"mmdebstrap", "--variant=minbase", "--format=tar", NULL});
    if (*apt->options)
        local_args_addf(&a, "--aptopt=%s", conf); /* a file, since a proxy's address may hold a password */
    for (size_t i = 0; i < CR_LEN(without); i++)
        local_args_addf(&a, "--dpkgopt=path-exclude=%s", without[i]);
    local_args_add(&a, "--dpkgopt=path-include=/usr/share/doc/*/copyright");
    if (strncmp(apt->mirror, "https:", 6) == 0)
        local_args_add(&a, "--include=ca-certificates");
    if (*apt->ca_file && strspn(apt->ca_file, "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
                             strlen(apt->ca_file))
        local_args_addf(&a, "--customize-hook=mkdir -p \"$1\"$(dirname %s) && cp %s \"$1\"%s", apt->ca_file,
                        apt->ca_file, apt->ca_file);
    local_args_all(&a, (const char *const[]){suite, tar, NULL});
    source_args(&a, apt, suite);
    return local_exec_log(&a, NULL, log_fd, e->marks, group, status, err);
}

static int debootstrap(const struct local_engine *e, const struct local_apt *apt, const char *suite, const char *tar,
                       int log_fd, _Atomic pid_t *group, int *status, struct cr_error *err)
{
    CR_AUTO_FREE char *root = cr_format("%s.root", tar);
    LOCAL_AUTO_ARGS struct local_args a = {0}, pack = {0};
    int rc;

    local_args_all(&a, (const char *const[]){"debootstrap", "--variant=minbase", suite, root,
                                             *apt->mirror ? apt->mirror : NULL, NULL});
    local_args_all(&pack,
                   (const char *const[]){"tar", "--numeric-owner", "--one-file-system", "-C", root,
                                         "--exclude=./var/cache/apt/archives/*.deb", "--exclude=./usr/share/man/*",
                                         "--exclude=./usr/share/locale/*", "-cf", tar, ".", NULL});
    rc = local_exec_log(&a, NULL, log_fd, e->marks, group, status, err);
    if (rc == 0 && *status == 0)
        rc = local_exec_log(&pack, NULL, log_fd, e->marks, group, status, err);
    if (cr_dir_remove(root, err) < 0)
        rc = -1;
    return rc;
}

static int import_tar(const struct local_engine *e, const char *tar, const char *suite, struct cr_error *err)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};

    local_engine_args(e, &a);
    local_args_all(&a, (const char *const[]){"import", "--change=CMD [\"bash\"]", tar, NULL});
    local_args_addf(&a, "docker.io/library/debian:%s-slim", suite);
    return local_exec_text(&a, 300000, NULL, err);
}

static int make_debian(const struct local_engine *e, const char *suite, int log_fd, _Atomic pid_t *group,
                       struct cr_error *err)
{
    CR_AUTO_FREE char *tar = cr_format("%s/base-%s.tar", e->state_dir, suite);
    bool fast = local_exec_found("mmdebstrap");
    struct local_apt apt;
    int status = 0, rc;

    if (!fast && !local_exec_found("debootstrap")) {
        cr_fail(err, CR_E_BUILD, "no registry answers, and debian:%s-slim cannot be made here", suite);
        return cr_hint(err, "apt-get install mmdebstrap");
    }
    if (local_apt_read(&apt, err) < 0)
        return -1;
    local_say(log_fd,
              "No registry answers: making debian:%s-slim from Debian's packages%s%s (once, well under a minute)\n",
              suite, *apt.mirror ? " at " : "", apt.mirror);
    rc = (fast ? mmdebstrap : debootstrap)(e, &apt, suite, tar, log_fd, group, &status, err);
    if (rc == 0 && status != 0) {
        cr_fail(err, CR_E_BUILD, "making debian:%s-slim failed: %s ended with status %d", suite,
                fast ? "mmdebstrap" : "debootstrap", status);
        rc = cr_hint(err, "see that a registry or apt's mirror%s%s can be reached from here: apt-get update",
                     *apt.mirror ? " " : "", apt.mirror);
    }
    if (rc == 0)
        rc = import_tar(e, tar, suite, err);
    local_apt_clear(&apt);
    unlink(tar);
    return rc;
}

/* A registry that did not answer a moment ago is not waited for again: a build has several steps. */
static bool try_pull(struct local_engine *e, const char *image, int log_fd, _Atomic pid_t *group, struct cr_error *why)
{
    bool silent;

    pthread_mutex_lock(&e->lock);
    silent = e->silent_until_ms > cr_now_ms();
    pthread_mutex_unlock(&e->lock);
    if (silent) {
        cr_fail(why, CR_E_BUILD, "no registry answered a moment ago");
        return false;
    }
    local_say(log_fd, "Pulling base image %s\n", image);
    if (pull(e, image, log_fd, group, why) == 0)
        return true;
    pthread_mutex_lock(&e->lock);
    e->silent_until_ms = cr_now_ms() + SILENT_MS;
    pthread_mutex_unlock(&e->lock);
    return false;
}

/* Of a registry that answers, and does not have the image. */
static bool is_refusal(const char *msg)
{
    return strstr(msg, "manifest unknown") || strstr(msg, "not found: manifest");
}

/* *tag: the image to use in place of one that is named by its digest; new, or NULL: the image itself. */
static int ensure(struct local_engine *e, const char *image, int log_fd, _Atomic pid_t *group, char **tag,
                  struct cr_error *err)
{
    CR_AUTO_FREE char *name = without_digest(image), *suite = debian_suite(name ? name : image);
    struct cr_error why = {0};

    *tag = NULL;
    if (is_here(e, image) || try_pull(e, image, log_fd, group, &why))
        return 0;
    if (!suite || (name && is_refusal(why.msg))) {
        local_say(log_fd, "%s\n", why.msg);
        cr_fail(err, CR_E_BUILD, "base image '%s' is not here and cannot be pulled: %s", image, why.msg);
        return cr_hint(err, suite ? "lock the digest that the tag has now: crdeploy lock --update-base"
                                  : "start from debian:trixie-slim, which can be made without a registry");
    }
    if (name)
        local_say(log_fd,
                  "No registry answers: %s is made from Debian's packages here, its digest is not the locked one\n",
                  name);
    if ((!name || !is_here(e, name)) && make_debian(e, suite, log_fd, group, err) < 0)
        return -1;
    *tag = CR_STEAL(name);
    return 0;
}

/* Every place of `from` in the text gives way to `to`, which is not longer. */
static void replace(char *text, const char *from, const char *to)
{
    size_t f = strlen(from), t = strlen(to);

    for (char *p = text; (p = strstr(p, from)); p += t) {
        memcpy(p, to, t);
        memmove(p + t, p + f, strlen(p + f) + 1);
    }
}

static int ensure_all(struct local_engine *e, char *list, int log_fd, _Atomic pid_t *group, char *text, bool *changed,
                      struct cr_error *err)
{
    char *image;

    *changed = false;
    while ((image = strsep(&list, "\n"))) {
        CR_AUTO_FREE char *tag = NULL;

        if (*image && ensure(e, image, log_fd, group, &tag, err) < 0)
            return -1;
        if (tag)
            replace(text, image, tag);
        *changed |= tag != NULL;
    }
    return 0;
}

static int write_copy(const struct local_engine *e, const char *text, char **copy, struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_format("%s/Dockerfile.XXXXXX", e->state_dir);
    CR_AUTO_FD int fd = mkostemp(path, O_CLOEXEC);

    if (fd < 0)
        return cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(errno));
    if (cr_file_write(path, text, strlen(text), 0600, err) < 0) {
        unlink(path);
        return -1;
    }
    *copy = CR_STEAL(path);
    return 0;
}

int local_baseimage_ensure(struct local_engine *e, const struct local_build *b, int log_fd, _Atomic pid_t *group,
                           char **copy, struct cr_error *err)
{
    CR_AUTO_FREE char *file = cr_path_join(b->dir, b->dockerfile ? b->dockerfile : "Dockerfile"), *text = NULL;
    CR_AUTO_FREE char *lock_path = cr_path_join(e->state_dir, "baseimage.lock");
    CR_AUTO_STR struct cr_str list = CR_STR_INIT(65536);
    CR_AUTO_FD int lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool changed;

    *copy = NULL;
    if (cr_file_read(file, 1 << 20, &text, NULL, err) < 0)
        return cr_fail(err, CR_E_BUILD, "unable to evaluate symlinks in Dockerfile path: '%s' is not in the context",
                       b->dockerfile ? b->dockerfile : "Dockerfile");
    if (local_baseimage_froms(text, b->build_args, &list, err) < 0)
        return -1;
    if (lock < 0 || flock(lock, LOCK_EX) < 0)
        return cr_fail(err, CR_E_IO, "cannot lock '%s': %s", lock_path, strerror(errno));
    if (ensure_all(e, list.buf, log_fd, group, text, &changed, err) < 0)
        return -1;
    return changed ? write_copy(e, text, copy, err) : 0;
}
