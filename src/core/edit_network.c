/* The VPC network: through a connector, or as a member of it, and what of the traffic goes there. */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/edit_parts.h"

static json_t *access_of(struct cr_edit_at *at)
{
    return cr_edit_object(at->template, "vpcAccess");
}

static void prune(struct cr_edit_at *at)
{
    cr_edit_prune(at->template, "vpcAccess");
}

/* ---- which traffic ---- */

int cr_edit_egress(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    bool some = strcmp(e->text, "private-ranges-only") == 0;

    (void)err;
    json_object_set_new(access_of(at), "egress", json_string(some ? "PRIVATE_RANGES_ONLY" : "ALL_TRAFFIC"));
    return 0;
}

/* ---- connector ---- */

int cr_edit_connector(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    CR_AUTO_FREE char *name = NULL;

    (void)err;
    if (!*e->text)
        return 0;
    name = strchr(e->text, '/')
               ? cr_strdup(e->text)
               : cr_format("projects/%s/locations/%s/connectors/%s", at->where->project, at->where->region, e->text);
    json_object_set_new(access_of(at), "connector", json_string(name));
    return 0;
}

/* What went out through the connector would go out to the internet unasked. */
int cr_edit_connector_clear(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_t *access = json_object_get(at->template, "vpcAccess");

    if (!at->where->fresh && strcmp(cr_edit_text(access, "egress"), "ALL_TRAFFIC") == 0) {
        cr_edit_fail(e, err, "all traffic goes through the connector, and would go to the internet without it");
        return cr_hint(err, "if that is meant, add --vpc-egress private-ranges-only");
    }
    json_object_del(access, "connector");
    json_object_del(access, "egress");
    prune(at);
    return 0;
}

/* ---- member of the network ---- */

static void set_name(json_t *interface, const char *field, const char *name)
{
    if (*name)
        json_object_set_new(interface, field, json_string(name));
    else
        json_object_del(interface, field);
}

static int set_tags(const struct cr_edit_at *at, const struct cr_edit *e, json_t *interface, struct cr_error *err)
{
    json_auto_t *tags = NULL;

    if (cr_edit_lists(at, e, &tags, err) < 0)
        return -1;
    if (tags)
        json_object_set(interface, "tags", tags);
    cr_edit_prune(interface, "tags");
    return 0;
}

/* What is not said of network, subnet and tags stays; where none is left, there is no traffic to say anything of. */
int cr_edit_network(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    static const enum cr_flag flags[] = {CR_FLAG_NETWORK, CR_FLAG_SUBNET, CR_FLAG_CLEAR_NETWORK_TAGS,
                                         CR_FLAG_NETWORK_TAGS};
    static const struct cr_edit_group group = {flags, CR_LEN(flags)};
    json_auto_t *interface = NULL;
    json_t *access, *had;

    if (cr_edit_next(at, e, group, NULL) != e)
        return 0;
    access = access_of(at);
    had = json_array_get(json_object_get(access, "networkInterfaces"), 0);
    interface = had ? json_deep_copy(had) : json_object();
    for (const struct cr_edit *row = e; row; row = cr_edit_next(at, e, group, row)) {
        if (row->flag == CR_FLAG_NETWORK)
            set_name(interface, "network", row->text);
        else if (row->flag == CR_FLAG_SUBNET)
            set_name(interface, "subnetwork", row->text);
        else if (row->flag == CR_FLAG_CLEAR_NETWORK_TAGS)
            json_object_del(interface, "tags");
        else if (set_tags(at, row, interface, err) < 0)
            return -1;
    }
    if (json_object_size(interface)) {
        json_object_set_new(access, "networkInterfaces", json_pack("[O]", interface));
    } else {
        json_object_del(access, "networkInterfaces");
        json_object_del(access, "egress");
    }
    prune(at);
    return 0;
}

int cr_edit_network_clear(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_t *access = json_object_get(at->template, "vpcAccess");

    (void)e, (void)err;
    json_object_del(access, "networkInterfaces");
    json_object_del(access, "egress");
    prune(at);
    return 0;
}
