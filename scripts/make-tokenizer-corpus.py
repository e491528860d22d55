#!/usr/bin/env python3
"""Writes tests/data/tokenizer/: 1,000 lines of text with the ids and byte offsets that Hugging Face's `tokenizers` gives
them, under four tokenizers: the tiny model's and three made here, whose vocabularies cover most of the text.

All text is made by this script, from a fixed seed; the characters are those of Unicode 14 and before.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install tokenizers==0.23.3
    /tmp/venv/bin/python scripts/make-tokenizer-corpus.py examples/tiny-distilbert-qa/tokenizer.json tests/data/tokenizer
"""
import collections
import json
import os
import random
import sys
import unicodedata

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

LINES = 1000
R = random.Random(14)

WORDS = """roses are red violets blue sugar is sweet and so you What am I Anna lives in Paris Ben a baker The key kitchen John
bought guitar June 1984 Rosa 34 years old unaffable tokenization embeddings running NASA McDonald's don't o'clock e-mail
http://example.com/a?b=c&d=1 user@example.com 3.14 1,000,000 $5.00 50% #tag @name C++ x=y*z (a) [b] {c} <d> "q" `t` ~ ^ _ |
\\ / état naïve café Ångström Łódź Đặng Übergröße straße STRASSE GROẞ œuvre ſhort ﬁn ǅ Ǆ İstanbul Iğdır ılık Σίσυφος ΟΔΟΣ ΌΣΟΣ
Ἀχιλλεύς Москва ЁЖИК ёлка Київ שָׁלוֹם עִבְרִית مَرْحَبًا ۱۲۳ ٤٥٦ हिन्दी क्षत्रिय नमस्ते বাংলা தமிழ் ภาษาไทย กำลัง ສະບາຍດີ བོད་ မြန်မာ ქართული ᲡᲐᲥ አማርኛ ᏣᎳᎩ
ꭰꮳ 中文 漢字かな交じり文 東京都 日本語テスト ｶﾀｶﾅ ＡＢＣ ａｂｃ １２３ 한국어 각 가나다 ᄒ ﷺ ℃ Ⅷ ① ½ x² ∑ ∞ ≠ ∫ ℝ 𝒜 𝔘𝔫𝔦 𝟙𝟚 😀 👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 ☃ ❤️ ♥ 🤖 🥺 𠀀 𪜀 豈 﨑 丽
don’t “quoted” „so“ «là» 「括弧」 。 、 ！ ？ … — – ‐ · ‰ § ¶ © ® ™ ° ± × ÷ ¿ ¡ ‽ ؟ ، । ॥ ។ ។ ႟ ᳓ ⸘ 〽 ﹏ ＿ ＄ ￥ ＋ ｜""".split()
SPACES = [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u1680", "\u2003", "\u2009", "\u2028", "\u2029", "\u202f", "\u205f",
          "\u3000", "\x0b", "\x0c", "\x85", "\x1c", "\x1f"]
ODD = ["\x00", "\x01", "\x08", "\x7f", "\x9f", "\u00ad", "\u061c", "\u06dd", "\u070f", "\u180e", "\u200b", "\u200c",
       "\u200d", "\u200e", "\u202a", "\u2060", "\u2066", "\ufeff", "\ufff9", "\ufffc", "\ufffd", "\ue000", "\uf8ff",
       "\U000e0001", "\U000e0041", "\U000f0000", "\U0010fffd", "\U000110bd", "\U0001d173", "\u0378", "\uffff",
       "\ufe0f", "\u20e3", "\u034f", "\u302e", "\u302f", "\U0001d165", "\U0001d16d", "\U00016ff0"]
MARKS = [chr(n) for n in list(range(0x300, 0x370)) + list(range(0x483, 0x488)) + list(range(0x591, 0x5be)) +
         list(range(0x64b, 0x660)) + [0x93c, 0x94d, 0xe34, 0xe38, 0xe48, 0x3099, 0x309a, 0x302a, 0x302e, 0x1d165, 0x16ff0]]
TOKENS = ["[SEP]", "[CLS]", "[PAD]", "[MASK]", "[UNK]", "[sep]", "[SEP", "SEP]", "[[SEP]]", "[SEP][SEP]", "<w>", "<left>",
          "<right>", "<Nörm>", "<norm>", "new", "newer", "<w>x", "<LEFT>", "New York"]
BLOCKS = [(0x20, 0x7f), (0xa0, 0x180), (0x180, 0x250), (0x370, 0x400), (0x400, 0x530), (0x531, 0x590), (0x5d0, 0x5f5),
          (0x600, 0x700), (0x900, 0x980), (0xb80, 0xc00), (0xe00, 0xe60), (0x10a0, 0x1100), (0x1100, 0x1200),
          (0x13a0, 0x1400), (0x1c80, 0x1cc0), (0x1e00, 0x1f00), (0x1f00, 0x2000), (0x2000, 0x2070), (0x2070, 0x20d0),
          (0x2100, 0x2190), (0x2190, 0x2300), (0x2460, 0x2500), (0x2600, 0x27c0), (0x2c00, 0x2d00), (0x2e00, 0x2e5e),
          (0x3000, 0x3100), (0x3400, 0x3440), (0x4e00, 0x4f00), (0xa640, 0xa6a0), (0xa720, 0xa7cb), (0xab70, 0xabc0),
          (0xac00, 0xad00), (0xf900, 0xfa00), (0xfb00, 0xfb50), (0xfe30, 0xfe70), (0xff00, 0xfff0), (0x10400, 0x10450),
          (0x11660, 0x11670), (0x16fe0, 0x17000), (0x1d100, 0x1d200), (0x1d400, 0x1d500), (0x1e900, 0x1e960),
          (0x1f100, 0x1f190), (0x1f300, 0x1f650), (0x1f900, 0x1fa00), (0x20000, 0x20040), (0x2b820, 0x2b830),
          (0x2f800, 0x2f840)]


def char():
    while True:
        c = chr(R.randrange(*R.choice(BLOCKS)))
        if unicodedata.category(c) not in ("Cs", "Cn"):
            return c


def words():
    out = [R.choice(WORDS) for _ in range(R.randrange(1, 9))]
    return "".join(w + (" " if R.random() < .8 else R.choice(SPACES)) for w in out)


def case():
    return "".join(R.choice([str.upper, str.lower, str.title, str.swapcase])(R.choice(WORDS)) + " " for _ in range(4))


def characters():
    return "".join(char() for _ in range(R.randrange(1, 14)))


def block():
    a, b = R.choice(BLOCKS)
    return "".join(c for c in (chr(R.randrange(a, b)) for _ in range(12)) if unicodedata.category(c) not in ("Cs", "Cn"))


def accents():
    return "".join(R.choice("aeiouAEIOUcnszकกא中한") + "".join(R.choice(MARKS) for _ in range(R.randrange(4))) +
                   R.choice(["", "", " "]) for _ in range(R.randrange(1, 9)))


def odd():
    return "".join(R.choice([R.choice(ODD), R.choice(ODD), R.choice(WORDS), R.choice(SPACES)])
                   for _ in range(R.randrange(1, 8)))


def long_word():
    n = R.choice([20, 21, 99, 100, 101, 200])
    return R.choice(["a", "ß", "é", "中", "한", "x1", "क्", "İ", "ing", "😀", "e\u0301"]) * n + R.choice(["", " end", "."])


def tokens():
    return "".join(R.choice([R.choice(TOKENS), R.choice(TOKENS), R.choice(WORDS)]) + R.choice(["", " ", "  ", "\n"])
                   for _ in range(R.randrange(1, 7)))


def forms():
    return unicodedata.normalize(R.choice(["NFC", "NFD", "NFKC", "NFKD"]), words())


FIXED = ["", " ", "\n", "\x00", "\ufffd", "\u200b", "#", "##", "##s", "a##b", "[", "[SEP]", " [SEP] ", "x[SEP]y", "[SEP]" * 9,
         "İ", "ı", "ß", "ẞ", "Σ", "ς", "ΣΑΣ", "가", "ᄀ\u1161", "e\u0301", "\u0301", "\u0301a", "a\u0301\u0327b", "中", "中文x",
         "Roses are red, Violets are blue, Sugar is sweet, And so are you.", "What am I?", "a" * 100, "a" * 101, "a" * 200,
         "\u302e\u0301\U0001d165\u0327\u302ex", "ǆ ǅ Ǆ", "ﬀ ﬁ ﬂ", "1/2 ½", "'" * 30, "\u0344", "\u212b \u2126 \u212a"]


def corpus():
    kinds = [words, words, words, case, characters, characters, block, accents, odd, odd, long_word, tokens, tokens, forms]
    out = list(FIXED)
    while len(out) < LINES:
        line = R.choice(kinds)()
        if line not in out:
            out.append(line)
    return out


def pieces(lines, normalizer, splitter, prefix, size):
    """Single characters and frequent stretches of the normalised words; one character in six is left out."""
    count, chars = collections.Counter(), {}
    for line in lines:
        for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(line)):
            if len(word) > 40:
                word = word[:40]
            for i, c in enumerate(word):
                chars[("" if i == 0 else prefix) + c] = None
                for n in range(2, 9):
                    if i + n <= len(word):
                        count[("" if i == 0 else prefix) + word[i:i + n]] += 1
    frequent = sorted((p for p in count if "\0" not in p), key=lambda p: (-count[p] * len(p), p))[:size]
    kept = [c for c in chars if R.random() > 1 / 6 and "\0" not in c]  # the C side's JSON has no NUL in a key
    return list(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + kept + frequent))


def build(lines, normalizer, prefix="##", most=100, added=(), size=900):
    splitter = pre_tokenizers.BertPreTokenizer()
    vocab = {p: i for i, p in enumerate(pieces(lines, normalizer, splitter, prefix, size))}
    t = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", continuing_subword_prefix=prefix,
                                   max_input_chars_per_word=most))
    t.normalizer, t.pre_tokenizer = normalizer, splitter
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])])
    t.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    t.add_tokens(list(added))
    return t


def spans(text, encoding):
    """Byte offsets, flat; none where canonical reordering moves a character, since the package then counts by place."""
    if any(unicodedata.combining(c) and unicodedata.category(c) != "Mn" for c in text):
        return None
    at = [0]
    for c in text:
        at.append(at[-1] + len(c.encode()))
    return [at[k] for pair in encoding.offsets for k in pair]


def row(text, tokenizers):
    out = [text]
    for t in tokenizers:
        e = t.encode(text, add_special_tokens=False)
        out += [e.ids, spans(text, e)]
    return out


def pair_rows(lines, tokenizer):
    """[question, context, max_length, stride, [ids of each window]]."""
    out = []
    long_enough = [s for s in lines if len(s) < 90 and tokenizer.encode(s, add_special_tokens=False).ids]
    for k in range(40):
        question = long_enough[k * 7]
        context = " ".join(long_enough[k * 7 + 1:k * 7 + 2 + k % 9])
        most = R.choice([48, 64, 96])
        n = len(tokenizer.encode(question, add_special_tokens=False).ids)
        if n > most // 2:
            continue
        stride = R.randrange(0, (most - 3 - n) // 2 + 1)
        tokenizer.enable_truncation(most, stride=stride, strategy="only_second")
        e = tokenizer.encode(question, context)
        out.append([question, context, most, stride, [e.ids] + [o.ids for o in e.overflowing]])
        tokenizer.no_truncation()
    return out


def write(path, rows):
    with open(path, "w", encoding="utf-8") as f:
        for r in rows:
            f.write(json.dumps(r, ensure_ascii=True, separators=(",", ":")) + "\n")


def main(tiny, out):
    lines = corpus()
    made = {
        "cased": build(lines, normalizers.BertNormalizer(lowercase=False)),
        "uncased": build(lines, normalizers.BertNormalizer()),
        "odd": build(lines, normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True,
                                                       lowercase=False), "@@", 20,
                     [AddedToken("<w>", single_word=True, normalized=False), AddedToken("<left>", lstrip=True),
                      AddedToken("<right>", rstrip=True), AddedToken("<Nörm>", normalized=True),
                      AddedToken("new", normalized=True), AddedToken("newer", normalized=True, single_word=True),
                      AddedToken("New York", normalized=False, lstrip=True, rstrip=True)]),
    }
    os.makedirs(out, exist_ok=True)
    for name, t in made.items():
        with open(f"{out}/{name}.json", "w", encoding="utf-8") as f:
            f.write(json.dumps(json.loads(t.to_str()), separators=(",", ":")) + "\n")
    every = [Tokenizer.from_file(tiny)] + list(made.values())
    write(f"{out}/corpus.jsonl", [row(s, every) for s in lines])
    write(f"{out}/pairs.jsonl", pair_rows(lines, every[2]))


main(*sys.argv[1:])
