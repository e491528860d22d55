/*
 * service_v1_parts.h - the files of core/service_v1 to one another: rows of annotations, then a document's parts.
 *
 * `v1` and `v2` are the same part in both forms; what is read or written last is changed in place. Errors: CR_E_USAGE.
 */
#ifndef CR_SERVICE_V1_PARTS_H
#define CR_SERVICE_V1_PARTS_H

#include "core/service_v1.h"

/* How a value of v2 stands in the text of an annotation. */
enum cr_v1_kind {
    CR_V1_TEXT,
    CR_V1_BOOL,  /* "true", "True"; false is absent in v2 */
    CR_V1_WHOLE, /* "10"; 0 is absent in v2 */
    CR_V1_COUNT, /* "0"; 0 is said in v2 */
    CR_V1_WORD,
    CR_V1_LIST,  /* JSON array */
    CR_V1_HOURS, /* "2" is "7200s" */
};

struct cr_v1_word {
    const char *v1, *v2; /* the first of the same v2 is written */
};

struct cr_v1_row {
    const char *annotation, *path; /* "scaling.minInstanceCount" */
    enum cr_v1_kind kind;
    const struct cr_v1_word *words; /* of CR_V1_WORD; ends with NULLs */
};

/* Rows end with a NULL annotation. */
int cr_v1_rows_read(const struct cr_v1_row *rows, const json_t *annotations, json_t *v2,
                    struct cr_error *err) CR_CHECKED;
void cr_v1_rows_write(const struct cr_v1_row *rows, const json_t *v2, json_t *annotations);

/* Labels or annotations that both forms have; those of Google's own namespaces are left out. NULL for none. New. */
json_t *cr_v1_keys(const json_t *map);
/* "300s" as whole seconds, rounded up; 0 for no duration. */
json_int_t cr_v1_seconds(const char *duration);

/* JSON as both forms write it: a member that is absent, false, 0, "", {} or [] is not set. */
const char *cr_v1_text(const json_t *object, const char *key); /* "" when absent */
void cr_v1_copy(json_t *to, const char *to_key, const json_t *from, const char *key);
void cr_v1_set(json_t *to, const char *key, json_t *taken);
json_t *cr_v1_child(json_t *object, const char *key); /* made when missing; borrowed */
const char *cr_v1_last(const char *name);             /* what stands after the last slash */

/* What a container needs to know of the revision around it. */
struct cr_v1_revision {
    json_t *aliases;       /* alias to full name of a secret, and for writing the other way round */
    bool idle, boost;      /* cpuIdle, startupCpuBoost */
    const json_t *depends; /* name of a container to names */
    const char *sql;       /* name of the volume of Cloud SQL instances, or NULL */
};

/* service_v1_template.c: metadata and spec of a RevisionTemplate, or of a Revision */
int cr_v1_template_read(const json_t *v1, const struct cr_v1_where *where, json_t *v2, struct cr_error *err) CR_CHECKED;
void cr_v1_template_write(const json_t *v2, json_t *v1);

/* service_v1_container.c */
json_t *cr_v1_container_read(const json_t *v1, const struct cr_v1_revision *around);
json_t *cr_v1_container_write(const json_t *v2, const struct cr_v1_revision *around);

/* service_v1_volume.c: volumes, and the names of secrets */
int cr_v1_volumes_read(const json_t *v1, const struct cr_v1_revision *around, json_t *v2,
                       struct cr_error *err) CR_CHECKED;
json_t *cr_v1_volumes_write(const json_t *v2, const struct cr_v1_revision *around);
json_t *cr_v1_aliases_read(const char *annotation);
const char *cr_v1_secret_read(const struct cr_v1_revision *around, const char *name);
const char *cr_v1_secret_write(const struct cr_v1_revision *around, const char *secret);

/* service_v1_status.c */
void cr_v1_service_status_read(const json_t *v1, const char *name, json_t *v2);
json_t *cr_v1_service_status_write(const json_t *v2);
void cr_v1_revision_status_read(const json_t *v1, json_t *v2);
json_t *cr_v1_revision_status_write(const json_t *v2, const char *digest);
/* Targets, or what stands of them: {latestRevision} is {type LATEST}. `latest`: short name of the revision that LATEST
 * is, to be said in a status; NULL in a spec. */
json_t *cr_v1_traffic_read(const json_t *v1);
json_t *cr_v1_traffic_write(const json_t *v2, const char *latest);

#endif
