#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "core/context_read.h"

struct target {
    int fd;
    const char *path;
};

static int put_bytes(void *ud, const void *bytes, size_t n, struct cr_error *err)
{
    const struct target *to = ud;
    const char *at = bytes;

    while (n) {
        ssize_t took = write(to->fd, at, n);

        if (took < 0 && errno == EINTR)
            continue;
        if (took <= 0)
            return cr_fail(err, CR_E_IO, "cannot write '%s': %s", to->path, strerror(errno));
        at += took;
        n -= (size_t)took;
    }
    return 0;
}

static int write_entry(const struct cr_entry *e, const char *dir, struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, e->path);
    CR_AUTO_FD int fd = -1;
    struct target to = {.path = path};

    if (e->kind == CR_ENTRY_DIR) {
        if (mkdir(path, 0755) < 0 || chmod(path, e->mode) < 0)
            return cr_fail(err, CR_E_IO, "cannot make the directory '%s': %s", path, strerror(errno));
        return 0;
    }
    if (e->kind == CR_ENTRY_LINK)
        return symlink(e->from, path) == 0 ? 0 : cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(errno));
    to.fd = fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(errno));
    if (cr_entry_read(e, put_bytes, &to, err) < 0)
        return -1;
    return fchmod(fd, e->mode) == 0 ? 0 : cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(errno));
}

static bool has_something(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *e;
    bool found = false;

    while (d && !found && (e = readdir(d)))
        found = strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (d)
        closedir(d);
    return found;
}

/* What may be replaced: nothing, an empty directory, and with force a context written before. Never somebody's home. */
static int may_replace(const char *dir, bool force, struct cr_error *err)
{
    CR_AUTO_FREE char *mark = cr_path_join(dir, CR_CONTEXT_MARK);
    struct stat st;

    if (lstat(dir, &st) < 0 || (S_ISDIR(st.st_mode) && !has_something(dir)))
        return 0;
    if (!S_ISDIR(st.st_mode)) {
        cr_fail(err, CR_E_IO, "'%s' is there and is no directory", dir);
        return cr_hint(err, "name a directory that is empty or not there yet");
    }
    if (!cr_file_exists(mark)) {
        cr_fail(err, CR_E_IO, "'%s' has files in it that are no build context", dir);
        return cr_hint(err, "name a directory that is empty or not there yet");
    }
    if (!force) {
        cr_fail(err, CR_E_IO, "'%s' has a build context in it already", dir);
        return cr_hint(err, "add --force to replace it");
    }
    return 0;
}

/* rename(2) replaces an empty directory by itself; a full one steps aside first, and comes back when that fails. */
static int swap_in(const char *temp, const char *dir, struct cr_error *err)
{
    CR_AUTO_FREE char *old = cr_format("%s.old.XXXXXX", dir);

    if (rename(temp, dir) == 0)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return cr_fail(err, CR_E_IO, "cannot write the directory '%s': %s", dir, strerror(errno));
    if (!mkdtemp(old) || rename(dir, old) < 0) {
        cr_fail(err, CR_E_IO, "cannot replace the directory '%s': %s", dir, strerror(errno));
        rmdir(old);
        return -1;
    }
    if (rename(temp, dir) < 0) {
        cr_fail(err, CR_E_IO, "cannot replace the directory '%s': %s", dir, strerror(errno));
        rename(old, dir);
        return -1;
    }
    return cr_dir_remove(old, err);
}

static int write_all(const struct cr_context *ctx, const char *temp, struct cr_error *err)
{
    for (size_t i = 0; i < ctx->len; i++)
        if (write_entry(&ctx->entry[i], temp, err) < 0)
            return -1;
    return chmod(temp, 0755) == 0 ? 0 : cr_fail(err, CR_E_IO, "cannot write '%s': %s", temp, strerror(errno));
}

int cr_context_write_dir(const struct cr_context *ctx, const char *dir, bool force, struct cr_error *err)
{
    CR_AUTO_FREE char *bare = cr_strdup(dir), *temp = NULL, *parent = NULL;
    struct cr_error never;

    for (size_t n = strlen(bare); n > 1 && bare[n - 1] == '/';)
        bare[--n] = '\0';
    parent = strrchr(bare, '/') ? cr_strndup(bare, (size_t)(strrchr(bare, '/') - bare)) : cr_strdup("");
    if (may_replace(bare, force, err) < 0 || cr_dir_make(parent, 0777, err) < 0)
        return -1;
    temp = cr_format("%s.new.XXXXXX", bare);
    if (!mkdtemp(temp))
        return cr_fail(err, CR_E_IO, "cannot make a directory beside '%s': %s", bare, strerror(errno));
    if (write_all(ctx, temp, err) < 0 || swap_in(temp, bare, err) < 0) {
        (void)!cr_dir_remove(temp, &never); /* the first failure is the one to tell */
        return -1;
    }
    return 0;
}
