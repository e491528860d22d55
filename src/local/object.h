/*
 * object.h - objects as files: STATE/data/ holds their bytes, the store what is known about them.
 *
 * Units: bytes. Errors: as said; the wrong checksum and the failed precondition are the caller's to word.
 */
#ifndef LOCAL_OBJECT_H
#define LOCAL_OBJECT_H

#include <jansson.h>
#include <stdint.h>

#include "local/local.h"
#include "local/message.h"

enum local_object_fault {
    LOCAL_OBJECT_OK,
    LOCAL_OBJECT_CONDITION, /* ifGenerationMatch does not hold */
    LOCAL_OBJECT_CHECKSUM,  /* crc32c or md5Hash of the metadata is not that of the bytes */
    LOCAL_OBJECT_IO,        /* err says */
};

#define LOCAL_ANY_GENERATION (-1)

/* The keys of an object that a client may set. Ends with NULL. */
extern const char *const local_object_keys[];

char *local_object_key(const char *bucket, const char *name); /* new: of the store */
char *local_data_path(struct local *l, const char *file);     /* new */
char *local_data_name(void);                                  /* new: a name no other file of data/ has */

/* Makes an object of a finished file of data/, which it takes over (removed on failure). `meta` is what the client
 * said. On success *object is the new resource. */
enum local_object_fault local_object_commit(struct local *l, const char *bucket, const char *name, const char *file,
                                            const json_t *meta, int64_t if_generation, json_t **object,
                                            struct cr_error *err);
/* The resource, its size as it is now (a build's log grows); NULL when there is none. Path is new, may be NULL. */
json_t *local_object_find(struct local *l, const char *bucket, const char *name, char **path);
/* Puts changed metadata of a live object in its place, with the next metageneration. */
int local_object_update(struct local *l, const char *bucket, const char *name, json_t *object,
                        struct cr_error *err) CR_CHECKED;
/* An object that is still written to: opened for appending. */
int local_object_log(struct local *l, const char *bucket, const char *name, int *fd, struct cr_error *err) CR_CHECKED;
/* Computes what could not be known while it grew. */
void local_object_log_end(struct local *l, const char *bucket, const char *name);
int local_object_drop(struct local *l, const char *bucket, const char *name, struct cr_error *err) CR_CHECKED;
int local_bucket_make(struct local *l, const char *name, const json_t *wish, json_t **bucket,
                      struct cr_error *err) CR_CHECKED;
/* The generation of the live object, 0 when there is none. */
int64_t local_object_generation(struct local *l, const char *bucket, const char *name);

/* ---- for handlers: what they share ---- */

/* Opens a file of data/ to read and write; -1 with err. */
int local_open_data(struct local *l, const char *file, int flags, struct cr_error *err);
void local_drop_data(struct local *l, const char *file);
/* X-Goog-Hash: as good as the same in the metadata, which wins. */
void local_take_hashes(const struct local_request *rq, json_t *meta);

void local_no_object(struct local_reply *rp, const char *bucket, const char *name);
/* Whether the generation that the query names is this one. */
bool local_generation_holds(const struct local_request *rq, const json_t *object);
/* if[Meta]Generation[Not]Match of the query; object may be NULL, whose generation is 0. False after refusing. */
bool local_preconditions(const struct local_request *rq, const json_t *object, struct local_reply *rp);
void local_object_answer(struct local_reply *rp, enum local_object_fault fault, json_t *object,
                         const struct cr_error *err);

#endif
