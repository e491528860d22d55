#include "cli/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "gcp/storage.h"
#include "gcp/upload.h"

#define PIECE (256 << 10)

struct sending {
    struct cmd *c;
    const struct cli_stage_spec *spec;
    struct gcp_upload *up;
    int64_t begun, total; /* what the service held when this process came; bytes of an archive, or 0 */
};

void cli_staged_clear(struct cli_staged *staged)
{
    free(staged->generation);
    *staged = (struct cli_staged){0};
}

static int send_piece(void *ud, const void *bytes, size_t n, struct cr_error *err)
{
    return gcp_upload_write(((struct sending *)ud)->up, bytes, n, err);
}

/* It is read twice, which a pipe cannot be. */
static int open_archive(const char *path, int *fd, struct stat *st, struct cr_error *err)
{
    if (cr_file_open(path, fd, err) < 0)
        return -1;
    if (fstat(*fd, st) < 0)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", path, strerror(errno));
    return S_ISREG(st->st_mode) ? 0 : cr_fail(err, CR_E_CONFIG, "'%s' is a pipe, not a file", path);
}

static int send_archive(struct sending *s, struct cr_error *err)
{
    CR_AUTO_FREE char *piece = cr_malloc(PIECE);
    CR_AUTO_FD int fd = -1;
    struct stat st;
    ssize_t n;

    if (open_archive(s->spec->archive_path, &fd, &st, err) < 0)
        return -1;
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    while ((n = read(fd, piece, PIECE)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cr_fail(err, CR_E_IO, "cannot read '%s': %s", s->spec->archive_path, strerror(errno));
        if (send_piece(s, piece, (size_t)n, err) < 0)
            return -1;
    }
    return 0;
}

static int produce(void *ud, struct gcp_upload *up, struct cr_error *err)
{
    struct sending *s = ud;

    s->up = up;
    return s->spec->context ? cr_context_pack(s->spec->context, send_piece, s, err) : send_archive(s, err);
}

static void on_stored(void *ud, int64_t stored)
{
    struct sending *s = ud;

    s->begun = stored < s->begun ? 0 : s->begun; /* all of it anew */
    ui_progress(s->c->ui, s->spec->context ? "uploading the build context" : "uploading the archive", stored, s->total,
                true);
}

static void on_resumed(void *ud, int64_t stored)
{
    struct sending *s = ud;
    char size[24];

    s->begun = stored;
    ui_size(stored, size);
    ui_note(s->c->ui, "going on with an upload that was cut short: %s are there", size);
}

static int64_t size_of(const json_t *meta)
{
    const char *text = json_string_value(json_object_get(meta, "size"));

    return text ? strtoll(text, NULL, 10) : 0;
}

/* What the bytes come from, beside the object's name. New. */
static char *maker_of(struct sending *s, struct cr_error *err)
{
    CR_AUTO_FD int fd = -1;
    struct stat st;

    if (s->spec->context)
        return cr_context_packer();
    if (open_archive(s->spec->archive_path, &fd, &st, err) < 0)
        return NULL;
    s->total = st.st_size;
    return cr_format("%lld %lld.%09ld %llu", (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                     (unsigned long long)st.st_ino);
}

static int upload(struct cmd *c, struct gcp *g, const struct cli_stage_spec *spec, json_t **meta,
                  struct cli_staged *out, struct cr_error *err)
{
    struct sending sending = {.c = c, .spec = spec};
    CR_AUTO_FREE char *maker = maker_of(&sending, err), *state_dir = NULL;
    struct gcp_upload_spec up = {.bucket = spec->bucket,
                                 .object = spec->object,
                                 .content_type = spec->content_type ? spec->content_type : "application/gzip",
                                 .owner = spec->owner,
                                 .if_absent = true,
                                 .maker = maker,
                                 .progress = on_stored,
                                 .resumed = on_resumed,
                                 .ud = &sending};
    struct cr_error homeless = {0};
    char size[24];

    if (!maker)
        return -1;
    if (cr_xdg_dir(CR_XDG_STATE, "uploads", &state_dir, &homeless) == 0)
        up.state_dir = state_dir;
    if (gcp_upload(g, &up, produce, &sending, meta, err) < 0)
        return -1;
    out->uploaded = true;
    out->sent = size_of(*meta) - sending.begun;
    ui_size(out->sent, size);
    ui_done(c->ui, "uploaded %s as gs://%s/%s", size, spec->bucket, spec->object);
    return 0;
}

int cli_stage(struct cmd *c, struct gcp *g, const char *project, const struct cli_stage_spec *spec,
              struct cli_staged *out, struct cr_error *err)
{
    struct cli_staged staged = {0};
    json_auto_t *meta = NULL;
    const char *generation;

    if (gcp_bucket_ensure(g, project, spec->bucket, spec->location, spec->check_owner, err) < 0 ||
        gcp_object_get(g, spec->bucket, spec->object, &meta, err) < 0)
        return -1;
    if (meta)
        ui_note(c->ui, "the %s is unchanged: nothing to upload", spec->context ? "build context" : "archive");
    else if (upload(c, g, spec, &meta, &staged, err) < 0)
        return -1;
    generation = json_string_value(json_object_get(meta, "generation"));
    staged.generation = generation ? cr_strdup(generation) : NULL;
    staged.size = size_of(meta);
    *out = staged;
    return 0;
}
