#include "base/auto.h"
#include "base/mem.h"
#include "cli/destroy.h"
#include "gcp/json.h"

struct destroy_args {
    struct cli_service_args on;
    bool plan, yes, all;
};

static const struct opt opts[] = {
    {0, "plan", OPT_FLAG(struct destroy_args, plan), .help = "Show what would be deleted, and delete nothing"},
    {0, "all", OPT_FLAG(struct destroy_args, all),
     .help = "Everything that crdeploy made in the project and region, not one service's"},
    {'y', "yes", OPT_FLAG(struct destroy_args, yes), .help = "Do not ask whether it is meant"},
    CLI_TARGET_OPTIONS(struct destroy_args, on),
    OPT_END,
};

static void size_text(const json_t *row, char text[24])
{
    json_int_t bytes = json_integer_value(json_object_get(row, "bytes"));

    if (bytes < 0)
        snprintf(text, 24, "size unknown");
    else
        ui_size(bytes, text);
}

static void show_service(FILE *out, const json_t *service)
{
    json_t *binding, *member;
    size_t i, k;

    fprintf(out, "service  %s, %" JSON_INTEGER_FORMAT " revisions%s%s\n", cli_short_name(gcp_text_at(service, "name")),
            json_integer_value(json_object_get(service, "revisions")), *gcp_text_at(service, "uri") ? ", " : "",
            gcp_text_at(service, "uri"));
    json_array_foreach(json_object_get(service, "bindings"), i, binding)
        json_array_foreach(json_object_get(binding, "members"), k, member)
            fprintf(out, "binding  %s of %s\n", gcp_text_at(binding, "role"), json_string_value(member));
}

static void show(FILE *out, const struct cli_destroy *d)
{
    char size[24];
    json_t *row;
    size_t i;

    json_array_foreach(d->services, i, row) show_service(out, row);
    json_array_foreach(d->packages, i, row)
    {
        size_text(row, size);
        fprintf(out, "images   %s: %" JSON_INTEGER_FORMAT ", %s\n", gcp_text_at(row, "name"),
                json_integer_value(json_object_get(row, "images")), size);
    }
    json_array_foreach(d->objects, i, row)
    {
        size_text(row, size);
        fprintf(out, "source   gs://%s/%s, %s\n", gcp_text_at(row, "bucket"), gcp_text_at(row, "name"), size);
    }
}

static json_t *document(const struct cli_destroy *d, bool done)
{
    return json_pack("{s:b, s:O, s:O, s:O, s:I}", "deleted", done, "services", d->services, "images", d->packages,
                     "sources", d->objects, "bytes", (json_int_t)cli_destroy_bytes(d));
}

static int ask(const struct destroy_args *a, const struct cli_destroy *d, struct cr_error *err)
{
    CR_AUTO_FREE char *question = NULL;
    char size[24];

    ui_size(cli_destroy_bytes(d), size);
    question = cr_format("deleting %zu services, %zu images by name and %zu staged sources (%s) for good",
                         json_array_size(d->services), json_array_size(d->packages), json_array_size(d->objects), size);
    return cli_confirm(a->yes, question, err);
}

/* One service, unless --all says otherwise: whose directory it stands in is not meant to lose its neighbours. */
static int open(struct cmd *c, struct cli_service *s, struct cr_error *err)
{
    const struct destroy_args *a = c->args;

    if (a->all && c->pos[0])
        return cr_fail(err, CR_E_USAGE, "--all and the name '%s' do not go together", c->pos[0]);
    return cli_service_open(c, c->pos[0], !a->all, &a->on, s, err);
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct destroy_args *a = c->args;
    CLI_AUTO_SERVICE struct cli_service s = {0};
    CLI_AUTO_DESTROY struct cli_destroy d = {0};

    if (open(c, &s, err) < 0 || cli_destroy_find(&s, a->all ? NULL : cr_plan_text(&s.plan, CR_KEY_NAME), &d, err) < 0)
        return -1;
    if (d.foreign) {
        cr_fail(err, CR_E_CONFIG, "%s, so crdeploy did not make it", d.foreign);
        return cr_hint(err, "'crdeploy services delete' deletes any service");
    }
    if (!c->json)
        show(a->plan ? c->out : stderr, &d);
    if (!cli_destroy_count(&d))
        ui_note(c->ui, "there is nothing that crdeploy made");
    else if (!a->plan && (ask(a, &d, err) < 0 || cli_destroy_do(c, &s, &d, err) < 0))
        return -1;
    return c->json ? cmd_json(c, document(&d, !a->plan && cli_destroy_count(&d)), err) : 0;
}

const struct verb verb_destroy = {
    .name = "destroy",
    .args = "[NAME]",
    .summary = "Delete what crdeploy made: service, images, staged sources",
    .about =
        "Finds by their marks, in the project and region: services labelled managed-by=crdeploy with their revisions "
        "and the bindings of their policies, images of the repository 'crdeploy' when it bears that label, and staged "
        "sources whose metadata say so. Everything else stays: what other tools made, buckets, the repository itself, "
        "images that were built under a name of one's own.\n\n"
        "Asks first on a terminal, with sizes; elsewhere --yes is needed.",
    .examples = (const char *const[]){"crdeploy destroy --plan", "crdeploy destroy scorer --yes",
                                      "crdeploy destroy --all --region us-central1", NULL},
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct destroy_args),
    .run = run,
};
