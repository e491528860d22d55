#include "cli/record.h"

#include <jansson.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "core/body_build.h"

enum { KEEP = 200 };

static char *key_text(const struct cli_record_key *k)
{
    return cr_format("%s/%s/%s/%s", k->platform, k->project, k->image, k->context);
}

/* A missing or damaged record is an empty one. */
static int load(char **path, json_t **all, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = NULL;

    if (cr_xdg_path(CR_XDG_STATE, "", &dir, err) < 0)
        return -1;
    *path = cr_path_join(dir, "builds.json");
    *all = json_load_file(*path, 0, NULL);
    if (!json_is_object(*all)) {
        json_decref(*all);
        *all = json_object();
    }
    return 0;
}

int cli_record_get(const struct cli_record_key *key, char **digest, struct cr_error *err)
{
    CR_AUTO_FREE char *path = NULL, *name = key_text(key);
    json_auto_t *all = NULL;
    const char *found;

    if (load(&path, &all, err) < 0)
        return -1;
    found = json_string_value(json_object_get(json_object_get(all, name), "digest"));
    *digest = found ? cr_strdup(found) : NULL;
    return 0;
}

/* Behind the host, and without tag or digest. New. */
static char *bare(const char *image)
{
    const char *slash = strchr(image, '/');
    CR_AUTO_FREE char *path = cr_image_path(slash ? slash : image);

    return CR_STEAL(path);
}

int cli_record_elsewhere(const char *platform, const char *project, const char *image, char **other,
                         struct cr_error *err)
{
    CR_AUTO_FREE char *path = NULL, *prefix = cr_format("%s/%s/", platform, project), *wanted = bare(image);
    size_t host = strcspn(image, "/"), n = strlen(prefix);
    CR_AUTO_FREE char *found = NULL;
    json_auto_t *all = NULL;
    json_int_t newest = 0;
    const char *name;
    json_t *row;

    if (load(&path, &all, err) < 0)
        return -1;
    json_object_foreach(all, name, row)
    {
        json_int_t time = json_integer_value(json_object_get(row, "time"));
        CR_AUTO_FREE char *built = strncmp(name, prefix, n) == 0 ? cr_strdup(name + n) : NULL, *its = NULL;
        char *context = built ? strrchr(built, '/') : NULL;

        if (!context)
            continue;
        *context = '\0';
        its = bare(built);
        if (strcmp(its, wanted) != 0)
            continue;
        if (strcspn(built, "/") == host && strncmp(built, image, host) == 0)
            return (*other = NULL, 0); /* here it is */
        if (!found || time > newest) {
            free(found);
            found = CR_STEAL(built);
            newest = time;
        }
    }
    *other = CR_STEAL(found);
    return 0;
}

static void drop_oldest(json_t *all)
{
    const char *name, *oldest = NULL;
    json_int_t least = 0;
    json_t *row;

    json_object_foreach(all, name, row)
    {
        json_int_t time = json_integer_value(json_object_get(row, "time"));

        if (!oldest || time < least) {
            oldest = name;
            least = time;
        }
    }
    if (oldest)
        json_object_del(all, oldest);
}

int cli_record_put(const struct cli_record_key *key, const char *digest, struct cr_error *err)
{
    CR_AUTO_FREE char *path = NULL, *dir = NULL, *name = key_text(key), *text = NULL;
    json_auto_t *all = NULL;

    if (cr_xdg_dir(CR_XDG_STATE, "", &dir, err) < 0 || load(&path, &all, err) < 0)
        return -1;
    while (json_object_size(all) >= KEEP)
        drop_oldest(all);
    json_object_set_new(all, name, json_pack("{s:s, s:I}", "digest", digest, "time", (json_int_t)cr_wall_ms()));
    text = cr_oom_check(json_dumps(all, JSON_INDENT(1) | JSON_SORT_KEYS));
    return cr_file_write(path, text, strlen(text), 0600, err);
}
