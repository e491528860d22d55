#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cmd.h"
#include "cli/copy.h"
#include "cli/data.h"
#include "core/check.h"
#include "core/scaffold.h"

#define EXAMPLES_MAX 64
#define MANIFEST_MAX (1 << 20)

struct init_args {
    const char *from, *model, *task, *source;
    bool force;
};

static const struct opt opts[] = {
    {0, "from", OPT_STR(struct init_args, from), .arg = "EXAMPLE", .help = "Copy an example and the files it names"},
    {0, "model", OPT_STR(struct init_args, model), .arg = "DIR", .complete = OPT_C_DIR,
     .help = "Look at a model directory in the Hugging Face layout and fill the manifest from it"},
    {0, "task", OPT_STR(struct init_args, task), .arg = "TASK", .help = "What the model does",
     .choices = (const char *const[]){"question-answering", "tensor", NULL}},
    {0, "source", OPT_STR(struct init_args, source), .arg = "DIR", .complete = OPT_C_DIR,
     .help = "Directory of the model's files"},
    {'f', "force", OPT_FLAG(struct init_args, force), .help = "Overwrite files that are there"},
    OPT_END,
};

/* Names of the examples, sorted; new. */
struct examples {
    char *name[EXAMPLES_MAX + 1];
    int len;
};

static void examples_clear(struct examples *e)
{
    for (int i = 0; i < e->len; i++)
        free(e->name[i]);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int examples_list(struct examples *e, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = NULL;
    DIR *d;

    if (cli_data_path("examples", &dir, err) < 0)
        return -1;
    d = opendir(dir);
    if (!d)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", dir, strerror(errno));
    for (struct dirent *entry; (entry = readdir(d)) && e->len < EXAMPLES_MAX;) {
        CR_AUTO_FREE char *manifest = cr_format("%s/%s/%s", dir, entry->d_name, CR_MANIFEST_NAME);

        if (entry->d_name[0] != '.' && access(manifest, R_OK) == 0)
            e->name[e->len++] = cr_strdup(entry->d_name);
    }
    closedir(d);
    qsort(e->name, (size_t)e->len, sizeof(e->name[0]), by_name);
    return 0;
}

static int find_example(const char *name, char **dir, struct cr_error *err)
{
    CR_AUTO(examples_clear) struct examples all = {0};
    CR_AUTO_FREE char *list = cr_strdup("");
    CR_AUTO_FREE char *path = cr_format("examples/%s", name);
    const char *near;

    if (examples_list(&all, err) < 0)
        return -1;
    for (int i = 0; i < all.len; i++) {
        char *before = list;

        if (strcmp(all.name[i], name) == 0)
            return cli_data_path(path, dir, err);
        list = cr_format("%s%s%s", before, i ? ", " : "", all.name[i]);
        free(before);
    }
    near = cr_nearest(name, (const char *const *)all.name);
    cr_fail(err, CR_E_USAGE, "there is no example '%s'", name);
    return near ? cr_hint(err, "did you mean '%s'? The examples are: %s", near, list)
                : cr_hint(err, "the examples are: %s", list);
}

/* The manifest of an example under the user's name: its line `name:` is replaced. New. */
static char *renamed(const char *text, const char *name)
{
    const char *line = strncmp(text, "name:", 5) == 0 ? text : strstr(text, "\nname:");

    if (!name || !line)
        return cr_strdup(text);
    line += *line == '\n';
    return cr_format("%.*sname: %s%s", (int)(line - text), text, name, line + strcspn(line, "\n"));
}

static int add_example(const char *example, const char *name, struct cli_copy *copy, struct cr_error *err)
{
    static const char *const extra[] = {"request.json", "expected.json", "tokenizer_config.json"};
    CR_AUTO_FREE char *dir = NULL, *path = NULL, *text = NULL, *mine = NULL;
    CR_AUTO_MANIFEST struct cr_manifest m = {0};
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    size_t len;

    if (find_example(example, &dir, err) < 0)
        return -1;
    path = cr_path_join(dir, CR_MANIFEST_NAME);
    if (cr_file_read(path, MANIFEST_MAX, &text, &len, err) < 0 ||
        cr_manifest_parse(text, len, path, dir, &m, &problems, err) < 0 || cr_problems_fail(&problems, path, err) < 0)
        return -1;
    mine = renamed(text, name);
    cli_copy_add(copy, CR_MANIFEST_NAME, NULL, mine);
    for (int key = CR_KEY_FILE_MODEL; key <= CR_KEY_FILE_CONFIG; key++) {
        const char *file = m.text[key] ? m.text[key] : cr_keys[key].fallback;
        const char *source = m.text[CR_KEY_MODEL_SOURCE] ? m.text[CR_KEY_MODEL_SOURCE] : ".";
        CR_AUTO_FREE char *to = file ? cr_path_join(strcmp(source, ".") ? source : "", file) : NULL;
        CR_AUTO_FREE char *from = to ? cr_path_join(dir, to) : NULL;

        if (from)
            cli_copy_add(copy, to, from, NULL);
    }
    for (size_t i = 0; i < CR_LEN(extra); i++) {
        CR_AUTO_FREE char *from = cr_path_join(dir, extra[i]);

        if (access(from, R_OK) == 0)
            cli_copy_add(copy, extra[i], from, NULL);
    }
    return 0;
}

/* Name of the service: the argument, else the working directory's. New. */
static int name_of(struct cmd *c, char name[50], struct cr_error *err)
{
    CR_AUTO_FREE char *cwd = NULL;

    if (!c->npos) {
        cwd = get_current_dir_name();
        cr_scaffold_name(cwd && strrchr(cwd, '/') ? strrchr(cwd, '/') + 1 : "", name);
        return 0;
    }
    cr_scaffold_name(c->pos[0], name);
    if (cr_name_ok(c->pos[0]))
        return 0;
    cr_fail(err, CR_E_USAGE,
            "'%s' is no name of a service: a-z first, then a-z, 0-9 and -, not - at the end, at most 49", c->pos[0]);
    return cr_hint(err, "crdeploy init %s", name);
}

static int check_source(const char *option, const char *source, struct cr_error *err)
{
    const char *scheme = strstr(source, "://");
    struct stat st;

    if (scheme) {
        cr_fail(err, CR_E_USAGE, "a source of %.*s:// comes later; this version reads directories",
                (int)(scheme - source), source);
        return cr_hint(err, "download the files and name their directory, such as --%s ./model", option);
    }
    if (stat(source, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    cr_fail(err, CR_E_CONFIG, "'%s' is not a directory", source);
    return cr_hint(err, "name the directory with the model's files: --%s DIR", option);
}

static int add_manifest(struct cmd *c, const char *name, struct cli_copy *copy, struct cr_error *err)
{
    const struct init_args *a = c->args;
    const char *source = a->model ? a->model : a->source;
    CR_AUTO_SCAFFOLD struct cr_scaffold s = {.samples = true};
    CR_AUTO_FREE char *text = NULL;

    cr_scaffold_set(&s, CR_KEY_NAME, name);
    if (a->task)
        cr_scaffold_set(&s, CR_KEY_MODEL_TASK, a->task);
    if (source && check_source(a->model ? "model" : "source", source, err) < 0)
        return -1;
    cr_scaffold_set(&s, CR_KEY_MODEL_SOURCE, source ? source : ".");
    if (a->model && cr_scaffold_look(a->model, &s, err) < 0)
        return -1;
    if (a->model && !a->task && strcmp(s.text[CR_KEY_MODEL_TASK], "tensor") == 0)
        ui_note(c->ui, "'%s' names no task that is known: it is served as tensors in and out; --task says otherwise",
                a->model);
    if (!s.text[CR_KEY_MODEL_TASK])
        cr_scaffold_set(&s, CR_KEY_MODEL_TASK, "question-answering");
    if (!s.text[CR_KEY_FILE_MODEL])
        cr_scaffold_set(&s, CR_KEY_FILE_MODEL, "model.onnx");
    if (strcmp(s.text[CR_KEY_MODEL_TASK], "question-answering") == 0 && !s.text[CR_KEY_FILE_TOKENIZER] &&
        !s.text[CR_KEY_FILE_VOCAB])
        cr_scaffold_set(&s, CR_KEY_FILE_TOKENIZER, "tokenizer.json");
    text = cr_scaffold_manifest(&s);
    cli_copy_add(copy, CR_MANIFEST_NAME, NULL, text);
    return 0;
}

static int show(struct cmd *c, const struct cli_copy *copy, struct cr_error *err)
{
    json_t *files = json_array();

    for (size_t i = 0; i < copy->len; i++) {
        json_array_append_new(files, json_string(copy->file[i].to));
        if (!c->json)
            fprintf(c->out, "%s\n", copy->file[i].to);
    }
    if (c->json)
        return cmd_json(c, json_pack("{s:o}", "files", files), err);
    json_decref(files);
    ui_hint(c->ui, "look at %s, then run 'crdeploy check'", CR_MANIFEST_NAME);
    return 0;
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct init_args *a = c->args;
    CLI_AUTO_COPY struct cli_copy copy = {0};
    char name[50];

    if (a->from && (a->model || a->task || a->source)) {
        cr_fail(err, CR_E_USAGE, "--from copies an example as it is");
        return cr_hint(err, "leave out --model, --task and --source, and edit %s afterwards", CR_MANIFEST_NAME);
    }
    if (name_of(c, name, err) < 0)
        return -1;
    if (a->from ? add_example(a->from, c->npos ? name : NULL, &copy, err) < 0 : add_manifest(c, name, &copy, err) < 0)
        return -1;
    if (cli_copy_run(&copy, a->force, err) < 0)
        return -1;
    return show(c, &copy, err);
}

const struct verb verb_init = {
    .name = "init",
    .args = "[NAME]",
    .summary = "Write crdeploy.yaml in the working directory",
    .about =
        "Writes a manifest with every key: those that are known as lines, the others as comments with their default or "
        "an example. With --model, the task, the files and the length of the input are read from a directory in the "
        "Hugging Face layout. With --from, an example is copied, with its model, ready to build.\n\n"
        "A file that is there already is never overwritten without --force, and then nothing else is written "
        "either.",
    .examples = (const char *const[]){"crdeploy init distilbert --from tiny-distilbert-qa",
                                      "crdeploy init my-model --model ./model",
                                      "crdeploy init my-model --task tensor --source ./model", NULL},
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct init_args),
    .run = run,
};
