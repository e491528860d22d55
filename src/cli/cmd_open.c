#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/browser.h"
#include "cli/service.h"
#include "gcp/json.h"

struct open_args {
    struct cli_service_args on;
    const char *tag;
    bool console;
};

static const struct opt opts[] = {
    {0, "tag", OPT_STR(struct open_args, tag), .arg = "TAG", .help = "The address of the revision with this tag"},
    {0, "console", OPT_FLAG(struct open_args, console), .help = "The service's page in Google's console"},
    CLI_TARGET_OPTIONS(struct open_args, on),
    OPT_END,
};

static int service_url(struct cli_service *s, const char *tag, char **url, struct cr_error *err)
{
    const char *name = cr_plan_text(&s->plan, CR_KEY_NAME), *found;
    json_auto_t *service = NULL;

    if (cli_service_get(s, &service, err) < 0)
        return -1;
    found = tag ? cli_tag_uri(service, tag) : gcp_text_at(service, "uri");
    if (*found) {
        *url = cr_strdup(found);
        return 0;
    }
    if (!tag)
        return cr_fail(err, CR_E_API, "the service '%s' has no address yet", name);
    cr_fail(err, CR_E_API, "the service '%s' has no tag '%s'", name, tag);
    return cr_hint(err, "'crdeploy services describe %s --json' shows its trafficStatuses", name);
}

static int console_url(struct cli_service *s, char **url, struct cr_error *err)
{
    const char *page = s->link.platform->console;

    if (!page)
        return cr_fail(err, CR_E_USAGE, "the platform '%s' has no console", s->link.platform->name);
    *url = cr_format("%s/%s/%s?project=%s", page, cr_plan_text(&s->plan, CR_KEY_REGION),
                     cr_plan_text(&s->plan, CR_KEY_NAME), cr_plan_text(&s->plan, CR_KEY_PROJECT));
    return 0;
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct open_args *a = c->args;
    CLI_AUTO_SERVICE struct cli_service s = {0};
    CR_AUTO_FREE char *url = NULL;
    bool opened;

    if (a->tag && a->console)
        return cr_fail(err, CR_E_USAGE, "'--tag' and '--console' exclude each other");
    if (cli_service_open(c, c->pos[0], true, &a->on, &s, err) < 0 ||
        (a->console ? console_url(&s, &url, err) : service_url(&s, a->tag, &url, err)) < 0)
        return -1;
    if (!cli_browser_takes(url)) {
        cr_fail(err, CR_E_API, "'%s' is not an address that a browser is given", url);
        return cr_hint(err, "it must begin with http:// or https:// and be printable ASCII");
    }
    opened = cli_browser_open(url);
    if (!opened)
        ui_note(c->ui, "there is no browser here; open the address yourself, or name one with BROWSER");
    if (c->json)
        return cmd_json(c, json_pack("{s:s, s:b}", "url", url, "opened", opened), err);
    fprintf(c->out, "%s\n", url);
    return 0;
}

const struct verb verb_open = {
    .name = "open",
    .args = "[NAME]",
    .summary = "Show a service in the browser",
    .about = "Opens its address with $BROWSER or xdg-open, and prints it. A service that is private answers a browser "
             "with 403; 'crdeploy predict' asks it as you.",
    .examples = (const char *const[]){"crdeploy open scorer", "crdeploy open scorer --tag canary",
                                      "crdeploy open scorer --console", NULL},
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct open_args),
    .run = run,
};
