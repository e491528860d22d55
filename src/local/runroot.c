#include "local/runroot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"

char *local_runroot_path(const char *id)
{
    CR_AUTO_FREE char *user = cr_format("/run/user/%d", (int)getuid());

    if (getuid() == 0)
        return cr_format("/run/crdeploy-%s", id);
    return cr_file_exists(user) ? cr_format("%s/crdeploy-%s", user, id)
                                : cr_format("/tmp/crdeploy-%d-%s", (int)getuid(), id);
}

int local_runroot_make(const char *path, struct cr_error *err)
{
    const char *wrong = NULL;
    struct stat st;

    if (mkdir(path, 0700) == 0)
        return 0;
    if (errno != EEXIST || lstat(path, &st) < 0)
        return cr_fail(err, CR_E_IO, "cannot make the run directory '%s': %s", path, strerror(errno));
    if (S_ISLNK(st.st_mode))
        wrong = "is a symbolic link";
    else if (!S_ISDIR(st.st_mode))
        wrong = "is not a directory";
    else if (st.st_uid != geteuid())
        wrong = "belongs to another user";
    else if ((st.st_mode & 07777) != 0700)
        wrong = "does not have mode 0700";
    if (!wrong)
        return 0;
    cr_fail(err, CR_E_IO, "the run directory '%s' %s", path, wrong);
    return cr_hint(err, "remove it (rm -r '%s'), or use another state directory: crdeploy-local --state DIR", path);
}

/* The kernel writes blanks and the like of a path as three octal digits. */
static void unescape(char *text)
{
    char *to = text;

    for (const char *p = text; *p; to++) {
        unsigned code;

        if (*p == '\\' && sscanf(p + 1, "%3o", &code) == 1) {
            *to = (char)code;
            p += 4;
        } else {
            *to = *p++;
        }
    }
    *to = '\0';
}

/* The mount point in a line of /proc/self/mountinfo: its fifth field; cut out of the line, or NULL. */
static char *mount_point(char *line)
{
    char *field = NULL;

    for (int i = 0; i < 5; i++)
        field = strsep(&line, " ");
    if (field)
        unescape(field);
    return field;
}

/* The last mount at or below dir; new, or NULL. */
static char *last_mount(const char *dir)
{
    CR_AUTO_FILE FILE *f = fopen("/proc/self/mountinfo", "re");
    CR_AUTO_FREE char *line = NULL, *found = NULL;
    size_t cap = 0, n = strlen(dir);

    while (f && getline(&line, &cap, f) > 0) {
        const char *at = mount_point(line);

        if (!at || strncmp(at, dir, n) != 0 || (at[n] && at[n] != '/'))
            continue;
        free(found);
        found = cr_strdup(at);
    }
    return CR_STEAL(found);
}

int local_unmount_below(const char *dir, struct cr_error *err)
{
    for (;;) {
        CR_AUTO_FREE char *at = last_mount(dir);

        if (!at)
            return 0;
        if (umount2(at, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
            return cr_fail(err, CR_E_IO, "cannot unmount '%s': %s", at, strerror(errno));
    }
}

int local_runroot_remove(const char *path, struct cr_error *err)
{
    return local_unmount_below(path, err) < 0 ? -1 : cr_dir_remove(path, err);
}
