#include "core/source.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "core/ignore.h"
#include "core/manifest.h"

/* ---- kinds ---- */

const char *cr_source_suffix(const char *source, enum cr_source_kind kind)
{
    const char *slash = strrchr(source, '/'), *base = slash ? slash + 1 : source, *dot = strrchr(base, '.');

    return kind == CR_SOURCE_ARCHIVE || kind == CR_SOURCE_OBJECT ? (dot && dot != base ? dot : "") : ".tgz";
}

static int kind_of_path(const char *source, bool plain, enum cr_source_kind *kind, struct cr_error *err)
{
    static const char *const endings[] = {".zip", ".tgz", ".gz"};
    CR_AUTO_FREE char *manifest = cr_path_join(source, CR_MANIFEST_NAME);
    const char *suffix = cr_source_suffix(source, CR_SOURCE_ARCHIVE);
    struct stat st;

    if (stat(source, &st) < 0) {
        cr_fail(err, CR_E_CONFIG, "there is no source '%s'", source);
        return cr_hint(err, "name a directory, an archive, gs://BUCKET/OBJECT or a connected repository");
    }
    if (S_ISDIR(st.st_mode)) {
        *kind = !plain && cr_file_exists(manifest) ? CR_SOURCE_MODEL : CR_SOURCE_DIR;
        return 0;
    }
    if (strcmp(suffix, ".yaml") == 0 || strcmp(suffix, ".yml") == 0) {
        *kind = CR_SOURCE_MODEL;
        return 0;
    }
    for (size_t i = 0; i < CR_LEN(endings); i++)
        if (strcmp(suffix, endings[i]) == 0) {
            *kind = CR_SOURCE_ARCHIVE;
            return 0;
        }
    cr_fail(err, CR_E_CONFIG, "the file '%s' is no archive that Cloud Build takes", source);
    return cr_hint(err, "it takes .tgz, .tar.gz and .zip");
}

int cr_source_kind(const char *source, bool plain, enum cr_source_kind *kind, struct cr_error *err)
{
    static const char repository[] = "projects/*/locations/*/connections/*/repositories/*",
                      link[] = "projects/*/locations/*/connections/*/gitRepositoryLinks/*";

    if (strncmp(source, "gs://", 5) == 0)
        *kind = CR_SOURCE_OBJECT;
    else if (strncmp(source, "https://", 8) == 0 || strncmp(source, "http://", 7) == 0)
        *kind = CR_SOURCE_GIT;
    else if (fnmatch(repository, source, 0) == 0 || fnmatch(link, source, 0) == 0)
        *kind = CR_SOURCE_REPOSITORY;
    else
        return kind_of_path(source, plain, kind, err);
    return 0;
}

int cr_gs_parse(const char *url, char **bucket, char **object, struct cr_error *err)
{
    const char *from = strncmp(url, "gs://", 5) == 0 ? url + 5 : "", *slash = strchr(from, '/');

    if (!slash || slash == from || !slash[1]) {
        cr_fail(err, CR_E_CONFIG, "'%s' names no object in Cloud Storage", url);
        return cr_hint(err, "write gs://BUCKET/OBJECT");
    }
    *bucket = cr_strndup(from, (size_t)(slash - from));
    *object = cr_strdup(slash + 1);
    return 0;
}

/* ---- what stays behind ---- */

void cr_drops_clear(struct cr_drops *drops)
{
    for (size_t i = 0; i < drops->len; i++) {
        free(drops->row[i].place);
        free(drops->row[i].pattern);
    }
    free(drops->row);
    *drops = (struct cr_drops){0};
}

static struct cr_drop *row_of(struct cr_drops *drops, const struct cr_ignore_origin *why)
{
    for (size_t i = 0; i < drops->len; i++)
        if (drops->row[i].rule == why)
            return &drops->row[i];
    drops->row = cr_realloc(drops->row, (drops->len + 1) * sizeof(*drops->row));
    drops->row[drops->len] = (struct cr_drop){why, cr_strdup(why->place), cr_strdup(why->text), 0, 0};
    return &drops->row[drops->len++];
}

struct walk {
    struct cr_context *ctx;
    const char *root;
    const struct cr_ignore *gcloud, *docker;
    struct cr_drops *drops;
};

static void closedirp(DIR **d)
{
    if (*d)
        closedir(*d);
}

/* Counts a file, or all files below a directory. What cannot be read is not sent either. */
static void count(struct cr_drop *row, const char *at)
{
    CR_AUTO(closedirp) DIR *d = NULL;
    const struct dirent *found;
    struct stat st;

    if (lstat(at, &st) < 0)
        return;
    if (!S_ISDIR(st.st_mode)) {
        row->files++;
        row->bytes += S_ISREG(st.st_mode) ? st.st_size : 0;
        return;
    }
    d = opendir(at);
    while (d && (found = readdir(d))) {
        CR_AUTO_FREE char *next = cr_path_join(at, found->d_name);

        if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0)
            count(row, next);
    }
}

/* ---- the walk ---- */

static int walk_dir(struct walk *w, const char *rel, struct cr_error *err);

/* Docker reads these two whatever .dockerignore says. */
static bool always(const char *rel)
{
    return strcmp(rel, "Dockerfile") == 0 || strcmp(rel, ".dockerignore") == 0;
}

static int visit(struct walk *w, const char *rel, struct cr_error *err)
{
    CR_AUTO_FREE char *at = cr_path_join(w->root, rel);
    const struct cr_ignore_origin *why;
    struct stat st, to;
    bool is_dir, enter;

    if (lstat(at, &st) < 0)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", at, strerror(errno));
    enter = S_ISDIR(st.st_mode);
    is_dir = enter || (S_ISLNK(st.st_mode) && stat(at, &to) == 0 && S_ISDIR(to.st_mode)); /* as gcloud asks */
    why = w->gcloud ? cr_ignore_why(w->gcloud, rel, is_dir) : NULL;
    if (why)
        enter = false;
    else if (w->docker && !always(rel) && (why = cr_ignore_why(w->docker, rel, is_dir)))
        enter = enter && !cr_ignore_prunes(w->docker);
    if (why && !enter && w->drops)
        count(row_of(w->drops, why), at);
    if (!why && cr_context_add_as_is(w->ctx, rel, at, err) < 0)
        return -1;
    return enter ? walk_dir(w, rel, err) : 0;
}

struct step {
    struct walk *w;
    const char *rel;
};

static int step_in(void *ud, const char *name, struct cr_error *err)
{
    const struct step *s = ud;
    CR_AUTO_FREE char *next = *s->rel ? cr_path_join(s->rel, name) : cr_strdup(name);

    return visit(s->w, next, err);
}

static int walk_dir(struct walk *w, const char *rel, struct cr_error *err)
{
    CR_AUTO_FREE char *at = *rel ? cr_path_join(w->root, rel) : cr_strdup(w->root);

    return cr_dir_each(at, step_in, &(struct step){w, rel}, err);
}

int cr_source_add(struct cr_context *ctx, const char *dir, const struct cr_source_rules *rules, struct cr_error *err)
{
    CR_AUTO_IGNORE struct cr_ignore *gcloud = NULL, *docker = NULL;
    struct walk w = {.ctx = ctx, .root = dir, .drops = rules->drops};

    if (!rules->all && cr_ignore_gcloud(dir, rules->ignore_file, &gcloud, err) < 0)
        return -1;
    if (rules->docker && cr_ignore_docker(dir, &docker, err) < 0)
        return -1;
    w.gcloud = gcloud;
    w.docker = docker;
    return walk_dir(&w, "", err);
}

/* ---- the listing ---- */

json_t *cr_source_listing(const struct cr_context *ctx)
{
    static const char *const types[] = {
        [CR_ENTRY_DIR] = "dir", [CR_ENTRY_BYTES] = "file", [CR_ENTRY_FILE] = "file", [CR_ENTRY_LINK] = "symlink"};
    json_t *list = json_array();

    for (size_t i = 0; i < ctx->len; i++) {
        const struct cr_entry *e = &ctx->entry[i];
        CR_AUTO_FREE char *mode = cr_format("%o", e->mode);
        json_t *row =
            json_pack("{s:s?, s:s, s:s, s:i, s:i, s:s, s:s, s:I}", "name", e->path, "type", types[e->kind], "mode",
                      mode, "uid", 0, "gid", 0, "uname", "root", "gname", "root", "size", (json_int_t)e->size);

        if (!row) /* a name that is no UTF-8 has no place in JSON; the archive has it as it is */
            continue;
        if (e->kind == CR_ENTRY_LINK)
            json_object_set_new(row, "link", json_string(e->from));
        json_array_append_new(list, row);
    }
    return list;
}
