#include "cli/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"

void cli_copy_clear(struct cli_copy *c)
{
    for (size_t i = 0; i < c->len; i++) {
        free(c->file[i].to);
        free(c->file[i].from);
        free(c->file[i].text);
    }
    free(c->file);
    *c = (struct cli_copy){0};
}

void cli_copy_add(struct cli_copy *c, const char *to, const char *from, const char *text)
{
    c->file = cr_realloc(c->file, (c->len + 1) * sizeof(*c->file));
    c->file[c->len++] =
        (struct cli_copy_file){cr_strdup(to), from ? cr_strdup(from) : NULL, text ? cr_strdup(text) : NULL};
}

/* Bytes from one descriptor to the other. */
static int pump(int in, int out)
{
    char part[65536];
    ssize_t n;

    while ((n = read(in, part, sizeof(part))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        for (char *at = part; n > 0;) {
            ssize_t wrote = write(out, at, (size_t)n);

            if (wrote < 0 && errno == EINTR)
                continue;
            if (wrote <= 0)
                return -1;
            at += wrote;
            n -= wrote;
        }
    }
    return 0;
}

/* Through a temporary file, so that a copy cut short leaves no half of one. */
static int copy_file(const char *from, const char *to, struct cr_error *err)
{
    CR_AUTO_FREE char *temp = cr_format("%s.XXXXXX", to);
    CR_AUTO_FD int in = -1;
    CR_AUTO_FD int out = -1;

    if (cr_file_open(from, &in, err) < 0)
        return -1;
    out = mkostemp(temp, O_CLOEXEC);
    if (out < 0)
        return cr_fail(err, CR_E_IO, "cannot write '%s': %s", to, strerror(errno));
    if (pump(in, out) < 0 || fchmod(out, 0644) < 0 || rename(temp, to) < 0) {
        cr_fail(err, CR_E_IO, "cannot copy '%s' to '%s': %s", from, to, strerror(errno));
        unlink(temp);
        return -1;
    }
    return 0;
}

static int make_parent(const char *path, struct cr_error *err)
{
    const char *slash = strrchr(path, '/');
    CR_AUTO_FREE char *dir = slash && slash > path ? cr_strndup(path, (size_t)(slash - path)) : NULL;

    return dir ? cr_dir_make(dir, 0755, err) : 0;
}

int cli_copy_run(const struct cli_copy *c, bool force, struct cr_error *err)
{
    for (size_t i = 0; i < c->len && !force; i++)
        if (cr_file_exists(c->file[i].to)) {
            cr_fail(err, CR_E_CONFIG, "'%s' is there already; nothing was written", c->file[i].to);
            return cr_hint(err, "use an empty directory, or --force to overwrite");
        }
    for (size_t i = 0; i < c->len; i++) {
        const struct cli_copy_file *f = &c->file[i];

        if (make_parent(f->to, err) < 0)
            return -1;
        if (f->from ? copy_file(f->from, f->to, err) < 0
                    : cr_file_write(f->to, f->text, strlen(f->text), 0644, err) < 0)
            return -1;
    }
    return 0;
}
