/*
 * lock.h - crdeploy.lock: which files of the model were meant, byte for byte, and which base image.
 *
 * {"base": {"digest": "sha256:…64 hex…", "image": "docker.io/library/debian:trixie-slim"},
 *  "files": [{"path": "model.onnx", "sha256": "…64 hex…", "size": 123}, …],
 *  "revision": "…" or null, "source": "./model"}
 *
 * Without `base` the base image is used by its tag. Paths are relative to the model's source; in a build context they
 * are under model/. Rows are sorted by path.
 *
 * Units: bytes. Ownership: the lock owns everything; CR_AUTO_LOCK frees it.
 * Errors: CR_E_CONFIG naming the file and the member that is wrong; CR_E_IO for the disk.
 */
#ifndef CR_LOCK_H
#define CR_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/problems.h"

#define CR_LOCK_NAME "crdeploy.lock"

struct cr_lock_file {
    char *path;
    int64_t size;
    char sha256[CR_SHA256_HEX];
};

struct cr_lock {
    char *source;
    char *revision; /* NULL: the source has no revisions, as a directory */
    struct cr_lock_file *file;
    size_t files;
    char *base_image;  /* "docker.io/library/debian:trixie-slim"; NULL: no digest is locked */
    char *base_digest; /* "sha256:…"; NULL together with base_image */
};

#define CR_AUTO_LOCK __attribute__((cleanup(cr_lock_clear)))
void cr_lock_clear(struct cr_lock *lock);

/* Appends a row; cr_lock_text() sorts. */
void cr_lock_add(struct cr_lock *lock, const char *path, int64_t size, const char *sha256);

/* Locks the base image, in place of what was locked; a digest of NULL: by its tag alone. */
void cr_lock_base(struct cr_lock *lock, const char *image, const char *digest);

/* Strict: unknown or missing members, a path that leaves the source, two rows of one path are errors. `name` is what
 * messages show. */
int cr_lock_parse(const char *text, size_t len, const char *name, struct cr_lock *lock,
                  struct cr_error *err) CR_CHECKED;
int cr_lock_read(const char *path, struct cr_lock *lock, struct cr_error *err) CR_CHECKED;

char *cr_lock_text(const struct cr_lock *lock); /* new; always the same text for the same rows */
int cr_lock_write(const char *path, const struct cr_lock *lock, struct cr_error *err) CR_CHECKED;

/* Names the locked files: the sha256 of their paths, sizes and digests, sorted by path. */
void cr_lock_digest(const struct cr_lock *lock, char sha256[CR_SHA256_HEX]);

/* Every way in which `have` is not what `want` pins: missing, added, changed, another source, revision or base
 * image. `place` is the lock's path. */
void cr_lock_compare(const struct cr_lock *want, const struct cr_lock *have, const char *place,
                     struct cr_problems *problems);

#endif
