#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"

#define PIECE (256 << 10)

struct cr_sha256 {
    EVP_MD_CTX *ctx;
};

/* EVP_sha256() is looked up anew by every init, under a lock: dear for many small files on many threads. Fetched once,
 * for the life of the program. */
static EVP_MD *algorithm;

static void fetch_algorithm(void)
{
    algorithm = cr_oom_check(EVP_MD_fetch(NULL, "SHA256", NULL));
}

struct cr_sha256 *cr_sha256_new(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct cr_sha256 *h = cr_calloc(1, sizeof(*h));

    pthread_once(&once, fetch_algorithm);
    h->ctx = cr_oom_check(EVP_MD_CTX_new());
    cr_oom_check(EVP_DigestInit_ex(h->ctx, algorithm, NULL) ? h : NULL);
    return h;
}

void cr_sha256_add(struct cr_sha256 *h, const void *bytes, size_t n)
{
    EVP_DigestUpdate(h->ctx, bytes, n);
}

void cr_sha256_end(struct cr_sha256 *h, char hex[CR_SHA256_HEX])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char md[32];

    EVP_DigestFinal_ex(h->ctx, md, NULL);
    for (size_t i = 0; i < sizeof(md); i++) {
        hex[2 * i] = digits[md[i] >> 4];
        hex[2 * i + 1] = digits[md[i] & 15];
    }
    hex[2 * sizeof(md)] = '\0';
    EVP_MD_CTX_free(h->ctx);
    free(h);
}

void cr_sha256(const void *bytes, size_t n, char hex[CR_SHA256_HEX])
{
    struct cr_sha256 *h = cr_sha256_new();

    cr_sha256_add(h, bytes, n);
    cr_sha256_end(h, hex);
}

static int sum_fd(int fd, struct cr_sha256 *h, int64_t *total)
{
    CR_AUTO_FREE char *piece = cr_malloc(PIECE);
    ssize_t n;

    for (*total = 0; !cr_interrupted(); *total += n) {
        n = read(fd, piece, PIECE);
        if (n < 0 && errno == EINTR)
            n = 0;
        else if (n <= 0)
            return n < 0 ? -1 : 0;
        if (*total == 0 && n == PIECE) /* not worth a call for a small file */
            posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        cr_sha256_add(h, piece, (size_t)n);
    }
    return 0;
}

bool cr_digest_valid(const char *text)
{
    return strncmp(text, "sha256:", 7) == 0 && strlen(text) == 7 + CR_SHA256_HEX - 1 &&
           strspn(text + 7, "0123456789abcdef") == CR_SHA256_HEX - 1;
}

int cr_sha256_file(const char *path, char hex[CR_SHA256_HEX], int64_t *size, struct cr_error *err)
{
    CR_AUTO_FD int fd = -1;
    char digest[CR_SHA256_HEX];
    struct cr_sha256 *h;
    int64_t total;
    int failed, why;

    if (cr_file_open(path, &fd, err) < 0)
        return -1;
    h = cr_sha256_new();
    failed = sum_fd(fd, h, &total);
    why = errno;
    cr_sha256_end(h, digest);
    if (cr_interrupt_check(err) < 0)
        return -1;
    if (failed)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", path, strerror(why));
    memcpy(hex, digest, sizeof(digest));
    if (size)
        *size = total;
    return 0;
}
