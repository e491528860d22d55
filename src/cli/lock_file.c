#include "cli/lock_file.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/platform.h"
#include "core/render.h"
#include "gcp/endpoints.h"
#include "gcp/http_curl.h"
#include "gcp/hub.h"

static char *lock_path(const struct cli_job *job)
{
    return cr_path_join(job->manifest.dir, CR_LOCK_NAME);
}

void cli_lock_load(struct cmd *c, struct cli_job *job)
{
    CR_AUTO_FREE char *path = lock_path(job);
    struct cr_error unread = {0};

    cr_lock_clear(&job->locked);
    if (cr_file_exists(path) && cr_lock_read(path, &job->locked, &unread) < 0)
        ui_warn(c->ui, "the lock is not used: %s", unread.msg);
}

/* From the registry, without any credential. */
static int find_digest(struct cmd *c, char **digest, struct cr_error *err)
{
    struct gcp_http *http = cli_door();
    char found[GCP_HUB_DIGEST];
    GCP_AUTO struct gcp g = {0};
    int rc;

    gcp_init(&g, http, NULL, NULL);
    rc = gcp_endpoints_set(&g, NULL, cli_getenv, NULL, err);
    if (rc == 0) {
        ui_progress(c->ui, "looking up the base image", 0, 0, false);
        rc = gcp_hub_digest(http, g.endpoint[GCP_DOCKER_HUB], CR_BASE_IMAGE, found, err);
        ui_done(c->ui, NULL);
    }
    gcp_http_curl_free(http);
    if (rc == 0)
        *digest = cr_strdup(found);
    return rc;
}

static bool is_locked(const struct cli_job *job)
{
    return job->locked.base_image && strcmp(job->locked.base_image, CR_BASE_IMAGE) == 0;
}

int cli_lock_base(struct cmd *c, const struct cli_job *job, char **digest, struct cr_error *err)
{
    *digest = NULL;
    if (job->base == CLI_BASE_MOVE)
        return find_digest(c, digest, err);
    if (is_locked(job)) {
        *digest = cr_strdup(job->locked.base_digest);
        return 0;
    }
    if (job->base == CLI_BASE_LOCKED || find_digest(c, digest, err) == 0)
        return 0;
    if (err->code != CR_E_NET && err->code != CR_E_API)
        return -1;
    ui_warn(c->ui, "the base image " CR_BASE_IMAGE " is named by its tag, not by its digest: %s", err->msg);
    ui_hint(c->ui, "run 'crdeploy lock' where the registry can be reached");
    *err = (struct cr_error){0};
    return 0;
}

void cli_lock_changes(const struct cli_job *job, struct cr_problems *changes)
{
    CR_AUTO_FREE char *path = lock_path(job);

    if (!job->locked.source)
        cr_problems_add(changes, CR_E_CONFIG, path, "nothing is locked");
    else
        cr_lock_compare(&job->locked, &job->lock, path, changes);
}

void cli_lock_keep(struct cmd *c, const struct cli_job *job)
{
    CR_AUTO_FREE char *path = lock_path(job);
    CR_AUTO_PROBLEMS struct cr_problems changes = {0};
    struct cr_error unwritten = {0};

    cli_lock_changes(job, &changes);
    if (!changes.len)
        return;
    for (size_t i = 0; job->locked.source && i < changes.len; i++)
        ui_note(c->ui, "%s: %s; the lock is updated", path, changes.row[i].msg);
    if (cr_lock_write(path, &job->lock, &unwritten) < 0)
        ui_warn(c->ui, "the lock is only in the image: %s", unwritten.msg);
}
