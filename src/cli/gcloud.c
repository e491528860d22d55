#include "cli/gcloud.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_BYTES (256 * 1024)

void cli_gcloud_clear(struct cli_gcloud *g)
{
    free(g->path);
    free(g->text);
    *g = (struct cli_gcloud){0};
}

/* [a-z][-a-z0-9]*: also keeps the name inside the directory of configurations. */
static bool name_ok(const char *name)
{
    return *name >= 'a' && *name <= 'z' && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

char *cli_gcloud_dir(void)
{
    const char *set = getenv("CLOUDSDK_CONFIG"), *home = getenv("HOME");

    if (set && *set)
        return cr_strdup(set);
    return home && *home ? cr_format("%s/.config/gcloud", home) : NULL;
}

/* Name of the active configuration. New. */
static int active(const char *dir, char **name, struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, "active_config"), *text = NULL;
    const char *set = getenv("CLOUDSDK_ACTIVE_CONFIG_NAME");

    if (set && *set) {
        *name = cr_strdup(set);
        return 0;
    }
    if (access(path, F_OK) < 0) {
        *name = cr_strdup("default");
        return 0;
    }
    if (cr_file_read(path, MAX_BYTES, &text, NULL, err) < 0)
        return -1;
    text[strcspn(text, " \t\r\n")] = '\0';
    *name = *text ? CR_STEAL(text) : cr_strdup("default");
    return 0;
}

/* A configuration that is asked for by name must be there; what a file names may have been deleted since. */
static int missing(const char *name, struct cr_error *err)
{
    const char *set = getenv("CLOUDSDK_ACTIVE_CONFIG_NAME");

    if (!set || !*set || strcmp(name, "default") == 0)
        return 0;
    cr_fail(err, CR_E_CONFIG, "CLOUDSDK_ACTIVE_CONFIG_NAME names gcloud's configuration '%.100s', which is not there",
            name);
    return cr_hint(err, "list them: gcloud config configurations list; or unset the variable");
}

int cli_gcloud_load(struct cli_gcloud *g, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = cli_gcloud_dir(), *name = NULL, *path = NULL;

    *g = (struct cli_gcloud){0};
    if (!dir)
        return 0;
    if (active(dir, &name, err) < 0)
        return -1;
    if (strcmp(name, "NONE") == 0)
        return 0;
    path = cr_format("%s/configurations/config_%s", dir, name);
    if (!name_ok(name) || access(path, F_OK) < 0)
        return missing(name, err);
    if (cr_file_read(path, MAX_BYTES, &g->text, NULL, err) < 0)
        return -1;
    g->path = CR_STEAL(path);
    return 0;
}

/* Both ends without blanks; n is the new length. */
static const char *trim(const char *s, size_t *n)
{
    while (*n && isspace((unsigned char)s[*n - 1]))
        --*n;
    for (; *n && isspace((unsigned char)*s); s++)
        --*n;
    return s;
}

static bool word_is(const char *s, size_t n, const char *word, size_t len)
{
    s = trim(s, &n);
    return n == len && memcmp(s, word, len) == 0;
}

/* Python's configparser writes a percent sign twice. New. */
static char *unescape(const char *s, size_t n)
{
    char *text = cr_strndup(s, n), *to = text;

    for (const char *from = text; *from; from++) {
        from += from[0] == '%' && from[1] == '%';
        *to++ = *from;
    }
    *to = '\0';
    return text;
}

/* The last value of section/name in INI text, as configparser reads it; NULL when unset. New. */
static char *ini_get(const char *text, const char *property)
{
    size_t section = strcspn(property, "/");
    const char *name = property + section + 1;
    bool inside = false;
    char *found = NULL;

    for (size_t n; *text; text += n + (text[n] == '\n')) {
        size_t key;

        n = strcspn(text, "\n");
        if (*text == '#' || *text == ';')
            continue;
        if (*text == '[') {
            size_t close = strcspn(text, "]\n");

            inside = text[close] == ']' && word_is(text + 1, close - 1, property, section);
            continue;
        }
        key = strcspn(text, "=:\n");
        if (inside && text[key] != '\n' && text[key] && word_is(text, key, name, strlen(name))) {
            size_t len = n - key - 1;
            const char *value = trim(text + key + 1, &len);

            free(found);
            found = len ? unescape(value, len) : NULL;
        }
    }
    return found;
}

bool cli_gcloud_true(const struct cli_gcloud *g, const char *property)
{
    static const char *const yes[] = {"true", "1", "on", "yes", "y"};
    CR_AUTO_FREE char *value = NULL, *where = NULL;

    if (cli_gcloud_get(g, property, &value, &where))
        for (size_t i = 0; i < CR_LEN(yes); i++)
            if (strcasecmp(value, yes[i]) == 0)
                return true;
    return false;
}

bool cli_gcloud_get(const struct cli_gcloud *g, const char *property, char **value, char **where)
{
    CR_AUTO_FREE char *variable = cr_format("CLOUDSDK_%s", property);
    bool project = strcmp(property, "core/project") == 0;
    const char *names[] = {project ? "GOOGLE_CLOUD_PROJECT" : NULL, project ? "GCLOUD_PROJECT" : NULL, variable};
    char *text;

    for (char *p = variable; *p; p++)
        *p = *p == '/' ? '_' : (char)toupper((unsigned char)*p);
    for (size_t i = 0; i < CR_LEN(names); i++) {
        const char *set = names[i] ? getenv(names[i]) : NULL;

        if (!set || !*set)
            continue;
        *value = cr_strdup(set);
        *where = cr_format("$%s", names[i]);
        return true;
    }
    text = g->text ? ini_get(g->text, property) : NULL;
    if (!text)
        return false;
    *value = text;
    *where = cr_strdup(g->path);
    return true;
}
