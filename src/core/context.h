/*
 * context.h - a build context: what goes to the builder, named by its content before a byte of it is packed.
 *
 * Use: cr_context_add_*() in any order, cr_context_name(), then cr_context_pack() or cr_context_write_dir().
 *   Everything is normalised: modes 0644 or 0755, uid and gid 0, time 0, entries sorted by the bytes of their path,
 * every parent directory present. So the same input gives the same archive in any directory, locale and umask. Name:
 * sha256 over the packer's version and the sorted listing (kind, mode, size, sha256 of the content, path). Memory:
 * files on disk are streamed in pieces of CR_CONTEXT_PIECE bytes, when hashed and when packed; only added bytes are
 * kept. Ownership: a zeroed struct is an empty context; it owns what it points to, CR_AUTO_CONTEXT frees it. Arguments
 * are copied. Errors: CR_E_CONFIG for an input that has no place in a context (a link out of its tree, two files of one
 * path, a socket), naming the path; CR_E_IO for the disk. Nothing half-written is left behind.
 */
#ifndef CR_CONTEXT_H
#define CR_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"

#define CR_CONTEXT_PIECE (128 << 10)
#define CR_CONTEXT_PACKER "2"           /* change it when the same listing would give another archive */
#define CR_CONTEXT_MARK "crdeploy.json" /* a directory that has it is a context, and may be replaced by one */

enum cr_entry_kind { CR_ENTRY_DIR, CR_ENTRY_BYTES, CR_ENTRY_FILE, CR_ENTRY_LINK };

struct cr_entry {
    enum cr_entry_kind kind;
    char *path;                 /* in the context: "model/model.onnx"; no leading slash, no "." or ".." component */
    char *from;                 /* FILE: where it is on disk; LINK: what it points to; else NULL */
    char *bytes;                /* BYTES: content, `size` of it; else NULL */
    unsigned mode;              /* 0644 or 0755; of what was added as it is, any of 07777 */
    int64_t size;               /* bytes of content; 0 for directories and links */
    char sha256[CR_SHA256_HEX]; /* of the content, or of a link's target; empty for directories, and before the name is
                                   known */
    int64_t mtime_ns, inode;    /* FILE: as seen when it was added; another file at pack time is an error */
};

struct cr_context {
    struct cr_entry *entry;
    size_t len, cap;
    bool sealed;                /* sorted, parents added: since cr_context_name() */
    char sha256[CR_SHA256_HEX]; /* the name, once sealed */
};

#define CR_AUTO_CONTEXT __attribute__((cleanup(cr_context_clear)))
void cr_context_clear(struct cr_context *ctx);

struct cr_ignore;     /* ignore.h */
struct cr_hash_cache; /* hash_cache.h */

/* A file of these bytes. Mode: any executable bit makes it 0755. */
int cr_context_add_bytes(struct cr_context *ctx, const char *path, const void *bytes, size_t len, unsigned mode,
                         struct cr_error *err) CR_CHECKED;
/* A regular file on disk, under `path`. A symlink is followed: the caller named this very file. */
int cr_context_add_file(struct cr_context *ctx, const char *path, const char *from, struct cr_error *err) CR_CHECKED;
/* Everything under `dir`, below `prefix` ("" is the root), but what `ignore` (NULL: nothing) excludes. Symlinks stay
 * symlinks and are never followed; one that leads out of `dir` is an error. */
int cr_context_add_tree(struct cr_context *ctx, const char *prefix, const char *dir, const struct cr_ignore *ignore,
                        struct cr_error *err) CR_CHECKED;

/* What stands at `from`, under `path`: a file, a directory (without what is in it), or a link, wherever it leads. Its
 * mode stays, set-uid, set-gid and sticky bits too; a link to a directory has that directory's. */
int cr_context_add_as_is(struct cr_context *ctx, const char *path, const char *from, struct cr_error *err) CR_CHECKED;

/* The entry of that path, or NULL. Borrowed until the next add. */
const struct cr_entry *cr_context_find(const struct cr_context *ctx, const char *path);

/* Fills the sha256 of files that have none yet, for who needs them before the name. cache may be NULL. */
int cr_context_hash(struct cr_context *ctx, struct cr_hash_cache *cache, struct cr_error *err) CR_CHECKED;

/* Sorts, hashes what has no hash yet (through `cache`, which may be NULL) and gives the name. Nothing may be added
 * after. */
int cr_context_name(struct cr_context *ctx, struct cr_hash_cache *cache, char sha256[CR_SHA256_HEX],
                    struct cr_error *err) CR_CHECKED;

/* "source/<sha256>.tgz", new. The context has its name. */
char *cr_context_object(const struct cr_context *ctx);

/* What the bytes of an archive depend on beside the context's name: the packer and its libraries, with
 * their versions. New. */
char *cr_context_packer(void);

/* Bytes of content in all entries; what progress counts to. */
int64_t cr_context_size(const struct cr_context *ctx);

/* Takes the next n bytes of the archive; 0, or -1 with err filled, which ends the packing. */
typedef int cr_sink(void *ud, const void *bytes, size_t n, struct cr_error *err);

/* Streams the tar.gz of a named context. A file that changed since it was hashed is an error. The sink is called on
 * this thread; reading and deflating have their own, up to 8. Memory: about 1 MiB and 1.5 MiB a worker. */
int cr_context_pack(const struct cr_context *ctx, cr_sink *write, void *ud, struct cr_error *err) CR_CHECKED;

/* The same on that many workers; the bytes do not depend on it. */
int cr_context_pack_on(const struct cr_context *ctx, int workers, cr_sink *write, void *ud,
                       struct cr_error *err) CR_CHECKED;

/* Writes a named context as a directory, through a temporary one beside it. A directory that has something in it is
 * refused unless it is a context (CR_CONTEXT_MARK is there) and `force` allows to replace it, whole. */
int cr_context_write_dir(const struct cr_context *ctx, const char *dir, bool force, struct cr_error *err) CR_CHECKED;

#endif
