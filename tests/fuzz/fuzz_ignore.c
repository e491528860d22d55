/*
 * Input: an ignore file, a NUL, a path. Properties: a line that says nothing changes nothing; under .gcloudignore what
 * is below an ignored directory is ignored; a last pattern that takes everything decides for both kinds.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/ignore.h"

static bool ask(enum cr_ignore_kind kind, const char *text, const char *path, bool is_dir, bool *valid)
{
    struct cr_ignore *ig = cr_ignore_new(kind);
    struct cr_error err = {0};
    bool ignored = false;

    *valid = cr_ignore_parse(ig, text, strlen(text), "fuzz", NULL, &err) == 0;
    if (*valid)
        ignored = cr_ignore_match(ig, path, is_dir);
    else if (err.code != CR_E_CONFIG || strncmp(err.msg, "fuzz:", 5) != 0)
        abort();
    cr_ignore_free(ig);
    return ignored;
}

static void check(enum cr_ignore_kind kind, const char *text, const char *path)
{
    char *more = cr_format("%s\n# nothing\n\n", text), *below = cr_format("%s/below", path);
    char *all = cr_format("%s\n%s", text, kind == CR_IGNORE_DOCKER ? "**" : "*");
    bool valid, again, as_dir;
    bool ignored = ask(kind, text, path, false, &valid);

    if (ask(kind, more, path, false, &again) != ignored || again != valid)
        abort();
    as_dir = ask(kind, text, path, true, &again);
    if (kind == CR_IGNORE_GCLOUD && as_dir && !ask(kind, text, below, false, &again))
        abort();
    if (valid && !ask(kind, all, path, false, &again))
        abort();
    free(more);
    free(below);
    free(all);
}

/* A path as a walk gives it: no empty component, none that is "." or "..". */
static bool is_path(const char *path)
{
    for (const char *part = path;; part++) {
        size_t n = strcspn(part, "/");

        if (!n || (n <= 2 && strspn(part, ".") >= n))
            return false;
        part += n;
        if (!*part)
            return strlen(path) < 512;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
    char *text, *path;

    if (!nul || size > 4096)
        return 0;
    text = cr_strndup((const char *)data, (size_t)(nul - data));
    path = cr_strndup((const char *)nul + 1, size - (size_t)(nul - data) - 1);
    if (is_path(path)) {
        check(CR_IGNORE_GCLOUD, text, path);
        check(CR_IGNORE_DOCKER, text, path);
    }
    free(text);
    free(path);
    return 0;
}
