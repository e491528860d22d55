#include "local/image_config.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"

static void copy_member(json_t *to, const char *name, const json_t *from, const char *engine)
{
    json_t *value = json_object_get(from, engine);

    if (value && !json_is_null(value))
        json_object_set(to, name, value);
}

json_t *local_image_config_inspected(const char *json)
{
    json_auto_t *seen = json_loads(json, 0, NULL);
    const json_t *rootfs = json_object_get(seen, "RootFS");
    json_t *config;

    if (!json_is_object(seen))
        return NULL;
    config = json_object();
    copy_member(config, "created", seen, "Created");
    copy_member(config, "architecture", seen, "Architecture");
    copy_member(config, "os", seen, "Os");
    copy_member(config, "config", seen, "Config");
    copy_member(config, "history", seen, "History");
    json_object_set_new(config, "rootfs", json_pack("{s:s, s:[]}", "type", "layers", "diff_ids"));
    copy_member(json_object_get(config, "rootfs"), "diff_ids", rootfs, "Layers");
    return config;
}

/* One word of a LABEL line, quotes and backslashes taken off; *text moves behind it. New; NULL at the end. */
static char *next_word(const char **text)
{
    const char *p = *text + strspn(*text, " \t");
    char *word, *to, quote = '\0';

    if (!*p)
        return NULL;
    word = to = cr_strdup(p);
    for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
        if (*p == quote)
            quote = '\0';
        else if (!quote && (*p == '"' || *p == '\''))
            quote = *p;
        else if (*p == '\\' && p[1] && quote != '\'')
            *to++ = *++p;
        else
            *to++ = *p;
    }
    *to = '\0';
    *text = p;
    return word;
}

static void take_labels(json_t *labels, const char *line)
{
    char *word;

    while ((word = next_word(&line))) {
        char *eq = strchr(word, '=');

        if (eq) {
            *eq = '\0';
            json_object_set_new(labels, word, json_string(eq + 1));
        }
        free(word);
    }
}

/* Lines that end with a backslash go on with the next. */
static void join_lines(char *text)
{
    for (char *p = text; (p = strstr(p, "\\\n")); p += 2)
        p[0] = p[1] = ' ';
}

static bool is_instruction(const char *line, const char *name)
{
    size_t n = strlen(name);

    return strncasecmp(line, name, n) == 0 && isblank((unsigned char)line[n]);
}

json_t *local_image_config_dockerfile(const char *text)
{
    CR_AUTO_FREE char *copy = cr_strdup(text);
    json_t *labels = json_object();
    char *rest = copy, *line;

    join_lines(copy);
    while ((line = strsep(&rest, "\n"))) {
        line += strspn(line, " \t");
        if (is_instruction(line, "FROM"))
            json_object_clear(labels);
        if (is_instruction(line, "LABEL"))
            take_labels(labels, line + strlen("LABEL"));
    }
    return json_pack("{s:s, s:s, s:{s:o}, s:{s:s, s:[]}}", "architecture", "amd64", "os", "linux", "config", "Labels",
                     labels, "rootfs", "type", "layers", "diff_ids");
}
