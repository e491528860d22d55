/*
 * hash_cache.h - sha256 of files that have not changed, so that weights are not read again at every build.
 *
 * A row is good for one (path, size, modification time in ns, inode). A file modified within two seconds before the
 * cache was opened, or since, is never remembered: it could change again without its time changing. The file is a cache
 * in the full sense: unreadable or damaged, it is empty. At most 60,000 files are remembered.
 *
 * Threads: any number may ask at once.
 * Ownership: cr_hash_cache_close() frees. One process writes whole files, the last one wins.
 * Errors: CR_E_IO when the cache's file cannot be made or written; a caller may go on with NULL.
 */
#ifndef CR_HASH_CACHE_H
#define CR_HASH_CACHE_H

#include <sys/stat.h>

#include "base/error.h"
#include "base/hash.h"

struct cr_hash_cache;

/* `path` is the cache's own file, as "$XDG_CACHE_HOME/crdeploy/hashes". */
int cr_hash_cache_open(const char *path, struct cr_hash_cache **cache, struct cr_error *err) CR_CHECKED;
/* Digest of a file's content, remembered or computed. `st` gets what the file was, and may be NULL. cache may be NULL.
 */
int cr_hash_cache_file(struct cr_hash_cache *cache, const char *path, char sha256[CR_SHA256_HEX], struct stat *st,
                       struct cr_error *err) CR_CHECKED;
/* Keeps what was learnt, and frees. NULL is fine. */
int cr_hash_cache_close(struct cr_hash_cache *cache, struct cr_error *err) CR_CHECKED;

#endif
