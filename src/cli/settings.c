#include "cli/settings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/credential_find.h"
#include "cli/gcloud.h"
#include "cli/platform.h"
#include "gcp/http_curl.h"

void cli_settings_clear(struct cli_settings *s)
{
    for (size_t i = 0; i < s->len; i++)
        free(s->owned[i]);
    free(s->owned);
    *s = (struct cli_settings){0};
}

static const char *keep(struct cli_settings *s, char *text)
{
    if (s->len == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 16;
        s->owned = cr_realloc(s->owned, s->cap * sizeof(*s->owned));
    }
    return s->owned[s->len++] = text;
}

/* Takes both texts. */
static void put(struct cli_settings *s, enum cr_origin origin, enum cr_key key, char *text, char *where)
{
    s->layer[origin].text[key] = keep(s, text);
    s->layer[origin].where[key] = keep(s, where);
}

static void load_environment(struct cli_settings *s)
{
    for (int key = 0; key < CR_KEY_COUNT; key++) {
        const char *text = cr_keys[key].env ? getenv(cr_keys[key].env) : NULL;

        if (text && *text)
            put(s, CR_FROM_ENV, key, cr_strdup(text), cr_format("$%s", cr_keys[key].env));
    }
}

static int load_config(struct cli_settings *s, struct cr_error *err)
{
    for (int key = 0; key < CR_KEY_COUNT; key++) {
        char *value = NULL, *path = NULL;

        if (!cr_keys[key].config)
            continue;
        if (cli_config_get(cr_keys[key].config, &value, err) < 0 || (value && cli_config_path(&path, err) < 0)) {
            free(value);
            return -1;
        }
        if (value)
            put(s, CR_FROM_CONFIG, key, value, path);
    }
    return 0;
}

/* gcloud takes many words for a boolean, and a manifest two. New; what is no such word stays as it is, for the plan to
 * report. Takes text. */
static char *plain_bool(char *text)
{
    static const char *const words[][2] = {{"true", "true"}, {"1", "true"},      {"on", "true"},   {"yes", "true"},
                                           {"y", "true"},    {"false", "false"}, {"0", "false"},   {"off", "false"},
                                           {"no", "false"},  {"n", "false"},     {"none", "false"}};

    for (size_t i = 0; i < CR_LEN(words); i++)
        if (strcasecmp(text, words[i][0]) == 0) {
            free(text);
            return cr_strdup(words[i][1]);
        }
    return text;
}

static int load_gcloud(struct cli_settings *s, struct cr_error *err)
{
    CLI_AUTO_GCLOUD struct cli_gcloud g = {0};

    if (cli_gcloud_load(&g, err) < 0)
        return -1;
    for (int key = 0; key < CR_KEY_COUNT; key++) {
        char *value, *where;

        if (!cr_keys[key].gcloud || !cli_gcloud_get(&g, cr_keys[key].gcloud, &value, &where))
            continue;
        put(s, CR_FROM_GCLOUD, key, cr_keys[key].type == CR_T_BOOL ? plain_bool(value) : value, where);
    }
    return 0;
}

int cli_settings_load(const struct cr_layer *options, struct cli_settings *s, struct cr_error *err)
{
    *s = (struct cli_settings){0};
    if (options)
        s->layer[CR_FROM_OPTION] = *options;
    load_environment(s);
    if (load_config(s, err) < 0 || load_gcloud(s, err) < 0) {
        cli_settings_clear(s);
        return -1;
    }
    return 0;
}

/* The project that the credential belongs to: the last that is asked. */
static int load_project(struct cli_settings *s, struct cr_error *err)
{
    CLI_AUTO_GCLOUD struct cli_gcloud g = {0};
    struct gcp_http *http;
    char *project, *where;

    if (cli_gcloud_load(&g, err) < 0)
        return -1;
    http = gcp_http_curl_new(NULL);
    if (cli_credential_project(&g, http, &project, &where))
        put(s, CR_FROM_PLATFORM, CR_KEY_PROJECT, project, where);
    gcp_http_curl_free(http);
    return 0;
}

/* What the platform itself brings; which one it is, the other layers decide. An unknown name is the plan's to report.
 */
static int load_platform(struct cli_settings *s, const struct cr_manifest *m, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems ignored = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    const struct cli_platform *platform;

    if (cr_plan_make(m, s->layer, &plan, &ignored, err) < 0)
        return -1;
    platform = cli_platform_find(cr_plan_text(&plan, CR_KEY_PLATFORM));
    if (!platform)
        return 0;
    if (platform->project)
        put(s, CR_FROM_PLATFORM, CR_KEY_PROJECT, cr_strdup(platform->project),
            cr_format("platform %s", platform->name));
    else if (!cr_plan_has(&plan, CR_KEY_PROJECT) && load_project(s, err) < 0)
        return -1;
    if (platform->region)
        put(s, CR_FROM_PLATFORM, CR_KEY_REGION, cr_strdup(platform->region), cr_format("platform %s", platform->name));
    return 0;
}

/* The manifest a positional stands for. New. */
static char *manifest_path(const char *dir_or_manifest)
{
    struct stat st;

    if (!dir_or_manifest || strcmp(dir_or_manifest, ".") == 0)
        return cr_strdup(CR_MANIFEST_NAME);
    if (stat(dir_or_manifest, &st) == 0 && !S_ISDIR(st.st_mode))
        return cr_strdup(dir_or_manifest);
    return cr_path_join(dir_or_manifest, CR_MANIFEST_NAME);
}

static int load_manifest(const char *path, bool required, struct cr_manifest *m, struct cr_problems *problems,
                         bool *found, struct cr_error *err)
{
    *found = cr_file_exists(path);
    if (*found)
        return cr_manifest_load(path, m, problems, err);
    if (!required)
        return 0;
    cr_fail(err, CR_E_CONFIG, "there is no '%s'", path);
    return strchr(path, '/') ? cr_hint(err, "run 'crdeploy init' there, or name the directory that has one")
                             : cr_hint(err, "run 'crdeploy init', or name the directory that has one");
}

int cli_plan_bare(const struct cr_layer *options, struct cr_plan *plan, struct cr_problems *problems,
                  struct cr_error *err)
{
    CR_AUTO_SETTINGS struct cli_settings s = {0};

    if (cli_settings_load(options, &s, err) < 0 || load_platform(&s, NULL, err) < 0)
        return -1;
    return cr_plan_make(NULL, s.layer, plan, problems, err);
}

int cli_plan_load(const char *dir_or_manifest, const struct cr_layer *options, bool manifest_required,
                  struct cr_manifest *m, struct cr_plan *plan, struct cr_problems *problems, struct cr_error *err)
{
    CR_AUTO_FREE char *path = manifest_path(dir_or_manifest);
    CR_AUTO_SETTINGS struct cli_settings s = {0};
    bool found;

    if (load_manifest(path, manifest_required, m, problems, &found, err) < 0 ||
        cli_settings_load(options, &s, err) < 0 || load_platform(&s, found ? m : NULL, err) < 0)
        return -1;
    return cr_plan_make(found ? m : NULL, s.layer, plan, problems, err);
}
