#include "cli/record.h"

#include <jansson.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/record_file.h"
#include "core/body_build.h"

static const char file[] = "builds.json";

static char *key_text(const struct cli_record_key *k)
{
    return cr_format("%s/%s/%s/%s", k->platform, k->project, k->image, k->context);
}

int cli_record_get(const struct cli_record_key *key, char **digest, struct cr_error *err)
{
    CR_AUTO_FREE char *name = key_text(key);
    json_auto_t *all = NULL;
    const char *found;

    if (cli_record_load(file, &all, err) < 0)
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
    CR_AUTO_FREE char *prefix = cr_format("%s/%s/", platform, project), *wanted = bare(image);
    size_t host = strcspn(image, "/"), n = strlen(prefix);
    CR_AUTO_FREE char *found = NULL;
    json_auto_t *all = NULL;
    json_int_t newest = 0;
    const char *name;
    json_t *row;

    if (cli_record_load(file, &all, err) < 0)
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

int cli_record_put(const struct cli_record_key *key, const char *digest, bool model, struct cr_error *err)
{
    CR_AUTO_FREE char *name = key_text(key);

    return cli_record_save(file, name, json_pack("{s:s, s:b}", "digest", digest, "model", model), err);
}

bool cli_record_is_model(const char *platform, const char *digest)
{
    json_auto_t *all = NULL;
    struct cr_error unread = {0};
    size_t n = strlen(platform);
    const char *name;
    json_t *row;

    if (cli_record_load(file, &all, &unread) < 0)
        return false;
    json_object_foreach(all, name, row)
    {
        const char *has = json_string_value(json_object_get(row, "digest"));

        if (strncmp(name, platform, n) == 0 && name[n] == '/' && has && strcmp(has, digest) == 0 &&
            json_is_true(json_object_get(row, "model")))
            return true;
    }
    return false;
}
