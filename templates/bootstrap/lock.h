/*
 * lock.h - crdeploy.lock: which bytes the model's files must have.
 *   {"source": ..., "revision": ..., "files": [{"path": "model.onnx", "size": 1638555, "sha256": "..."}],
 *    "base": {"image": ..., "digest": ...}}
 * Paths are relative to the context's model/ directory.
 */
#ifndef BOOTSTRAP_LOCK_H
#define BOOTSTRAP_LOCK_H

#include <jansson.h>

#include "error.h"

#define SHA256_HEX 65
#define SHA1_HEX 41

int lock_load(const char *path, json_t **out, struct error *err);
/* Every file of the lock stands under `dir` with its size and its digest, and no other file does. */
int lock_check(const json_t *lock, const char *dir, struct error *err);
/* Whether the lock speaks of `path`. */
int lock_names(const json_t *lock, const char *path);
int file_sha256(const char *path, char out[SHA256_HEX], struct error *err);
/* digests[file] becomes "sha256:..." of DIR/file. */
int file_record(json_t *digests, const char *dir, const char *file, struct error *err);
int file_sha1(const char *path, char out[SHA1_HEX], struct error *err);

#endif
