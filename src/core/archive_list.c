#include "core/archive_list.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"

#define BLOCK (64 << 10)

static void freep(struct archive **a)
{
    archive_read_free(*a);
}

static const char *type_of(struct archive_entry *e)
{
    if (archive_entry_hardlink(e))
        return "hardlink";
    switch (archive_entry_filetype(e)) {
    case AE_IFDIR:
        return "dir";
    case AE_IFLNK:
        return "symlink";
    case AE_IFREG:
        return "file";
    default:
        return "other";
    }
}

/* Without slashes at the end, as a directory of a zip has one. New. */
static char *name_of(struct archive_entry *e)
{
    const char *path = archive_entry_pathname(e);
    char *name = cr_strdup(path ? path : "");

    for (size_t n = strlen(name); n > 1 && name[n - 1] == '/';)
        name[--n] = '\0';
    return name;
}

static json_t *row_of(struct archive_entry *e, bool owners)
{
    CR_AUTO_FREE char *mode = cr_format("%o", (unsigned)archive_entry_perm(e)), *name = name_of(e);
    const char *link = archive_entry_hardlink(e) ? archive_entry_hardlink(e) : archive_entry_symlink(e);
    json_t *row = json_pack("{s:s, s:s, s:s, s:n, s:I}", "name", name, "type", type_of(e), "mode", mode, "uid", "size",
                            (json_int_t)archive_entry_size(e));

    if (!row)
        return NULL; /* a name that is no UTF-8 */
    if (owners) {
        json_object_set_new(row, "uid", json_integer(archive_entry_uid(e)));
        json_object_set_new(row, "gid", json_integer(archive_entry_gid(e)));
        json_object_set_new(row, "uname", json_string(archive_entry_uname(e) ? archive_entry_uname(e) : ""));
        json_object_set_new(row, "gname", json_string(archive_entry_gname(e) ? archive_entry_gname(e) : ""));
    }
    if (link)
        json_object_set_new(row, "link", json_string(link));
    return row;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(json_string_value(json_object_get(*(json_t *const *)a, "name")),
                  json_string_value(json_object_get(*(json_t *const *)b, "name")));
}

/* Takes list. */
static json_t *sorted(json_t *list)
{
    size_t n = json_array_size(list);
    CR_AUTO_FREE json_t **rows = cr_calloc(n, sizeof(json_t *));
    json_t *made = json_array();

    for (size_t i = 0; i < n; i++)
        rows[i] = json_array_get(list, i);
    if (n)
        qsort(rows, n, sizeof(*rows), by_name);
    for (size_t i = 0; i < n; i++)
        json_array_append(made, rows[i]);
    json_decref(list);
    return made;
}

int cr_archive_list(const char *path, json_t **list, struct cr_error *err)
{
    CR_AUTO(freep) struct archive *a = cr_oom_check(archive_read_new());
    CR_AUTO_FD int fd = -1;
    struct archive_entry *e;
    json_t *rows;
    int rc;

    if (cr_file_open(path, &fd, err) < 0)
        return -1;
    rows = json_array();
    archive_read_support_filter_gzip(a);
    archive_read_support_format_tar(a);
    archive_read_support_format_zip(a);
    rc = archive_read_open_fd(a, fd, BLOCK);
    while (rc == ARCHIVE_OK && (rc = archive_read_next_header(a, &e)) == ARCHIVE_OK) {
        json_t *row = row_of(e, (archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_ZIP);

        if (row)
            json_array_append_new(rows, row);
    }
    if (rc != ARCHIVE_EOF) {
        json_decref(rows);
        cr_fail(err, CR_E_CONFIG, "'%s' is no archive: %s", path, archive_error_string(a));
        return cr_hint(err, "make one with: tar -czf %s -C DIRECTORY .", path);
    }
    *list = sorted(rows);
    return 0;
}
