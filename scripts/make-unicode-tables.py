#!/usr/bin/env python3
"""Writes templates/server/unicode_tables.h: which characters Hugging Face's BERT tokenizer takes for control
characters, punctuation and non-spacing marks.

The tokenizer a model was trained with decides its ids, and its character classes are frozen at an old Unicode
version, so no library's current tables are right. This asks the package itself about each code point, once.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install tokenizers==0.23.3
    /tmp/venv/bin/python scripts/make-unicode-tables.py > templates/server/unicode_tables.h
"""
import tokenizers
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer


def normalizer(**on):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return BertNormalizer(**{**off, **on})


CLEAN, STRIP, SPLIT = normalizer(clean_text=True), normalizer(strip_accents=True), BertPreTokenizer()


def is_control(c):
    return CLEAN.normalize_str("a" + c + "b") == "ab"


def is_punctuation(c):
    return len(SPLIT.pre_tokenize_str("a" + c + "b")) == 3


def is_mark(c):
    return STRIP.normalize_str(c) == ""


def ranges(test):
    """First and last code point of each run for which the test holds."""
    out = []
    for n in range(0x110000):
        if 0xD800 <= n < 0xE000 or not test(chr(n)):
            continue
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return out


def table(name, comment, test):
    print(f"\n/* {comment} */\nstatic const struct range {name}[] = {{")
    line = "   "
    for a, b in ranges(test):
        cell = f" {{0x{a:X}, 0x{b:X}}},"
        if len(line) + len(cell) > 120:
            print(line)
            line = "   "
        line += cell
    print(line + "\n};")


print(f"""/*
 * unicode_tables.h - character classes as Hugging Face's BERT tokenizer sees them, in ascending ranges.
 *
 * Made by scripts/make-unicode-tables.py from tokenizers {tokenizers.__version__}; included by unicode.c alone.
 */
#ifndef SERVER_UNICODE_TABLES_H
#define SERVER_UNICODE_TABLES_H

/* clang-format off */""")
table("controls", "removed by clean_text: NUL, U+FFFD, and control, format and private use characters", is_control)
table("punctuation", "each of them is a word of its own", is_punctuation)
table("marks", "non-spacing marks, dropped by strip_accents after canonical decomposition", is_mark)
print("\n/* clang-format on */\n\n#endif")
