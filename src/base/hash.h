/* hash.h - sha256 (OpenSSL) as lower-case hex, and crc32c (Castagnoli) as Cloud Storage writes it. */
#ifndef CR_HASH_H
#define CR_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CR_SHA256_HEX 65 /* 64 digits and the NUL */

struct cr_sha256; /* a running digest; one thread */
struct cr_sha256 *cr_sha256_new(void);
void cr_sha256_add(struct cr_sha256 *h, const void *bytes, size_t n);
void cr_sha256_end(struct cr_sha256 *h, char hex[CR_SHA256_HEX]); /* frees h */
void cr_sha256(const void *bytes, size_t n, char hex[CR_SHA256_HEX]);
/* Whether it is "sha256:" and 64 lower-case hexadecimal digits, as images are named. */
bool cr_digest_valid(const char *text);
/* Digest and size of a file's content. size may be NULL. CR_E_INTERRUPT on Ctrl-C: weights take long. */
int cr_sha256_file(const char *path, char hex[CR_SHA256_HEX], int64_t *size, struct cr_error *err) CR_CHECKED;

/* Running crc32c: start with 0, pass the last value back in. Polynomial 0x1EDC6F41, reflected.
 * Source: RFC 3720 appendix B.4; Cloud Storage's "crc32c" fields are this, big-endian, in base64. */
uint32_t cr_crc32c(uint32_t crc, const void *bytes, size_t n);
/* The same without the processor's instruction; for machines that lack it, and to compare. */
uint32_t cr_crc32c_portable(uint32_t crc, const void *bytes, size_t n);
void cr_crc32c_base64(uint32_t crc, char text[9]);

#endif
