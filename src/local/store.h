/*
 * store.h - what the platform knows, kept in files so that a restart forgets nothing.
 *
 * One JSON document per resource, under STATE/KIND/, replaced atomically; all of them are also held in memory.
 * Threads: every call takes the store's one mutex; local_store_lock() holds it across a read, a change and a write.
 * Ownership: documents handed out are deep copies that the caller frees; documents handed in are copied.
 * Errors: CR_E_IO naming the file.
 */
#ifndef LOCAL_STORE_H
#define LOCAL_STORE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

enum local_kind {
    LOCAL_SERVICES,
    LOCAL_REVISIONS,
    LOCAL_POLICIES,
    LOCAL_BUILDS,
    LOCAL_OPERATIONS,
    LOCAL_BUCKETS,
    LOCAL_OBJECTS,
    LOCAL_UPLOADS,
    LOCAL_REPOSITORIES,
    LOCAL_IMAGES,
    LOCAL_PROJECTS,
    LOCAL_AUTH,
    LOCAL_KIND_COUNT
};

struct local_store;

int local_store_open(const char *dir, struct local_store **store, struct cr_error *err) CR_CHECKED;
void local_store_close(struct local_store *s);

void local_store_lock(struct local_store *s); /* may be nested */
void local_store_unlock(struct local_store *s);

json_t *local_store_get(struct local_store *s, enum local_kind kind, const char *key); /* new, or NULL */
bool local_store_has(struct local_store *s, enum local_kind kind, const char *key);
int local_store_put(struct local_store *s, enum local_kind kind, const char *key, const json_t *value,
                    struct cr_error *err) CR_CHECKED;
int local_store_remove(struct local_store *s, enum local_kind kind, const char *key, struct cr_error *err) CR_CHECKED;
/* New object: the documents whose key begins with `prefix`, by key, in the order of their keys. */
json_t *local_store_list(struct local_store *s, enum local_kind kind, const char *prefix);
/* A number that no earlier call gave, over restarts as well: microseconds since 1970, moved on when that repeats. */
int64_t local_store_stamp(struct local_store *s);

#endif
