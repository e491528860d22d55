/*
 * crc32c by the processor where it can, else by tables.
 *
 * The instruction answers after three cycles but may be issued in each, so three lanes are summed side by side. Their
 * sums are joined by moving the earlier ones across the bytes behind them, which is linear: for each of the four bytes
 * of a sum, a table of what it is behind LANE zeros.
 */
#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#if defined(__aarch64__)
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "base/hash.h"

#define LANE 2048

static uint32_t crc_table[8][256], across[4][256];
static pthread_once_t filled = PTHREAD_ONCE_INIT;

/* Eight bytes a step; the tables make the step a few loads, on any processor. */
static uint32_t crc_tables(uint32_t crc, const unsigned char *p, size_t n)
{
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

static void fill_across(void)
{
    static const unsigned char zeros[LANE];

    for (int k = 0; k < 4; k++)
        for (int bit = 0; bit < 8; bit++) {
            uint32_t moved = crc_tables(1U << (8 * k + bit), zeros, LANE);

            for (int i = 0; i < 256; i++)
                if (i >> bit & 1)
                    across[k][i] ^= moved;
        }
}

static void fill(void)
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
    fill_across();
}

#if defined(__x86_64__)
#define HARDWARE __attribute__((target("sse4.2")))
#define STEP8(crc, word) ((uint32_t)__builtin_ia32_crc32di((crc), (word)))
#define STEP1(crc, byte) __builtin_ia32_crc32qi((crc), (byte))

static bool has_hardware(void)
{
    return __builtin_cpu_supports("sse4.2");
}
#elif defined(__aarch64__)
#define HARDWARE __attribute__((target("+crc")))
#define STEP8(crc, word) __crc32cd((crc), (word))
#define STEP1(crc, byte) __crc32cb((crc), (byte))

static bool has_hardware(void)
{
    return getauxval(AT_HWCAP) & HWCAP_CRC32;
}
#endif

#ifdef HARDWARE
static uint32_t move_across(uint32_t crc)
{
    return across[0][crc & 255] ^ across[1][crc >> 8 & 255] ^ across[2][crc >> 16 & 255] ^ across[3][crc >> 24];
}

static uint64_t word_at(const unsigned char *p)
{
    uint64_t word;

    memcpy(&word, p, 8);
    return word;
}

HARDWARE static uint32_t crc_hardware(uint32_t crc, const unsigned char *p, size_t n)
{
    for (; n >= 3 * (size_t)LANE; n -= 3 * (size_t)LANE, p += 3 * (size_t)LANE) {
        uint32_t second = 0, third = 0;

        for (size_t i = 0; i < LANE; i += 8) {
            crc = STEP8(crc, word_at(p + i));
            second = STEP8(second, word_at(p + LANE + i));
            third = STEP8(third, word_at(p + 2 * (size_t)LANE + i));
        }
        crc = move_across(move_across(crc) ^ second) ^ third;
    }
    for (; n >= 8; n -= 8, p += 8)
        crc = STEP8(crc, word_at(p));
    while (n--)
        crc = STEP1(crc, *p++);
    return crc;
}
#endif

uint32_t cr_crc32c_portable(uint32_t crc, const void *bytes, size_t n)
{
    pthread_once(&filled, fill);
    return ~crc_tables(~crc, bytes, n);
}

uint32_t cr_crc32c(uint32_t crc, const void *bytes, size_t n)
{
#ifdef HARDWARE
    if (has_hardware()) {
        pthread_once(&filled, fill);
        return ~crc_hardware(~crc, bytes, n);
    }
#endif
    return cr_crc32c_portable(crc, bytes, n);
}

void cr_crc32c_base64(uint32_t crc, char text[9])
{
    unsigned char big[4] = {(unsigned char)(crc >> 24), (unsigned char)(crc >> 16), (unsigned char)(crc >> 8),
                            (unsigned char)crc};

    EVP_EncodeBlock((unsigned char *)text, big, 4);
}
