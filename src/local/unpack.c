#include "local/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/beneath.h"

enum { ENTRY_BYTES = 4096 }; /* what an empty file, a directory or a link takes of a disk */

static void readerp(struct archive **a)
{
    archive_read_free(*a);
}

static void writerp(struct archive **a)
{
    archive_write_free(*a);
}

static bool has_dotdot(const char *name)
{
    for (; *name; name += strcspn(name, "/"), name += *name == '/')
        if (strncmp(name, "..", 2) == 0 && (name[2] == '/' || !name[2]))
            return true;
    return false;
}

/* Directories above the last part of a name. */
static int depth_of(const char *name)
{
    int depth = 0;

    for (; *name; name += strspn(name, "/")) {
        size_t n = strcspn(name, "/");

        if (name[n] == '/' && name[n + strspn(name + n, "/")] && !(n == 1 && *name == '.'))
            depth++;
        name += n;
    }
    return depth;
}

static int refuse(struct cr_error *err, const char *name, const char *why)
{
    return cr_fail(err, CR_E_API, "the archive's entry '%s' %s", name, why);
}

/* Whether the name is that of the top itself: "./", as tar writes it. */
static bool is_top(const char *name)
{
    for (; *name; name += strspn(name, "/"))
        if (*name++ != '.' || (*name && *name != '/'))
            return false;
    return true;
}

/* What a hard link points to is a file of this archive, and reached through no symbolic link. */
static int check_hard(const char *name, const char *hard, const char *top, struct cr_error *err)
{
    CR_AUTO_FREE char *resolved = NULL;
    struct cr_error why = {0};

    if (*hard == '/' || has_dotdot(hard))
        return refuse(err, name, "is a link to outside the directory");
    if (local_beneath(top, hard, &resolved, &why) != 0)
        return refuse(err, name, "is a hard link to or through a symbolic link");
    return 0;
}

/* Checks what an entry is called, what it is and what it links to. */
static int check_entry(struct archive_entry *e, const char *name, const char *top, struct cr_error *err)
{
    const char *hard = archive_entry_hardlink(e), *soft = archive_entry_symlink(e);
    mode_t type = archive_entry_filetype(e);

    if (!*name)
        return refuse(err, "", "has no name");
    if (strlen(top) + strlen(name) + 1 >= PATH_MAX)
        return refuse(err, name, "has too long a name");
    if (*name == '/' || has_dotdot(name))
        return refuse(err, name, "would be outside the directory");
    if (is_top(name) && (hard || type != AE_IFDIR))
        return refuse(err, name, "would replace the directory");
    if (hard)
        return check_hard(name, hard, top, err);
    if (type != AE_IFREG && type != AE_IFDIR && type != AE_IFLNK)
        return refuse(err, name, "is neither a file nor a directory nor a link");
    if (type == AE_IFLNK && (!soft || !local_beneath_text(soft, depth_of(name))))
        return refuse(err, name, "is a link to outside the directory");
    return 0;
}

/* Checks an entry and moves it, and what a hard link points to, below `top`. */
static int place(struct archive_entry *e, const char *top, struct cr_error *err)
{
    const char *given = archive_entry_pathname(e), *hard = archive_entry_hardlink(e);
    mode_t type = archive_entry_filetype(e);
    CR_AUTO_FREE char *name = cr_strdup(given ? given : ""), *path = NULL, *to = NULL;

    if (check_entry(e, name, top, err) < 0)
        return -1;
    path = cr_format("%s/%s", top, name);
    archive_entry_set_pathname(e, path);
    if (hard) {
        to = cr_format("%s/%s", top, hard);
        archive_entry_set_hardlink(e, to);
    }
    archive_entry_set_perm(e, type == AE_IFDIR ? (archive_entry_perm(e) & 0777) | 0700
                                               : (archive_entry_perm(e) & 0777) | 0400);
    return 0;
}

static int too_much(const char *name, struct cr_error *err)
{
    return cr_fail(err, CR_E_API, "the archive unpacks to more than is allowed, at '%s'", name);
}

/* `size` is where the entry ends by its header; a zip may not say. Holes count as what they are when they are read. */
static int copy_data(struct archive *from, struct archive *to, const char *name, int64_t size, int64_t *left,
                     struct cr_error *err)
{
    const void *bytes;
    int64_t at;
    size_t n;
    int rc;

    while ((rc = archive_read_data_block(from, &bytes, &n, &at)) == ARCHIVE_OK) {
        if (at < 0 || at > *left - (int64_t)n)
            return too_much(name, err);
        if (at + (int64_t)n > size)
            size = at + (int64_t)n;
        if (archive_write_data_block(to, bytes, n, at) < ARCHIVE_OK)
            return cr_fail(err, CR_E_IO, "cannot unpack '%s': %s", name, archive_error_string(to));
    }
    if (rc != ARCHIVE_EOF)
        return cr_fail(err, CR_E_API, "the archive is damaged at '%s': %s", name, archive_error_string(from));
    *left -= size;
    return 0;
}

static int unpack_entry(struct archive *from, struct archive *to, struct archive_entry *e, const char *top,
                        int64_t *left, struct cr_error *err)
{
    CR_AUTO_FREE char *name = cr_strdup(archive_entry_pathname(e) ? archive_entry_pathname(e) : "");
    int64_t size = archive_entry_size(e);

    if (place(e, top, err) < 0)
        return -1;
    *left -= ENTRY_BYTES;
    if (*left < 0 || size > *left)
        return too_much(name, err);
    if (archive_write_header(to, e) < ARCHIVE_OK) /* refuses to go through a symbolic link, too */
        return cr_fail(err, CR_E_API, "cannot unpack '%s': %s", name, archive_error_string(to));
    if ((size > 0 || !archive_entry_size_is_set(e)) && copy_data(from, to, name, size, left, err) < 0)
        return -1;
    if (archive_write_finish_entry(to) < ARCHIVE_OK)
        return cr_fail(err, CR_E_IO, "cannot unpack '%s': %s", name, archive_error_string(to));
    return 0;
}

int local_unpack(const char *archive, const char *dir, int64_t max_bytes, struct cr_error *err)
{
    CR_AUTO(readerp) struct archive *from = cr_oom_check(archive_read_new());
    CR_AUTO(writerp) struct archive *to = cr_oom_check(archive_write_disk_new());
    CR_AUTO_FREE char *top = realpath(dir, NULL); /* without links, since none may be gone through */
    struct archive_entry *e;
    int rc;

    if (!top)
        return cr_fail(err, CR_E_IO, "cannot unpack into '%s': %s", dir, strerror(errno));
    archive_read_support_filter_gzip(from);
    archive_read_support_format_tar(from);
    archive_read_support_format_zip(from);
    archive_read_support_format_empty(from);
    archive_write_disk_set_options(to, ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                                           ARCHIVE_EXTRACT_SECURE_NODOTDOT);
    if (archive_read_open_filename(from, archive, 1 << 16) != ARCHIVE_OK)
        return cr_fail(err, CR_E_API, "cannot read the archive '%s': %s", archive, archive_error_string(from));
    while ((rc = archive_read_next_header(from, &e)) == ARCHIVE_OK)
        if (unpack_entry(from, to, e, top, &max_bytes, err) < 0)
            return -1;
    if (rc != ARCHIVE_EOF)
        return cr_fail(err, CR_E_API, "the archive '%s' is damaged: %s", archive, archive_error_string(from));
    if (archive_write_close(to) != ARCHIVE_OK)
        return cr_fail(err, CR_E_IO, "cannot unpack into '%s': %s", dir, archive_error_string(to));
    return local_beneath_links(top, err); /* now that all is there that one link may reach through another */
}
