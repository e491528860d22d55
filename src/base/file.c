#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/str.h"

/* A descriptor that whoever started the program gave it; opening it again waits for nobody. */
static bool is_inherited(const char *path)
{
    return strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/proc/self/fd/", 14) == 0 ||
           strcmp(path, "/dev/stdin") == 0;
}

static int check_kind(const char *path, const struct stat *st, struct cr_error *err)
{
    static const struct {
        mode_t type;
        const char *name;
    } kinds[] = {
        {S_IFDIR, "directory"}, {S_IFIFO, "FIFO"}, {S_IFSOCK, "socket"}, {S_IFCHR, "device"}, {S_IFBLK, "device"}};

    for (size_t i = 0; i < CR_LEN(kinds); i++)
        if ((st->st_mode & S_IFMT) == kinds[i].type && (kinds[i].type == S_IFDIR || !is_inherited(path))) {
            cr_fail(err, CR_E_IO, "'%s' is a %s, not a file", path, kinds[i].name);
            return cr_hint(err, "give a regular file");
        }
    return 0;
}

int cr_file_open(const char *path, int *fd, struct cr_error *err)
{
    CR_AUTO_FD int opened = -1;
    struct stat st;

    if (stat(path, &st) < 0)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", path, strerror(errno));
    if (check_kind(path, &st, err) < 0) /* before it is opened, which a device might notice */
        return -1;
    opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (is_inherited(path) ? 0 : O_NONBLOCK));
    if (opened < 0 || fstat(opened, &st) < 0)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", path, strerror(errno));
    if (check_kind(path, &st, err) < 0) /* it may have been replaced meanwhile */
        return -1;
    *fd = opened;
    opened = -1;
    return 0;
}

int cr_file_read(const char *path, size_t max, char **text, size_t *len, struct cr_error *err)
{
    CR_AUTO_FD int fd = -1;
    CR_AUTO_STR struct cr_str all = CR_STR_INIT(max);
    char part[16384];
    ssize_t n;

    if (cr_file_open(path, &fd, err) < 0)
        return -1;
    while ((n = read(fd, part, sizeof(part))) != 0) {
        if (n < 0 && errno == EINTR && !cr_interrupted())
            continue;
        if (n < 0)
            return cr_fail(err, CR_E_IO, "cannot read '%s': %s", path, strerror(errno));
        if (cr_str_add(&all, part, (size_t)n, err) < 0)
            return cr_wrap(err, "reading '%s'", path);
    }
    if (len)
        *len = all.len;
    *text = cr_str_take(&all);
    return 0;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}

int cr_file_write(const char *path, const void *bytes, size_t len, unsigned mode, struct cr_error *err)
{
    CR_AUTO_FREE char *temp = cr_format("%s.XXXXXX", path);
    CR_AUTO_FD int fd = mkostemp(temp, O_CLOEXEC);

    if (fd < 0)
        return cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(errno));
    if (write_all(fd, bytes, len) < 0 || fchmod(fd, mode) < 0 || fsync(fd) < 0 || rename(temp, path) < 0) {
        cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(errno));
        unlink(temp);
        return -1;
    }
    return 0;
}

bool cr_file_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

int cr_dir_make(const char *path, unsigned mode, struct cr_error *err)
{
    CR_AUTO_FREE char *part = cr_strdup(path);
    struct stat st;

    for (char *slash = part + 1; *part; slash++) {
        char c = *slash;

        if (c != '/' && c != '\0')
            continue;
        *slash = '\0';
        if (mkdir(part, mode) < 0 && (errno != EEXIST || stat(part, &st) < 0 || !S_ISDIR(st.st_mode)))
            return cr_fail(err, CR_E_IO, "cannot make the directory '%s': %s", part, strerror(errno));
        *slash = c;
        if (!c)
            break;
    }
    return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

int cr_dir_remove(const char *path, struct cr_error *err)
{
    if (cr_file_exists(path) && nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
        return cr_fail(err, CR_E_IO, "cannot remove '%s': %s", path, strerror(errno));
    return 0;
}

int cr_dir_each(const char *path, int (*each)(void *ud, const char *name, struct cr_error *err), void *ud,
                struct cr_error *err)
{
    const struct dirent *found;
    DIR *d = opendir(path);
    int rc = 0;

    if (!d)
        return cr_fail(err, CR_E_IO, "cannot open the directory '%s': %s", path, strerror(errno));
    for (errno = 0; rc == 0 && (found = readdir(d)); errno = 0)
        if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0)
            rc = each(ud, found->d_name, err);
    if (rc == 0 && errno)
        rc = cr_fail(err, CR_E_IO, "cannot read the directory '%s': %s", path, strerror(errno));
    closedir(d);
    return rc;
}

char *cr_path_join(const char *dir, const char *name)
{
    size_t n = strlen(dir);

    if (*name == '/' || !n)
        return cr_strdup(name);
    return cr_format("%s%s%s", dir, dir[n - 1] == '/' ? "" : "/", name);
}

static const struct {
    const char *env, *home;
} bases[] = {
    [CR_XDG_CONFIG] = {"XDG_CONFIG_HOME", ".config"},
    [CR_XDG_STATE] = {"XDG_STATE_HOME", ".local/state"},
    [CR_XDG_CACHE] = {"XDG_CACHE_HOME", ".cache"},
};

int cr_xdg_path(enum cr_xdg which, const char *sub, char **path, struct cr_error *err)
{
    const char *base = getenv(bases[which].env), *home = getenv("HOME");

    if (base && *base == '/') {
        *path = cr_format("%s/crdeploy%s%s", base, *sub ? "/" : "", sub);
    } else if (home && *home == '/') {
        *path = cr_format("%s/%s/crdeploy%s%s", home, bases[which].home, *sub ? "/" : "", sub);
    } else {
        cr_fail(err, CR_E_IO, "neither $%s nor $HOME is an absolute path", bases[which].env);
        return cr_hint(err, "set HOME, or set %s to a directory of yours", bases[which].env);
    }
    return 0;
}

int cr_xdg_dir(enum cr_xdg which, const char *sub, char **path, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = NULL;

    if (cr_xdg_path(which, sub, &dir, err) < 0)
        return -1;
    if (cr_dir_make(dir, 0700, err) < 0)
        return cr_hint(err, "set %s to a directory that can be written to", bases[which].env);
    *path = CR_STEAL(dir);
    return 0;
}
