#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "core/check_parts.h"

/* Inside the source: relative, and never up. */
static bool inside(const char *path)
{
    if (!*path || *path == '/')
        return false;
    for (; *path; path += strcspn(path, "/"), path += strspn(path, "/"))
        if (strcspn(path, "/") == 2 && path[0] == '.' && path[1] == '.')
            return false;
    return true;
}

/* Does this file stand in the source? */
static bool beside(const char *source, const char *name)
{
    CR_AUTO_FREE char *path = cr_path_join(source, name);

    return access(path, R_OK) == 0;
}

/* The first of these names that stands in the source, or NULL. */
static const char *first_of(const char *source, const char *const *names)
{
    for (; *names; names++)
        if (beside(source, *names))
            return *names;
    return NULL;
}

static void check_file(const struct cr_plan *plan, enum cr_key key, const char *source, bool look,
                       struct cr_problems *problems)
{
    static const char *const graphs[] = {"model.onnx", "onnx/model.onnx", "model_optimized.onnx", NULL};
    const char *name = cr_plan_text(plan, key), *other;
    CR_AUTO_FREE char *path = cr_plan_path(plan, key);
    struct cr_problem *p;
    struct stat st;

    if (!path)
        return;
    if (!inside(name)) {
        p = cr_check_fault(plan, key, problems, "%s '%s' leads out of the source", cr_keys[key].path, name);
        cr_problem_hint(p, "name a file inside '%s', such as %s", source, cr_keys[key].example);
        return;
    }
    if (!look || (stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, R_OK) == 0))
        return;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        p = cr_check_fault(plan, key, problems, "%s '%s' is not a file", cr_keys[key].path, path);
    else
        p = cr_check_fault(plan, key, problems, "%s '%s': %s", cr_keys[key].path, path,
                           strerror(access(path, R_OK) < 0 ? errno : ENOENT));
    other = key == CR_KEY_FILE_MODEL ? first_of(source, graphs) : NULL;
    if (other)
        cr_problem_hint(p, "there is '%s': write 'model: %s' under model.files", other, other);
    else
        cr_problem_hint(p, "put the file there, or name another as %s", cr_keys[key].path);
}

static void check_tokenizer(const struct cr_plan *plan, const char *source, bool look, struct cr_problems *problems)
{
    struct cr_problem *p;

    if (strcmp(cr_plan_text(plan, CR_KEY_MODEL_TASK), "question-answering") != 0 ||
        cr_plan_has(plan, CR_KEY_FILE_TOKENIZER) || cr_plan_has(plan, CR_KEY_FILE_VOCAB))
        return;
    p = cr_check_fault(plan, CR_KEY_MODEL_TASK, problems, "question-answering needs a tokenizer");
    if (look && !beside(source, "tokenizer.json") && beside(source, "vocab.txt"))
        cr_problem_hint(p, "add 'vocab: vocab.txt' under model.files");
    else
        cr_problem_hint(p, "add 'tokenizer: tokenizer.json' under model.files");
}

static void check_directory(const struct cr_plan *plan, enum cr_key key, struct cr_problems *problems)
{
    CR_AUTO_FREE char *path = cr_plan_path(plan, key);
    struct stat st;

    if (!path || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return;
    cr_problem_hint(cr_check_fault(plan, key, problems, "%s '%s' is not a directory", cr_keys[key].path, path),
                    "make it, or name another");
}

void cr_check_files(const struct cr_plan *plan, bool look, struct cr_problems *problems)
{
    CR_AUTO_FREE char *source = cr_plan_path(plan, CR_KEY_MODEL_SOURCE);
    size_t before;

    if (!source) /* its own fault is in the list */
        return;
    if (look)
        check_directory(plan, CR_KEY_BUILD_TEMPLATE_DIR, problems);
    before = problems->len;
    if (look)
        check_directory(plan, CR_KEY_MODEL_SOURCE, problems);
    look = look && problems->len == before; /* one fault for a missing directory, not one for each of its files */
    for (int key = CR_KEY_FILE_MODEL; key <= CR_KEY_FILE_CONFIG; key++)
        check_file(plan, key, source, look, problems);
    check_tokenizer(plan, source, look, problems);
}
