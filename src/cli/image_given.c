#include "cli/image_given.h"

#include <string.h>

#include "base/auto.h"
#include "cli/record.h"
#include "gcp/registry.h"

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
