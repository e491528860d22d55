/*
 * secret.h - files that nobody means to send: private keys, tokens, passwords.
 *
 * A file is known by its name or by how it begins; a large one is only asked for its name. What is merely an example
 * (.env.example, an empty file, a public key) is none.
 *
 * Ownership: texts returned are static. Errors: CR_E_IO for a file that cannot be read.
 */
#ifndef CR_SECRET_H
#define CR_SECRET_H

#include "base/problems.h"
#include "core/context.h"

enum { CR_SECRET_LOOK = 256 << 10 }; /* bytes that are looked at */

/* What is given away by a file of this path that begins with these bytes: "a private key"; NULL for nothing. */
const char *cr_secret_of(const char *path, const char *bytes, size_t len);

/* One row for each file of the context that looks like a secret, its place where it stands on disk; warnings when
 * `allowed`. */
int cr_secrets_find(const struct cr_context *ctx, bool allowed, struct cr_problems *problems,
                    struct cr_error *err) CR_CHECKED;

#endif
