#include "cli/record_file.h"

#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

enum { KEEP = 200 };

int cli_record_load(const char *file, json_t **all, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = NULL, *path = NULL;

    if (cr_xdg_path(CR_XDG_STATE, "", &dir, err) < 0)
        return -1;
    path = cr_path_join(dir, file);
    *all = json_load_file(path, 0, NULL);
    if (!json_is_object(*all)) {
        json_decref(*all);
        *all = json_object();
    }
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

int cli_record_save(const char *file, const char *key, json_t *row, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = NULL, *path = NULL, *text = NULL;
    json_auto_t *all = NULL, *taken = row;

    if (cr_xdg_dir(CR_XDG_STATE, "", &dir, err) < 0 || cli_record_load(file, &all, err) < 0)
        return -1;
    json_object_del(all, key);
    while (json_object_size(all) >= KEEP)
        drop_oldest(all);
    if (taken) {
        json_object_set_new(taken, "time", json_integer((json_int_t)cr_wall_ms()));
        json_object_set(all, key, taken);
    }
    path = cr_path_join(dir, file);
    text = cr_oom_check(json_dumps(all, JSON_INDENT(1) | JSON_SORT_KEYS));
    return cr_file_write(path, text, strlen(text), 0600, err);
}
