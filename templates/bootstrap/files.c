#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int files_mkdir(const char *path, struct error *err)
{
    char part[4096];

    snprintf(part, sizeof(part), "%s", path);
    for (char *p = part + 1;; p++) {
        char c = *p;

        if (c != '/' && c != '\0')
            continue;
        *p = '\0';
        if (mkdir(part, 0755) < 0 && errno != EEXIST)
            return error_set(err, 500, "the directory '%s' cannot be made: %s", part, strerror(errno));
        *p = c;
        if (!c)
            return 0;
    }
}

static int copy_all(FILE *in, FILE *out)
{
    static char piece[1 << 20];
    size_t n;

    while ((n = fread(piece, 1, sizeof(piece), in)) > 0) {
        if (fwrite(piece, 1, n, out) != n)
            return -1;
    }
    return ferror(in) ? -1 : 0;
}

int files_copy(const char *from, const char *to, struct error *err)
{
    FILE *in = fopen(from, "rb"), *out = in ? fopen(to, "wb") : NULL;
    int rc = out ? copy_all(in, out) : -1;

    if (out && fclose(out) != 0)
        rc = -1;
    if (in)
        fclose(in);
    return rc < 0 ? error_set(err, 500, "'%s' cannot be copied to '%s': %s", from, to, strerror(errno)) : 0;
}

static int normalise_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    static const struct timespec zero[2] = {{0, 0}, {0, 0}};

    (void)kind;
    (void)ftw;
    if (S_ISLNK(st->st_mode))
        return utimensat(AT_FDCWD, path, zero, AT_SYMLINK_NOFOLLOW);
    if (chmod(path, S_ISDIR(st->st_mode) ? 0755 : 0644) < 0)
        return -1;
    return utimensat(AT_FDCWD, path, zero, 0);
}

int files_normalise(const char *dir, struct error *err)
{
    if (nftw(dir, normalise_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        return error_set(err, 500, "the times below '%s' cannot be set: %s", dir, strerror(errno));
    return 0;
}
