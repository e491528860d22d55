#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/image.h"
#include "cli/lock_file.h"
#include "cli/plan_opts.h"

struct generate_args {
    struct cr_layer plan;
    const char *output, *archive;
    bool force;
};

static const struct opt opts[] = {
    {'o', "output", OPT_STR(struct generate_args, output), .arg = "OUT", .complete = OPT_C_DIR,
     .help = "Directory to write; it must be empty or not there yet"},
    {0, "archive", OPT_STR(struct generate_args, archive), .arg = "FILE", .complete = OPT_C_FILE,
     .help = "Write the tar.gz that build uploads instead; - is standard output"},
    {'f', "force", OPT_FLAG(struct generate_args, force), .help = "Replace a build context that is there, whole"},
    CLI_PLAN_OPTIONS(struct generate_args, plan),
    OPT_END,
};

/* ---- the archive ---- */

static int put_stream(void *ud, const void *bytes, size_t n, struct cr_error *err)
{
    return fwrite(bytes, 1, n, ud) == n ? 0 : cr_fail(err, CR_E_IO, "cannot write the archive: %s", strerror(errno));
}

static int pack_to_stream(struct cmd *c, const struct cr_context *ctx, struct cr_error *err)
{
    if (isatty(STDOUT_FILENO)) {
        cr_fail(err, CR_E_USAGE, "an archive is not for a terminal");
        return cr_hint(err, "redirect it, as in: crdeploy generate --archive - > context.tar.gz");
    }
    return cr_context_pack(ctx, put_stream, cmd_raw(c), err);
}

static int save(FILE *f, const struct cr_context *ctx, const char *path, struct cr_error *err)
{
    if (cr_context_pack(ctx, put_stream, f, err) < 0)
        return -1;
    if (fflush(f) != 0 || fchmod(fileno(f), 0644) < 0 || fsync(fileno(f)) < 0)
        return cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(errno));
    return 0;
}

/* Beside the file first, so that a full disk or Ctrl-C leaves no half of an archive under its name. */
static int pack_to_file(const struct cr_context *ctx, const char *path, bool force, struct cr_error *err)
{
    CR_AUTO_FREE char *temp = cr_format("%s.XXXXXX", path);
    CR_AUTO_FILE FILE *f = NULL;
    struct stat st;
    int fd;

    if (!force && access(path, F_OK) == 0) {
        cr_fail(err, CR_E_IO, "'%s' is there already", path);
        return cr_hint(err, "add --force to replace it");
    }
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* a rename would replace the device itself */
        cr_fail(err, CR_E_IO, "'%s' is no regular file", path);
        return cr_hint(err, "name a new file, or use --archive - and redirect standard output");
    }
    fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0)
        return cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(errno));
    f = cr_oom_check(fdopen(fd, "wb"));
    if (save(f, ctx, path, err) < 0) {
        unlink(temp);
        return -1;
    }
    if (rename(temp, path) < 0) {
        cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(errno));
        unlink(temp);
        return -1;
    }
    return 0;
}

/* ---- the verb ---- */

static json_t *document(const struct generate_args *a, const struct cr_context *ctx)
{
    json_t *files = json_array();

    for (size_t i = 0; i < ctx->len; i++) {
        const struct cr_entry *e = &ctx->entry[i];

        if (e->kind == CR_ENTRY_FILE || e->kind == CR_ENTRY_BYTES)
            json_array_append_new(
                files, json_pack("{s:s, s:I, s:s}", "path", e->path, "size", (json_int_t)e->size, "sha256", e->sha256));
    }
    return json_pack("{s:s, s:s, s:o}", "output", a->archive ? a->archive : a->output, "sha256", ctx->sha256, "files",
                     files);
}

static int check_args(const struct cmd *c, const struct generate_args *a, struct cr_error *err)
{
    if (!a->output == !a->archive) {
        cr_fail(err, CR_E_USAGE, "generate writes either a directory or an archive");
        return cr_hint(err, "add --output DIR, or --archive FILE");
    }
    if (a->archive && strcmp(a->archive, "-") == 0 && c->json) {
        cr_fail(err, CR_E_USAGE, "--json and --archive - both want standard output");
        return cr_hint(err, "give --archive a file's name");
    }
    return 0;
}

static int write_out(struct cmd *c, const struct generate_args *a, const struct cr_context *ctx, struct cr_error *err)
{
    if (a->output)
        return cr_context_write_dir(ctx, a->output, a->force, err);
    return strcmp(a->archive, "-") ? pack_to_file(ctx, a->archive, a->force, err) : pack_to_stream(c, ctx, err);
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct generate_args *a = c->args;
    CLI_AUTO_JOB struct cli_job job = {.base = CLI_BASE_FIND};

    if (check_args(c, a, err) < 0 || cli_job_load(c, c->pos[0], &a->plan, &job, err) < 0 ||
        cli_image_render(c, &job, err) < 0 || write_out(c, a, &job.context, err) < 0)
        return -1;
    if (job.lock.base_digest && !job.locked.base_digest)
        cli_lock_keep(c, &job);
    if (c->json)
        return cmd_json(c, document(a, &job.context), err);
    if (a->archive && strcmp(a->archive, "-") == 0)
        ui_note(c->ui, "%s", job.context.sha256);
    else
        fprintf(c->out, "%s\n", job.context.sha256);
    if (a->output)
        ui_hint(c->ui, "change what you like, then: docker build %s", a->output);
    return 0;
}

const struct verb verb_generate = {
    .name = "generate",
    .args = "[DIR]",
    .summary = "Write the build context of a model, to read, change and build by hand",
    .about =
        "Renders what build would upload for the manifest in DIR (default: the current directory): the Dockerfile, the "
        "server, the bootstrap programs, crdeploy.json with every setting resolved, crdeploy.lock and the model's "
        "files. It "
        "is complete: plain 'docker build' or 'buildah bud' makes the image of it.\n\n"
        "What is printed is the sha256 that names the context. It depends on the content alone, not on the directory, "
        "the locale, the umask or the day.",
    .examples = (const char *const[]){"crdeploy generate --output context",
                                      "crdeploy generate --output context && docker build context",
                                      "crdeploy generate --archive context.tar.gz --json", NULL},
    .max_args = 1,
    .arg_complete = OPT_C_DIR,
    .opts = opts,
    .args_size = sizeof(struct generate_args),
    .run = run,
};
