#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/image.h"
#include "cli/lock_file.h"
#include "cli/plan_opts.h"

struct lock_args {
    struct cr_layer plan;
    bool update_base, check;
};

static const struct opt opts[] = {
    {0, "update-base", OPT_FLAG(struct lock_args, update_base),
     .help = "Move the base image to the digest that its tag has now"},
    {0, "check", OPT_FLAG(struct lock_args, check),
     .help = "Write nothing; report what differs from the lock, with exit status 3 if anything does"},
    CLI_PLAN_OPTIONS(struct lock_args, plan),
    OPT_END,
};

static json_t *document(const struct cli_job *job, const char *path, const struct cr_problems *changes, bool written)
{
    CR_AUTO_FREE char *text = cr_lock_text(&job->lock);
    json_t *lock = cr_oom_check(json_loads(text, 0, NULL)), *list = json_array();

    for (size_t i = 0; i < changes->len; i++)
        json_array_append_new(list, cmd_text_json(changes->row[i].msg));
    return json_pack("{s:o, s:b, s:o, s:o}", "path", cmd_text_json(path), "written", written, "changes", list, "lock",
                     lock);
}

static int check(const struct cr_problems *changes, const char *path, struct cr_error *err)
{
    if (!changes->len)
        return 0;
    cr_fail(err, CR_E_CONFIG, "'%s' is not up to date: %s%s", path, changes->row[0].msg,
            changes->len > 1 ? ", and more" : "");
    return cr_hint(err, "run 'crdeploy lock' to accept what is there now");
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct lock_args *a = c->args;
    CLI_AUTO_JOB struct cli_job job = {.base = a->update_base ? CLI_BASE_MOVE
                                               : a->check     ? CLI_BASE_LOCKED
                                                              : CLI_BASE_FIND};
    CR_AUTO_PROBLEMS struct cr_problems changes = {0};
    CR_AUTO_FREE char *path = NULL;
    bool write;

    if (cli_job_load(c, c->pos[0], &a->plan, &job, err) < 0 || cli_image_render(c, &job, err) < 0)
        return -1;
    path = cr_path_join(job.manifest.dir, CR_LOCK_NAME);
    cli_lock_changes(&job, &changes);
    write = changes.len && !a->check;
    if (write && cr_lock_write(path, &job.lock, err) < 0)
        return -1;
    if (c->json && cmd_json(c, document(&job, path, &changes, write), err) < 0)
        return -1;
    for (size_t i = 0; !c->json && i < changes.len; i++)
        fprintf(c->out, "%s: %s\n", path, changes.row[i].msg);
    if (!c->json && !changes.len)
        fprintf(c->out, "%s: up to date\n", path);
    return a->check ? check(&changes, path, err) : 0;
}

const struct verb verb_lock = {
    .name = "lock",
    .args = "[DIR]",
    .summary = "Record what an image is made of in crdeploy.lock",
    .about =
        "Writes crdeploy.lock beside the manifest in DIR (default: the current directory): the size and sha256 of each "
        "file of the model, and the digest of the base image. Every build starts from that base image and from no "
        "other until --update-base moves it, so commit the file. The build fails when a file of the model is not the "
        "one in the lock of its context.\n\n"
        "The digest is looked up on Docker Hub, without a credential, when none is locked yet; 'generate', 'build' and "
        "'deploy' do the same. Where the registry cannot be reached the base image is named by its tag alone, with a "
        "warning.\n\n"
        "With --check nothing is written, and nothing is looked up unless --update-base is there too.",
    .examples = (const char *const[]){"crdeploy lock", "crdeploy lock --update-base", "crdeploy lock --check", NULL},
    .max_args = 1,
    .arg_complete = OPT_C_DIR,
    .opts = opts,
    .args_size = sizeof(struct lock_args),
    .run = run,
};
