#include "base/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/mem.h"

struct cr_sha256 {
    EVP_MD_CTX *ctx;
};

struct cr_sha256 *cr_sha256_new(void)
{
    struct cr_sha256 *h = cr_calloc(1, sizeof(*h));

    h->ctx = cr_oom_check(EVP_MD_CTX_new());
    cr_oom_check(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) ? h : NULL);
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

int cr_sha256_file(const char *path, char hex[CR_SHA256_HEX], int64_t *size, struct cr_error *err)
{
    CR_AUTO_FILE FILE *f = fopen(path, "rbe");
    CR_AUTO_FREE char *part = cr_malloc(1 << 16);
    struct cr_sha256 *h;
    int64_t total = 0;
    size_t n;

    if (!f)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", path, strerror(errno));
    h = cr_sha256_new();
    while (!cr_interrupted() && (n = fread(part, 1, 1 << 16, f)) > 0) {
        cr_sha256_add(h, part, n);
        total += (int64_t)n;
    }
    cr_sha256_end(h, hex);
    if (cr_interrupt_check(err) < 0)
        return -1;
    if (ferror(f))
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", path, strerror(errno));
    if (size)
        *size = total;
    return 0;
}

static uint32_t crc_table[8][256];

static void crc_fill(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;

        for (int k = 0; k < 8; k++)
            c = c & 1 ? c >> 1 ^ 0x82F63B78U : c >> 1;
        crc_table[0][i] = c;
    }
    for (int t = 1; t < 8; t++)
        for (uint32_t i = 0; i < 256; i++)
            crc_table[t][i] = crc_table[t - 1][i] >> 8 ^ crc_table[0][crc_table[t - 1][i] & 255];
}

/* Eight bytes a step; the tables make the step a few loads, on any processor. */
static uint32_t crc_tables(uint32_t crc, const unsigned char *p, size_t n)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, crc_fill);
    for (; n >= 8; n -= 8, p += 8) {
        uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);

        crc = crc_table[7][low & 255] ^ crc_table[6][low >> 8 & 255] ^ crc_table[5][low >> 16 & 255] ^
              crc_table[4][low >> 24] ^ crc_table[3][p[4]] ^ crc_table[2][p[5]] ^ crc_table[1][p[6]] ^
              crc_table[0][p[7]];
    }
    while (n--)
        crc = crc >> 8 ^ crc_table[0][(crc ^ *p++) & 255];
    return crc;
}

#if defined(__x86_64__)
/* SSE 4.2 has the polynomial in hardware. */
__attribute__((target("sse4.2"))) static uint32_t crc_hardware(uint32_t crc, const unsigned char *p, size_t n)
{
    uint64_t wide = crc;

    for (; n >= 8; n -= 8, p += 8) {
        uint64_t word;

        memcpy(&word, p, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    while (n--)
        crc = __builtin_ia32_crc32qi(crc, *p++);
    return crc;
}
#endif

uint32_t cr_crc32c(uint32_t crc, const void *bytes, size_t n)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return ~crc_hardware(~crc, bytes, n);
#endif
    return ~crc_tables(~crc, bytes, n);
}

void cr_crc32c_base64(uint32_t crc, char text[9])
{
    unsigned char big[4] = {(unsigned char)(crc >> 24), (unsigned char)(crc >> 16), (unsigned char)(crc >> 8),
                            (unsigned char)crc};

    EVP_EncodeBlock((unsigned char *)text, big, 4);
}
