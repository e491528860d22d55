/*
 * The registry's own protocol, as far as reading what an image says of itself: manifest and configuration. Layers stay
 * with the builder and are named by no manifest.
 * Source: OCI Distribution Specification 1.1.
 */
#include "local/api.h"

#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/mem.h"
#include "local/json_text.h"
#include "local/pushed.h"

#define CONFIG_TYPE "application/vnd.oci.image.config.v1+json"
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"

/* PROJECT/REPOSITORY/NAME/manifests/REF, cut into its parts; the texts are new. */
struct asked {
    char *package; /* with its host */
    const char *kind, *ref;
    char *text;
};

static void asked_clear(struct asked *a)
{
    free(a->package);
    free(a->text);
}

static bool cut(const struct local_request *rq, struct asked *a)
{
    const char *host = local_query(rq, "ns");
    char *ref, *kind;

    a->text = cr_strdup(rq->arg[0]);
    ref = strrchr(a->text, '/');
    if (!host || !ref)
        return false;
    *ref++ = '\0';
    kind = strrchr(a->text, '/');
    if (!kind)
        return false;
    *kind++ = '\0';
    a->kind = kind;
    a->ref = ref;
    a->package = cr_format("%s/%s", host, a->text);
    return true;
}

/* The bytes of a configuration; the same each time. New. */
static char *config_text(const json_t *record)
{
    const json_t *config = json_object_get(record, "config");

    return config ? cr_oom_check(json_dumps(config, JSON_COMPACT | JSON_SORT_KEYS)) : NULL;
}

static bool is_wanted(const struct asked *a, const char *name, const json_t *record, const char *config_hex)
{
    if (strcmp(a->kind, "blobs") == 0)
        return strncmp(a->ref, "sha256:", 7) == 0 && strcmp(a->ref + 7, config_hex) == 0;
    return strcmp(local_text_at(record, "digest"), a->ref) == 0 || strcmp(name + strlen(a->package) + 1, a->ref) == 0;
}

static void reply_manifest(struct local_reply *rp, const json_t *record, const char *config, const char *hex)
{
    json_auto_t *manifest = json_pack("{s:i, s:s, s:{s:s, s:o, s:I}, s:[]}", "schemaVersion", 2, "mediaType",
                                      MANIFEST_TYPE, "config", "mediaType", CONFIG_TYPE, "digest",
                                      json_sprintf("sha256:%s", hex), "size", (json_int_t)strlen(config), "layers");
    CR_AUTO_FREE char *text = cr_oom_check(json_dumps(manifest, JSON_COMPACT));

    local_reply_text(rp, 200, MANIFEST_TYPE, text);
    local_pairs_add(&rp->headers, "Docker-Content-Digest", local_text_at(record, "digest"));
}

static void refuse(struct local_reply *rp, const char *code, const char *message)
{
    local_reply_json(rp, 404, json_pack("{s:[{s:s, s:s}]}", "errors", "code", code, "message", message));
}

static void look(struct local *l, const struct asked *a, struct local_reply *rp)
{
    json_auto_t *all = local_store_list(l->store, LOCAL_IMAGES, a->package);
    bool blob = strcmp(a->kind, "blobs") == 0;
    const char *name;
    json_t *record;

    json_object_foreach(all, name, record)
    {
        CR_AUTO_FREE char *config = config_text(record);
        char hex[CR_SHA256_HEX];

        if (!config || !local_image_in_package(name, a->package))
            continue;
        cr_sha256(config, strlen(config), hex);
        if (!is_wanted(a, name, record, hex))
            continue;
        if (blob)
            local_reply_text(rp, 200, CONFIG_TYPE, config);
        else
            reply_manifest(rp, record, config, hex);
        return;
    }
    refuse(rp, blob ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN", "Failed to fetch: not found");
}

void local_docker_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    __attribute__((cleanup(asked_clear))) struct asked a = {0};

    if (cut(rq, &a) && (strcmp(a.kind, "manifests") == 0 || strcmp(a.kind, "blobs") == 0))
        look(l, &a, rp);
    else
        refuse(rp, "NAME_UNKNOWN", "Requested repository not found.");
}
