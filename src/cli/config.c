/* crdeploy's configuration file: `name = value` a line, `#` comments. */
#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/settings.h"

#define MAX_BYTES (64 * 1024)

int cli_config_path(char **path, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = NULL;

    if (cr_xdg_path(CR_XDG_CONFIG, "", &dir, err) < 0)
        return -1;
    *path = cr_path_join(dir, "config");
    return 0;
}

/* The whole file; empty when there is none. */
static int read_all(const char *path, char **text, struct cr_error *err)
{
    if (cr_file_exists(path))
        return cr_file_read(path, MAX_BYTES, text, NULL, err);
    *text = cr_strdup("");
    return 0;
}

static bool blank(const char *line, size_t n)
{
    size_t skip = strspn(line, " \t\r");

    return skip >= n || line[skip] == '#';
}

/* Where the value of `name` stands in a line of n bytes; NULL when it is another's. *len is without blanks. */
static const char *value_of(const char *line, size_t n, const char *name, size_t *len)
{
    const char *end = line + n, *at = line + strspn(line, " \t");
    size_t want = strlen(name);

    if (blank(line, n) || strncmp(at, name, want) != 0)
        return NULL;
    at += want;
    at += strspn(at, " \t");
    if (*at != '=')
        return NULL;
    at++;
    at += strspn(at, " \t");
    while (end > at && isspace((unsigned char)end[-1]))
        end--;
    *len = end > at ? (size_t)(end - at) : 0;
    return at;
}

/* Every line that is no comment is `name = value` with a name that config knows. */
static int check_lines(const char *path, const char *text, struct cr_error *err)
{
    int line = 1;

    for (size_t n; *text; text += n + (text[n] == '\n'), line++) {
        n = strcspn(text, "\n");
        if (blank(text, n) || memchr(text, '=', n))
            continue;
        cr_fail(err, CR_E_CONFIG, "%s:%d: not of the form name = value", path, line);
        return cr_hint(err, "correct the line, or remove it");
    }
    return 0;
}

static int open_config(char **path, char **text, struct cr_error *err)
{
    CR_AUTO_FREE char *where = NULL, *all = NULL;

    if (cli_config_path(&where, err) < 0 || read_all(where, &all, err) < 0 || check_lines(where, all, err) < 0)
        return -1;
    *path = CR_STEAL(where);
    *text = CR_STEAL(all);
    return 0;
}

int cli_config_get(const char *name, char **value, struct cr_error *err)
{
    CR_AUTO_FREE char *path = NULL, *text = NULL;
    char *found = NULL;

    if (open_config(&path, &text, err) < 0)
        return -1;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t len;
        const char *at = value_of(line, strcspn(line, "\n"), name, &len);

        if (!at)
            continue;
        free(found);
        found = len ? cr_strndup(at, len) : NULL;
    }
    *value = found;
    return 0;
}

int cli_config_set(const char *name, const char *value, struct cr_error *err)
{
    CR_AUTO_FREE char *path = NULL, *text = NULL, *dir = NULL;
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(MAX_BYTES);

    if (open_config(&path, &text, err) < 0)
        return -1;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t n = strcspn(line, "\n"), len;

        if (value_of(line, n, name, &len))
            continue;
        if (cr_str_addf(&out, err, "%.*s\n", (int)n, line) < 0)
            return -1;
    }
    if (value && cr_str_addf(&out, err, "%s = %s\n", name, value) < 0)
        return -1;
    if (cr_xdg_dir(CR_XDG_CONFIG, "", &dir, err) < 0)
        return -1;
    return cr_file_write(path, out.buf, out.len, 0600, err);
}
