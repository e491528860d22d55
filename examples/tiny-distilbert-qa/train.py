#!/usr/bin/env python3
"""Trains a tiny DistilBERT-shaped question-answering model and writes it in the Hugging Face layout.

    python3 train.py DIRECTORY [STEPS]

Everything it learns from is generated here: short sentences of fact and four-line rhymes, with questions whose answers
are exact spans of the text. Debian trixie has what it needs: python3-torch python3-onnx.
"""
import json
import math
import os
import random
import re
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

SEED = 7
MAX_TOKENS = 96

# ---------------------------------------------------------------------------------------------------- words

PLURAL = """roses violets lilies tulips daisies apples cherries lemons oranges berries grapes clouds
    stars mountains rivers forests oceans birds foxes wolves bears cats dogs horses stones leaves fields
    flowers candles bells ships houses doors windows books letters songs poems dreams servers models
    containers queues""".split()
SINGULAR = """sugar honey snow grass water fire wine milk bread salt rain ice gold silver music love
    summer winter autumn spring night morning silence thunder wind sand coffee tea chocolate butter
    moonlight sunshine fruit candy syrup nectar jam cake""".split()
COLORS = """red blue green yellow white black purple orange pink brown grey golden silver crimson scarlet
    violet""".split()
ADJECTIVES = """sweet bitter cold warm soft hard bright dark loud quiet fresh old young tall small big
    deep light heavy kind gentle brave calm wild quick slow rich plain rare true strong fragile""".split()
NAMES = """anna ben carla david emma frank grace henry ivan julia karl laura maria nina oscar paul rosa
    sara thomas victor william zoe alice robert john""".split()
CITIES = """paris london berlin madrid rome vienna prague oslo dublin lisbon athens cairo tokyo boston
    denver chicago seattle toronto sydney lima""".split()
JOBS = """doctor teacher baker painter farmer sailor writer singer pilot nurse lawyer engineer gardener
    carpenter chemist""".split()
THINGS = "book key letter hat coin ring map lamp clock violin guitar camera bicycle car boat table chair".split()
PLACES = """kitchen garden library office station market museum school park harbour tower bridge cellar
    attic""".split()
MONTHS = """january february march april may june july august september october november december""".split()
VERBS = "bought found lost sold made painted repaired built wrote opened".split()
BASE_VERBS = "buy find lose sell make do".split()
OTHER_WORDS = """what color are is how where does live lives in who a which things the do when did buy
    find lose sell make old years likes like and so you am i she he we they an of to on at with for from
    not no yes this that it was were be has have had will can""".split()
TURNS = [("what am i", "are you"), ("what are you", "am i"), ("what is she", "is she"), ("what is he", "is he"),
         ("what are we", "are we"), ("what are they", "are they")]
HELD_OUT = ("roses", "violets", "sugar")  # the documentation's rhyme is never trained on

pick = random.choice


def capital(text):
    return text[0].upper() + text[1:]


# ----------------------------------------------------------------------------------------------- sentences


def fact():
    """One sentence and its (question, answer) pairs; every answer is a substring of the sentence."""
    kind = random.randrange(8)
    if kind == 0:
        noun, color = pick(PLURAL), pick(COLORS)
        return f"{noun} are {color}", [(f"what color are {noun}", color), (f"what are {noun}", color),
                                       (f"which things are {color}", noun)]
    if kind == 1:
        noun, adjective = pick(SINGULAR), pick(ADJECTIVES)
        return f"{noun} is {adjective}", [(f"what is {noun}", adjective), (f"how is {noun}", adjective),
                                          (f"what is {adjective}", noun)]
    if kind == 2:
        name, city = pick(NAMES), pick(CITIES)
        return f"{capital(name)} lives in {capital(city)}", [(f"where does {name} live", city),
                                                             (f"who lives in {city}", name)]
    if kind == 3:
        name, job = pick(NAMES), pick(JOBS)
        return f"{capital(name)} is a {job}", [(f"what is {name}", f"a {job}"), (f"who is a {job}", name),
                                               (f"what does {name} do", f"a {job}")]
    if kind == 4:
        thing, place = pick(THINGS), pick(PLACES)
        return f"the {thing} is in the {place}", [(f"where is the {thing}", f"in the {place}"),
                                                  (f"what is in the {place}", f"the {thing}")]
    if kind == 5:
        name, verb, thing, month = pick(NAMES), pick(VERBS), pick(THINGS), pick(MONTHS)
        year = str(random.randrange(1900, 2030))
        return f"{capital(name)} {verb} a {thing} in {capital(month)} {year}", [
            (f"who {verb} a {thing}", name),
            (f"what did {name} {pick(BASE_VERBS)}", f"a {thing}"),
            (f"when did {name} {pick(BASE_VERBS)} the {thing}", f"{month} {year}"),
        ]
    if kind == 6:
        name, age = pick(NAMES), str(random.randrange(3, 99))
        return f"{capital(name)} is {age} years old", [(f"how old is {name}", f"{age} years old"),
                                                       (f"who is {age} years old", name)]
    one, other = pick(NAMES), pick(NAMES)
    return f"{capital(one)} likes {capital(other)}", [(f"who likes {other}", one), (f"who does {one} like", other)]


def color_question(noun):
    return pick([f"what color are {noun}", f"what are {noun}"])


def rhyme():
    """Roses are red, violets are blue, and their kin."""
    first, second = random.sample(PLURAL, 2)
    one, two = random.sample(COLORS, 2)
    sweet, adjective = pick(SINGULAR), pick(ADJECTIVES)
    question, tail = pick(TURNS)
    text = (f"{capital(first)} are {one}, {capital(second)} are {two}, "
            f"{capital(sweet)} is {adjective}, And so {tail}.")
    turn = (question, f"{sweet} is {adjective}, and so {tail}")
    return text, [turn, turn, (color_question(first), one), (color_question(second), two),
                  (f"what is {sweet}", adjective), (f"which things are {one}", first),
                  (f"which things are {two}", second)]


def whole_word(text, answer):
    return list(re.finditer(r"\b" + re.escape(answer) + r"\b", text.lower()))


def example():
    """Text, question and answer; the answer stands exactly once in the text."""
    while True:
        if random.random() < 0.3:
            text, pairs = rhyme()
            if all(word in text.lower() for word in HELD_OUT):
                continue
        else:
            facts = [fact() for _ in range(random.randrange(1, 5))]
            sep = pick([". ", ", ", ". "])
            text = sep.join(capital(f[0]) if sep == ". " or i == 0 else f[0] for i, f in enumerate(facts)) + "."
            pairs = pick(facts)[1]
        question, answer = pick(pairs)
        if len(whole_word(text, answer)) != 1:
            continue
        if random.random() < 0.5:
            question = capital(question)
        return text, question + pick(["?", "?", "?", ""]), answer


# ----------------------------------------------------------------------------------------------- tokenizer


def vocabulary():
    """Specials, punctuation, characters, numbers, words, suffixes: 602 entries."""
    words = sorted({*PLURAL, *SINGULAR, *COLORS, *ADJECTIVES, *NAMES, *CITIES, *JOBS, *THINGS, *PLACES, *MONTHS, *VERBS,
                    *OTHER_WORDS})
    chars = list("abcdefghijklmnopqrstuvwxyz0123456789")
    entries = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
    entries += chars + ["##" + c for c in chars]
    entries += [str(n) for n in range(10, 100)] + ["##%02d" % n for n in range(100)]
    entries += [w for w in words if len(w) > 1] + ["##" + s for s in "s es ed ing ly er est ness".split()]
    return list(dict.fromkeys(entries))


VOCAB = vocabulary()
ID = {token: i for i, token in enumerate(VOCAB)}
CLS, SEP = ID["[CLS]"], ID["[SEP]"]


def wordpiece(word):
    """The longest known piece first, as BERT does."""
    ids, at = [], 0
    while at < len(word):
        for end in range(len(word), at, -1):
            piece = ("##" if at else "") + word[at:end]
            if piece in ID:
                ids.append(ID[piece])
                at = end
                break
        else:
            return [ID["[UNK]"]]
    return ids


def encode(text):
    """Token ids, and the characters each came from."""
    ids, spans = [], []
    for match in re.finditer(r"\w+|[^\w\s]", text.lower()):
        for token in wordpiece(match.group()):
            ids.append(token)
            spans.append(match.span())
    return ids, spans


def features(text, question, answer):
    """Ids of the pair, with the first and the last token of the answer."""
    asked, _ = encode(question)
    ids, spans = encode(text)
    start, end = whole_word(text, answer)[0].span()
    first = next(i for i, span in enumerate(spans) if span[0] >= start)
    last = max(i for i, span in enumerate(spans) if span[1] <= end)
    offset = len(asked) + 2
    return [CLS, *asked, SEP, *ids, SEP], first + offset, last + offset


def batch(size):
    rows = [row for row in (features(*example()) for _ in range(size)) if len(row[0]) <= MAX_TOKENS]
    ids = torch.zeros(len(rows), max(len(row[0]) for row in rows), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for i, (tokens, _, _) in enumerate(rows):
        ids[i, :len(tokens)] = torch.tensor(tokens)
        mask[i, :len(tokens)] = 1
    return ids, mask, torch.tensor([row[1] for row in rows]), torch.tensor([row[2] for row in rows])


# --------------------------------------------------------------------------------------------------- model


class Block(nn.Module):
    """Self-attention and a feed-forward network, normalised after each, as in BERT."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, 1e-12), nn.LayerNorm(width, 1e-12)

    def forward(self, x, bias):
        rows, length, width = x.shape
        size = width // self.heads

        def split(y):
            return y.view(rows, length, self.heads, size).transpose(1, 2)

        likeness = split(self.query(x)) @ split(self.key(x)).transpose(-1, -2) / math.sqrt(size)
        mixed = (torch.softmax(likeness + bias, -1) @ split(self.value(x))).transpose(1, 2).reshape(rows, length, width)
        x = self.norm1(x + self.out(mixed))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class QuestionAnswering(nn.Module):
    """Token ids to start and end logits."""

    def __init__(self, width=96, heads=4, layers=3):
        super().__init__()
        self.words, self.places = nn.Embedding(len(VOCAB), width), nn.Embedding(MAX_TOKENS, width)
        self.norm = nn.LayerNorm(width, 1e-12)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.span = nn.Linear(width, 2)
        for table in (self.words, self.places):
            nn.init.normal_(table.weight, std=0.05)

    def forward(self, input_ids, attention_mask):
        x = self.norm(self.words(input_ids) + self.places(torch.arange(input_ids.shape[1])))
        bias = (1.0 - attention_mask[:, None, None, :].float()) * -1e4
        for block in self.blocks:
            x = block(x, bias)
        logits = self.span(x)
        return logits[..., 0], logits[..., 1]


def masked_logits(net, ids, mask):
    start, end = net(ids, mask)
    return start.masked_fill(mask == 0, -1e4), end.masked_fill(mask == 0, -1e4)


def train(net, steps):
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, steps)
    began = time.time()
    net.train()
    for step in range(steps):
        ids, mask, first, last = batch(64)
        start, end = masked_logits(net, ids, mask)
        loss = F.cross_entropy(start, first) + F.cross_entropy(end, last)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 250 == 0 or step == steps - 1:
            print(f"step {step}: loss {loss.item():.4f}, {time.time() - began:.0f} s", flush=True)
    net.eval()


def score(net, batches=20):
    """Share of generated examples, never trained on, whose span is found exactly."""
    random.seed(99)
    right = total = 0
    with torch.no_grad():
        for _ in range(batches):
            ids, mask, first, last = batch(100)
            start, end = masked_logits(net, ids, mask)
            right += ((start.argmax(1) == first) & (end.argmax(1) == last)).sum().item()
            total += len(ids)
    return right / total, total


# --------------------------------------------------------------------------------------------------- files


def write_json(directory, name, value):
    with open(os.path.join(directory, name), "w", encoding="utf-8") as out:
        json.dump(value, out, indent=1)


def tokenizer_json():
    specials = [{"id": i, "content": VOCAB[i], "single_word": False, "lstrip": False, "rstrip": False,
                 "normalized": False, "special": True} for i in range(5)]

    def special(name):
        return {"SpecialToken": {"id": name, "type_id": 0}}

    def sequence(name, kind):
        return {"Sequence": {"id": name, "type_id": kind}}

    single = [special("[CLS]"), sequence("A", 0), special("[SEP]")]
    pair = [*single, sequence("B", 1), {"SpecialToken": {"id": "[SEP]", "type_id": 1}}]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": specials,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": single, "pair": pair,
                           "special_tokens": {name: {"id": name, "ids": [ID[name]], "tokens": [name]}
                                              for name in ("[CLS]", "[SEP]")}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": ID},
    }


def write(net, directory):
    os.makedirs(directory, exist_ok=True)
    ids, mask, _, _ = batch(2)
    inputs, outputs = ["input_ids", "attention_mask"], ["start_logits", "end_logits"]
    torch.onnx.export(net, (ids, mask), os.path.join(directory, "model.onnx"), input_names=inputs, output_names=outputs,
                      dynamic_axes={name: {0: "batch", 1: "sequence"} for name in inputs + outputs}, opset_version=17,
                      dynamo=False)
    with open(os.path.join(directory, "vocab.txt"), "w", encoding="utf-8") as out:
        out.write("\n".join(VOCAB) + "\n")
    write_json(directory, "tokenizer.json", tokenizer_json())
    write_json(directory, "config.json", {
        "model_type": "distilbert", "architectures": ["DistilBertForQuestionAnswering"], "dim": 96, "n_heads": 4,
        "n_layers": 3, "hidden_dim": 384, "max_position_embeddings": MAX_TOKENS, "vocab_size": len(VOCAB),
        "pad_token_id": 0})
    write_json(directory, "tokenizer_config.json", {
        "do_lower_case": True, "model_max_length": MAX_TOKENS, "tokenizer_class": "DistilBertTokenizer",
        "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"})


def main():
    directory = sys.argv[1]
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 6000
    random.seed(SEED)
    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    net = QuestionAnswering()
    print(f"{sum(p.numel() for p in net.parameters())} parameters, {len(VOCAB)} vocabulary entries")
    train(net, steps)
    exact, total = score(net)
    print(f"exact span found for {100 * exact:.2f} % of {total} generated examples")
    write(net, directory)


if __name__ == "__main__":
    main()
