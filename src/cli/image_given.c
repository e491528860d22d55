#include "cli/image_given.h"

#include <string.h>

#include "base/auto.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/record.h"
#include "core/label.h"
#include "gcp/registry_image.h"

/* Whether the registry says that there is no such image. Where it says nothing, the deploy itself will. */
static bool is_missing(struct cli_connection *link, const char *image)
{
    GCP_AUTO_IMAGE struct gcp_image parsed = {0};
    CR_AUTO_FREE char *digest = NULL;
    struct cr_error unknown = {0};

    return gcp_image_parse(image, &parsed, &unknown) == 0 && !parsed.digest &&
           gcp_registry_digest(&link->gcp, &parsed, &digest, &unknown) == 0 && !digest;
}

int cli_image_given(struct cmd *c, struct cli_connection *link, const char *project, const char *image,
                    struct cr_error *err)
{
    CR_AUTO_FREE char *other = NULL;
    struct cr_error unread = {0};

    if (cli_record_elsewhere(link->platform->name, project, image, &other, &unread) < 0 || !other)
        return 0;
    if (is_missing(link, image)) {
        cr_fail(err, CR_E_CONFIG, "there is no image '%.300s': the last one of that name was built as '%.300s'", image,
                other);
        return cr_hint(err, "each host is a registry of its own; deploy it with --image %.300s", other);
    }
    ui_warn(c->ui, "'%s' is deployed, while the last image of that name was built as '%s'", image, other);
    ui_hint(c->ui, "each host is a registry of its own; --image %s deploys that one", other);
    return 0;
}

/* The digest that the reference has, or that its tag points to now. New; NULL when that is not known. */
static char *digest_of(struct cli_connection *link, const char *image, const struct gcp_image *parsed)
{
    const char *at = strchr(image, '@');
    struct cr_error unknown = {0};
    char *digest = NULL;

    if (at)
        return cr_strdup(at + 1);
    return parsed->host && gcp_registry_digest(&link->gcp, parsed, &digest, &unknown) == 0 ? digest : NULL;
}

int cli_image_is_model(struct cmd *c, struct cli_connection *link, const char *image, bool *model, struct cr_error *err)
{
    GCP_AUTO_IMAGE struct gcp_image parsed = {0};
    CR_AUTO_FREE char *digest = NULL;
    json_auto_t *config = NULL;
    struct cr_error unread = {0};

    *model = false;
    ui_progress(c->ui, "reading the labels of the image", 0, 0, false);
    if (gcp_image_parse(image, &parsed, &unread) == 0 && gcp_image_config(&link->gcp, &parsed, &config, &unread) == 0 &&
        config) {
        *model = json_object_get(gcp_image_labels(config), CR_LABEL_VERSION) != NULL;
        return 0;
    }
    if (unread.code == CR_E_INTERRUPT) {
        *err = unread;
        return -1;
    }
    cr_log("http", "the labels of '%s' are not known: %s", image, unread.code ? unread.msg : "there is no such image");
    digest = digest_of(link, image, &parsed);
    *model = digest && cli_record_is_model(link->platform->name, digest);
    return 0;
}
