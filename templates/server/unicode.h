/*
 * unicode.h - the little of Unicode that BERT's tokenizer asks about, answered as Hugging Face's `tokenizers` does.
 *
 * Classes (control, punctuation, mark) come from tables frozen at the Unicode version of that package, because a
 *   model's ids depend on them; decomposition and lower case come from libutf8proc. Of all code points 56 differ: 55
 *   capitals newer than libutf8proc 2.10 have no lower case here, and U+11938 decomposes, which it does not there.
 * Bytes: each byte that is no part of well-formed UTF-8 reads as one U+FFFD, which clean_text then drops.
 */
#ifndef SERVER_UNICODE_H
#define SERVER_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNICODE_BAD 0xFFFD
#define UNICODE_DECOMPOSED_MAX 8 /* code points that one can decompose into (4 at most in Unicode 16) */

/* Reads one code point of the n > 0 bytes at s and says how many bytes it took, 1 to 4. */
size_t unicode_read(const char *s, size_t n, uint32_t *out);
size_t unicode_write(uint32_t c, char out[4]);  /* bytes written; c is a code point that unicode_read gave */
size_t unicode_count(const char *s, size_t n);  /* code points in n bytes */
size_t unicode_cut(const char *s, size_t most); /* bytes of a string to show: at most that many, no character cut */
bool unicode_valid(const char *s, size_t n);    /* whether all of it is well-formed UTF-8 */

bool unicode_is_space(uint32_t c);       /* White_Space */
bool unicode_is_control(uint32_t c);     /* removed by clean_text; never tab, line feed or carriage return */
bool unicode_is_punctuation(uint32_t c); /* ASCII's 32 signs, and category P */
bool unicode_is_mark(uint32_t c);        /* category Mn */
bool unicode_is_chinese(uint32_t c);     /* the eight blocks of ideographs that BERT sets apart */
bool unicode_is_word(uint32_t c);        /* what \w matches: an added token with single_word looks at its neighbours */

size_t unicode_lower(uint32_t c, uint32_t out[2]);                          /* code points: 1, or 2 for U+0130 */
size_t unicode_decompose(uint32_t c, uint32_t out[UNICODE_DECOMPOSED_MAX]); /* canonical, full */
int unicode_combining_class(uint32_t c);                                    /* 0 for a starter */

#endif
