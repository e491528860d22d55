/* sbom.c - CONTEXT_DIR OUT_DIR IMAGE_DIR FACTS_DIR: what is in the image, as an SPDX 2.3 document.
 *
 * CONTEXT_DIR has labels.json and crdeploy.lock, OUT_DIR is prepare's, IMAGE_DIR is root.sh's, with dpkg's records. The
 * document is FACTS_DIR/usr/share/sbom/image.spdx.json: the image contains the server, the model and each Debian
 * package of which a file is there, and each of these contains its files. The same image gives the same bytes: the
 * creation time is the label's, the namespace is a digest of the rest.
 *
 * Sources: SPDX 2.3, clauses 6 to 11 and annex F; purl-spec, type deb. */
#include <ctype.h>
#include <dirent.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "license.h"
#include "lock.h"

#define PACKAGES "var/lib/dpkg/status.d"
#define NONE "NOASSERTION"

struct sbom {
    const char *context, *out, *image;
    json_t *labels, *lock;
    json_t *packages, *files, *relations, *refs;
    char distro[64]; /* "debian-13" */
};

/* One package and its files while they are gathered. */
struct part {
    json_t *json;
    char id[300];
    char sha1[512][SHA1_HEX]; /* of its files */
    size_t n;
};

static const char *label(const struct sbom *s, const char *name)
{
    const char *text = json_string_value(json_object_get(s->labels, name));

    return text && *text ? text : NONE;
}

/* "SPDXRef-KIND-NAME" with what an identifier may not have replaced. */
static void make_id(char *out, size_t n, const char *kind, const char *name)
{
    size_t at = (size_t)snprintf(out, n, "SPDXRef-%s-", kind);

    for (const char *p = name; *p && at + 1 < n; p++)
        out[at++] = isalnum((unsigned char)*p) || *p == '.' ? *p : '-';
    out[at] = '\0';
}

static void relate(struct sbom *s, const char *from, const char *type, const char *to)
{
    json_array_append_new(s->relations, json_pack("{s:s, s:s, s:s}", "spdxElementId", from, "relationshipType", type,
                                                  "relatedSpdxElement", to));
}

/* ---- packages and files ---- */

static void begin_part(struct sbom *s, struct part *p, const char *kind, const char *name, const char *version,
                       const char *license)
{
    memset(p, 0, sizeof(*p));
    make_id(p->id, sizeof(p->id), kind, name);
    p->json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "SPDXID", p->id, "name", name, "versionInfo", version,
                        "downloadLocation", NONE, "licenseConcluded", NONE, "licenseDeclared", license, "copyrightText",
                        NONE);
    json_array_append_new(s->packages, p->json);
}

static int add_file(struct sbom *s, struct part *p, const char *root, const char *rel, struct error *err)
{
    char path[4400], name[4400], id[4400], sha256[SHA256_HEX];

    if (p->n == sizeof(p->sha1) / sizeof(p->sha1[0]))
        return error_set(err, 500, "'%s' has more files than the SBOM takes", p->id);
    snprintf(path, sizeof(path), "%s/%s", root, rel);
    snprintf(name, sizeof(name), "./%s", rel);
    make_id(id, sizeof(id), "File", rel);
    if (file_sha1(path, p->sha1[p->n], err) < 0 || file_sha256(path, sha256, err) < 0)
        return -1;
    json_array_append_new(s->files, json_pack("{s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}], s:s, s:s}", "SPDXID", id,
                                              "fileName", name, "checksums", "algorithm", "SHA1", "checksumValue",
                                              p->sha1[p->n], "algorithm", "SHA256", "checksumValue", sha256,
                                              "licenseConcluded", NONE, "copyrightText", NONE));
    p->n++;
    relate(s, p->id, "CONTAINS", id);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void hex_of(const EVP_MD *kind, const char *text, size_t n, char *hex)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    EVP_Digest(text, n, raw, &len, kind, NULL);
    for (unsigned i = 0; i < len; i++)
        snprintf(hex + i * 2, 3, "%02x", raw[i]);
}

/* SPDX 2.3, 7.9: the SHA1 of the files' SHA1s, sorted and joined. */
static void end_part(struct sbom *s, struct part *p, const char *container)
{
    char all[sizeof(p->sha1)], code[SHA1_HEX];
    size_t n = 0;

    qsort(p->sha1, p->n, sizeof(p->sha1[0]), by_text);
    for (size_t i = 0; i < p->n; i++, n += SHA1_HEX - 1)
        memcpy(all + n, p->sha1[i], SHA1_HEX - 1);
    json_object_set_new(p->json, "filesAnalyzed", json_boolean(p->n > 0));
    if (p->n) {
        hex_of(EVP_sha1(), all, n, code);
        json_object_set_new(p->json, "packageVerificationCode",
                            json_pack("{s:s}", "packageVerificationCodeValue", code));
    }
    if (container)
        relate(s, container, "CONTAINS", p->id);
}

static void set_text(struct part *p, const char *key, const char *value)
{
    json_object_set_new(p->json, key, json_string(value));
}

/* ---- Debian's packages ---- */

/* The value of a field of a status record; "" when it has none. */
static void field(const char *record, const char *name, char *out, size_t n)
{
    size_t len = strlen(name);

    *out = '\0';
    for (const char *p = record; p && *p; p = strchr(p, '\n'), p += p != NULL) {
        if (strncmp(p, name, len) != 0 || p[len] != ':')
            continue;
        p += len + 1;
        p += strspn(p, " ");
        snprintf(out, n, "%.*s", (int)strcspn(p, "\n"), p);
        return;
    }
}

/* With %XX for all but what a purl may have as it is. */
static void escape(const char *text, char *out, size_t n)
{
    size_t at = 0;

    for (*out = '\0'; *text && at + 4 < n; text++)
        at += (size_t)(isalnum((unsigned char)*text) || strchr(".-_~", *text)
                           ? snprintf(out + at, n - at, "%c", *text)
                           : snprintf(out + at, n - at, "%%%02X", (unsigned char)*text));
}

static void set_purl(const struct sbom *s, struct part *p, const char *record)
{
    char name[256], version[256], arch[64], n[768], v[768];

    field(record, "Package", name, sizeof(name));
    field(record, "Version", version, sizeof(version));
    field(record, "Architecture", arch, sizeof(arch));
    escape(name, n, sizeof(n));
    escape(version, v, sizeof(v));
    json_object_set_new(p->json, "externalRefs",
                        json_pack("[{s:s, s:s, s:o}]", "referenceCategory", "PACKAGE-MANAGER", "referenceType", "purl",
                                  "referenceLocator",
                                  json_sprintf("pkg:deb/debian/%s@%s?arch=%s&distro=%s", n, v, arch, s->distro)));
}

static int read_text(const char *path, char *out, size_t n, struct error *err)
{
    FILE *f = fopen(path, "rb");
    size_t got = f ? fread(out, 1, n - 1, f) : 0;

    if (f)
        fclose(f);
    out[got] = '\0';
    return f ? 0 : error_set(err, 500, "'%s' cannot be read", path);
}

/* The files of PACKAGE.md5sums: "<md5>  usr/lib/libc.so.6". */
static int add_package_files(struct sbom *s, struct part *p, const char *name, struct error *err)
{
    char path[4400], text[65536], *rest = text, *line;

    snprintf(path, sizeof(path), "%s/" PACKAGES "/%s.md5sums", s->image, name);
    if (read_text(path, text, sizeof(text), err) < 0)
        return -1;
    while ((line = strsep(&rest, "\n"))) {
        if (strlen(line) > 34 && add_file(s, p, s->image, line + 34, err) < 0)
            return -1;
    }
    return 0;
}

static int add_package(struct sbom *s, const char *name, struct error *err)
{
    char path[4400], where[512], record[65536], version[256], source[256], license[8192];
    static struct part p;

    snprintf(path, sizeof(path), "%s/" PACKAGES "/%s", s->image, name);
    if (read_text(path, record, sizeof(record), err) < 0)
        return -1;
    field(record, "Version", version, sizeof(version));
    field(record, "Source", source, sizeof(source));
    snprintf(where, sizeof(where), "/usr/share/doc/%s/copyright", name);
    snprintf(path, sizeof(path), "%s%s", s->image, where);
    license_of_copyright(path, where, s->refs, license, sizeof(license));
    begin_part(s, &p, "Package", name, version, license);
    set_purl(s, &p, record);
    json_object_set_new(p.json, "sourceInfo",
                        json_sprintf("built from the Debian source package %s%s%s", *source ? source : name,
                                     strchr(source, '(') ? "" : " ", strchr(source, '(') ? "" : version));
    set_text(&p, "primaryPackagePurpose", "LIBRARY");
    if (add_package_files(s, &p, name, err) < 0)
        return -1;
    end_part(s, &p, "SPDXRef-Image");
    return 0;
}

static int is_record(const struct dirent *e)
{
    return e->d_name[0] != '.' && !strstr(e->d_name, ".md5sums");
}

static int is_visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* `each` for every entry of a directory, in the order of their bytes. */
static int for_each(struct sbom *s, const char *dir, int (*wanted)(const struct dirent *), struct part *p,
                    int (*each)(struct sbom *s, struct part *p, const char *name, struct error *err), struct error *err)
{
    struct dirent **list;
    int n = scandir(dir, &list, wanted, alphasort), rc = 0;

    if (n < 0)
        return error_set(err, 500, "'%s' cannot be read", dir);
    for (int i = 0; i < n; i++) {
        if (rc == 0)
            rc = each(s, p, list[i]->d_name, err);
        free(list[i]);
    }
    free(list);
    return rc;
}

static int each_package(struct sbom *s, struct part *p, const char *name, struct error *err)
{
    (void)p;
    return add_package(s, name, err);
}

static int add_packages(struct sbom *s, struct error *err)
{
    char path[4400], text[8192], id[32], version[32];

    snprintf(path, sizeof(path), "%s/etc/os-release", s->image);
    if (read_text(path, text, sizeof(text), err) < 0)
        return -1;
    for (char *q = text; (q = strpbrk(q, "=\"")); q++)
        *q = *q == '=' ? ':' : ' '; /* to the form of a record */
    field(text, "ID", id, sizeof(id));
    field(text, "VERSION_ID", version, sizeof(version));
    version[strcspn(version, " ")] = '\0';
    snprintf(s->distro, sizeof(s->distro), "%s-%s", *id ? id : "debian", version);
    snprintf(path, sizeof(path), "%s/" PACKAGES, s->image);
    return for_each(s, path, is_record, NULL, each_package, err);
}

/* ---- the server, the model and the image ---- */

static int add_server(struct sbom *s, struct error *err)
{
    static struct part p;

    begin_part(s, &p, "Server", "crdeploy-server", label(s, "io.crdeploy.version"), "Apache-2.0");
    set_text(&p, "primaryPackagePurpose", "APPLICATION");
    if (add_file(s, &p, s->image, "server", err) < 0)
        return -1;
    end_part(s, &p, "SPDXRef-Image");
    return 0;
}

static char weights_root[4200], weights_dir[4200]; /* OUT_DIR/weights, and the directory below it that is read */

static int each_weights(struct sbom *s, struct part *p, const char *name, struct error *err)
{
    char rel[4400], path[8700];
    struct stat st;
    int rc;

    snprintf(rel, sizeof(rel), "%s/%s", weights_dir, name);
    snprintf(path, sizeof(path), "%s/%s", weights_root, rel);
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return add_file(s, p, weights_root, rel, err);
    snprintf(weights_dir, sizeof(weights_dir), "%.4100s", rel);
    rc = for_each(s, path, is_visible, p, each_weights, err);
    weights_dir[strlen(weights_dir) - strlen(name) - 1] = '\0';
    return rc;
}

/* What a file of the image was made from: a file of the source, as crdeploy.lock has it. */
static void add_source_file(struct sbom *s, const struct part *model, const json_t *row)
{
    const char *path = json_string_value(json_object_get(row, "path"));
    const char *sha256 = json_string_value(json_object_get(row, "sha256"));
    static struct part p;

    begin_part(s, &p, "Source", path ? path : "", label(s, "org.opencontainers.image.revision"),
               json_string_value(json_object_get(model->json, "licenseDeclared")));
    set_text(&p, "primaryPackagePurpose", "FILE");
    json_object_set_new(p.json, "checksums",
                        json_pack("[{s:s, s:s}]", "algorithm", "SHA256", "checksumValue", sha256 ? sha256 : ""));
    end_part(s, &p, NULL);
    relate(s, model->id, "GENERATED_FROM", p.id);
}

static int add_model(struct sbom *s, struct error *err)
{
    const char *source = label(s, "org.opencontainers.image.source");
    char license[8192], path[8700], settings[4200];
    static struct part p;
    json_t *row;
    size_t i;

    license_spdx(label(s, "org.opencontainers.image.licenses"), "the manifest", s->refs, license, sizeof(license));
    begin_part(s, &p, "Model", label(s, "org.opencontainers.image.title"), label(s, "org.opencontainers.image.version"),
               license);
    if (strstr(source, "://"))
        set_text(&p, "downloadLocation", source);
    json_object_set_new(p.json, "sourceInfo", json_sprintf("model.source is %s", source));
    set_text(&p, "primaryPackagePurpose", "OTHER");
    snprintf(weights_root, sizeof(weights_root), "%s/weights", s->out);
    snprintf(weights_dir, sizeof(weights_dir), "model");
    snprintf(path, sizeof(path), "%s/model", weights_root);
    snprintf(settings, sizeof(settings), "%s/settings", s->out);
    if (for_each(s, path, is_visible, &p, each_weights, err) < 0 ||
        add_file(s, &p, settings, "model/model.json", err) < 0)
        return -1;
    end_part(s, &p, "SPDXRef-Image");
    json_array_foreach(json_object_get(s->lock, "files"), i, row) add_source_file(s, &p, row);
    return 0;
}

static void add_image(struct sbom *s)
{
    static struct part p;

    begin_part(s, &p, "Image", label(s, "org.opencontainers.image.title"), label(s, "org.opencontainers.image.version"),
               NONE);
    set_text(&p, "SPDXID", "SPDXRef-Image");
    set_text(&p, "primaryPackagePurpose", "CONTAINER");
    json_object_set_new(p.json, "sourceInfo", json_sprintf("built by crdeploy from %s", label(s, "io.crdeploy.base")));
    end_part(s, &p, NULL);
    relate(s, "SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image");
}

/* ---- the document ---- */

static int load(struct sbom *s, struct error *err)
{
    char path[4200];
    json_auto_t *doc = NULL;

    snprintf(path, sizeof(path), "%s/labels.json", s->context);
    doc = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    s->labels = json_incref(json_object_get(doc, "labels"));
    if (!json_is_object(s->labels))
        return error_set(err, 500, "'%s' has no labels", path);
    snprintf(path, sizeof(path), "%s/crdeploy.lock", s->context);
    return lock_load(path, &s->lock, err);
}

static json_t *document(const struct sbom *s)
{
    json_t *doc =
        json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:[o]}, s:O, s:O, s:O}", "spdxVersion", "SPDX-2.3", "dataLicense",
                  "CC0-1.0", "SPDXID", "SPDXRef-DOCUMENT", "name", label(s, "org.opencontainers.image.title"),
                  "creationInfo", "created", label(s, "org.opencontainers.image.created"), "creators",
                  json_sprintf("Tool: crdeploy-%s", label(s, "io.crdeploy.version")), "packages", s->packages, "files",
                  s->files, "relationships", s->relations);
    char hex[SHA256_HEX], *text;

    if (json_array_size(s->refs))
        json_object_set(doc, "hasExtractedLicensingInfos", s->refs);
    text = json_dumps(doc, JSON_COMPACT | JSON_SORT_KEYS);
    hex_of(EVP_sha256(), text ? text : "", text ? strlen(text) : 0, hex);
    free(text);
    json_object_set_new(doc, "documentNamespace", json_sprintf("https://spdx.org/spdxdocs/crdeploy-image-%s", hex));
    return doc;
}

static int write_sbom(const struct sbom *s, const char *facts, struct error *err)
{
    json_auto_t *doc = document(s);
    char dir[4200], path[4300];

    snprintf(dir, sizeof(dir), "%s/usr/share/sbom", facts);
    snprintf(path, sizeof(path), "%s/image.spdx.json", dir);
    if (files_mkdir(dir, err) < 0)
        return -1;
    if (json_dump_file(doc, path, JSON_INDENT(1) | JSON_SORT_KEYS) < 0)
        return error_set(err, 500, "'%s' cannot be written", path);
    return 0;
}

/* One label more in the Dockerfile that prove left. */
static int add_label(const struct sbom *s, const char *facts, struct error *err)
{
    char path[4300];
    size_t n = 0, i;
    json_t *row;
    FILE *f;

    json_array_foreach(s->packages, i, row) n += json_object_get(row, "externalRefs") != NULL;
    snprintf(path, sizeof(path), "%s/usr/share/crdeploy/Dockerfile", facts);
    f = fopen(path, "a");
    if (f)
        fprintf(f, "LABEL io.crdeploy.packages=\"%zu\"\n", n);
    if (!f || fclose(f) != 0)
        return error_set(err, 500, "'%s' cannot be written", path);
    return files_normalise(facts, err);
}

int main(int argc, char **argv)
{
    struct sbom s = {0};
    struct error err = {0};
    int rc;

    if (argc != 5) {
        fprintf(stderr, "usage: sbom CONTEXT_DIR OUT_DIR IMAGE_DIR FACTS_DIR\n");
        return 2;
    }
    s = (struct sbom){.context = argv[1],
                      .out = argv[2],
                      .image = argv[3],
                      .packages = json_array(),
                      .files = json_array(),
                      .relations = json_array(),
                      .refs = json_array()};
    rc = load(&s, &err);
    if (rc == 0) {
        add_image(&s);
        rc = add_server(&s, &err) < 0 || add_model(&s, &err) < 0 || add_packages(&s, &err) < 0 ||
                     write_sbom(&s, argv[4], &err) < 0 || add_label(&s, argv[4], &err) < 0
                 ? -1
                 : 0;
    }
    if (rc < 0)
        fprintf(stderr, "sbom: %s\n", err.msg);
    else
        printf("sbom: %zu packages and %zu files\n", json_array_size(s.packages), json_array_size(s.files));
    json_decref(s.labels);
    json_decref(s.lock);
    json_decref(s.packages);
    json_decref(s.files);
    json_decref(s.relations);
    json_decref(s.refs);
    return rc < 0 ? 1 : 0;
}
