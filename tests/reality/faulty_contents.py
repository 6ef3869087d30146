"""Packages with one fault each within a file that can be read: what a vocabulary, tokenizer.json, an
index or a .bin holds.

    for path in faulty_contents.make("folder"): ...

A package is called BASE@FAULT. tests/data/reality/contents.json has what real runtimes made of them
(lab/load_package.py, once in each).
"""
import collections
import json
import pathlib
import shutil

import numpy
import torch

from faulty_packages import BERT as NEW_BERT
from faulty_packages import BIN_SHARDED, GONE, LEFT_OUT, OLD_BERT, PACKAGES, tokenizer

BERT = OLD_BERT
GPT2 = BIN_SHARDED


# --- vocabularies --------------------------------------------------------------------------------

def lines(name, change, end="\n"):
    """A change of the list of lines of a file that alone makes the tokenizer."""
    def run(package):
        (package / "tokenizer.json").unlink()
        path = package / name
        made = change(path.read_text(encoding="utf-8").split("\n")[:-1])
        path.write_bytes("".join(line + end for line in made).encode("utf-8"))
    return run


def content(name, change):
    def run(package):
        (package / "tokenizer.json").unlink()
        path = package / name
        path.write_bytes(change(path.read_bytes()))
    return run


def vocabulary(change):
    def run(package):
        (package / "tokenizer.json").unlink()
        path = package / "vocab.json"
        made = change(json.loads(path.read_text(encoding="utf-8")))
        path.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    return run


def without_line(token):
    return lambda text: [line for line in text if line != token]


def instead(token, other):
    return lambda text: [other if line == token else line for line in text]


def at(place, *more):
    return lambda text: text[:place] + list(more) + text[place:]


def ids(change):
    return vocabulary(lambda v: {token: change(number) for token, number in v.items()})


def renumbered(token, number):
    return vocabulary(lambda v: {**v, token: number})


VOCABULARIES = [
    (BERT, "vocab-alone", lines("vocab.txt", lambda text: text)),
    (BERT, "vocab-short", lines("vocab.txt", lambda text: text[:-8])),
    (BERT, "vocab-more", lines("vocab.txt", lambda text: text + [f"zzz{i}" for i in range(8)])),
    (BERT, "vocab-no-cls", lines("vocab.txt", instead("[CLS]", "[XYZ]"))),
    (BERT, "vocab-no-sep", lines("vocab.txt", instead("[SEP]", "[XYZ]"))),
    (BERT, "vocab-no-pad", lines("vocab.txt", instead("[PAD]", "[XYZ]"))),
    (BERT, "vocab-no-mask", lines("vocab.txt", instead("[MASK]", "[XYZ]"))),
    (BERT, "vocab-empty-line", lines("vocab.txt", at(40, ""))),
    (BERT, "vocab-empty-end", lines("vocab.txt", lambda text: text + ["", ""])),
    (BERT, "vocab-twice-end", lines("vocab.txt", lambda text: text + text[20:21])),
    (BERT, "vocab-twice-special", lines("vocab.txt", lambda text: text + ["[SEP]"])),
    (BERT, "vocab-latin", content("vocab.txt", lambda data: data[:300] + b"\xe9" + data[301:])),
    (BERT, "vocab-bom", content("vocab.txt", lambda data: b"\xef\xbb\xbf" + data)),
    (BERT, "vocab-utf16", content("vocab.txt", lambda data: data.decode("utf-8").encode("utf-16"))),
    (BERT, "vocab-crlf", lines("vocab.txt", lambda text: text, "\r\n")),
    (BERT, "vocab-spaces", lines("vocab.txt", lambda text: text, " \n")),
    (BERT, "vocab-zero", content("vocab.txt", lambda data: b"")),
    (BERT, "vocab-json", lines("vocab.txt", lambda text: [json.dumps({t: i for i, t in enumerate(text)})])),
    (GPT2, "merges-alone", lines("merges.txt", lambda text: text)),
    (GPT2, "merges-three", lines("merges.txt", at(5, "a b c"))),
    (GPT2, "merges-one", lines("merges.txt", at(5, "abc"))),
    (GPT2, "merges-empty-line", lines("merges.txt", at(5, ""))),
    (GPT2, "merges-empty-end", lines("merges.txt", lambda text: text + ["", ""])),
    (GPT2, "merges-no-version", lines("merges.txt", lambda text: text[1:])),
    (GPT2, "merges-no-newline", content("merges.txt", lambda data: data.rstrip(b"\n"))),
    (GPT2, "merges-twice", lines("merges.txt", lambda text: text + text[3:4])),
    (GPT2, "merges-unknown", lines("merges.txt", at(5, "qq zz"))),
    (GPT2, "merges-unknown-joined", lines("merges.txt", at(5, "q x"))),
    (GPT2, "merges-zero", content("merges.txt", lambda data: b"")),
    (GPT2, "merges-latin", content("merges.txt", lambda data: data[:300] + b"\xe9" + data[301:])),
    (GPT2, "merges-crlf", lines("merges.txt", lambda text: text, "\r\n")),
    (GPT2, "merges-words", lines("merges.txt", lambda text: ["[PAD]", "[UNK]", "the", "of", "##s"])),
    (GPT2, "merges-tabs", lines("merges.txt", lambda text: text[:1] + [t.replace(" ", "\t") for t in text[1:]])),
    (GPT2, "merges-two-spaces", lines("merges.txt", lambda text: text[:1] + [t.replace(" ", "  ") for t in text[1:]])),
    (GPT2, "merges-comment", lines("merges.txt", at(5, "# more"))),
    (GPT2, "vocab-list", vocabulary(list)),
    (GPT2, "vocab-number", vocabulary(lambda v: 5)),
    (GPT2, "vocab-null", vocabulary(lambda v: None)),
    (GPT2, "vocab-string", vocabulary(lambda v: "vocab")),
    (GPT2, "vocab-empty", vocabulary(lambda v: {})),
    (GPT2, "vocab-text-ids", ids(str)),
    (GPT2, "vocab-float-ids", ids(float)),
    (GPT2, "vocab-one-null", renumbered("b", None)),
    (GPT2, "vocab-one-list", renumbered("b", [1])),
    (GPT2, "vocab-one-true", renumbered("b", True)),
    (GPT2, "vocab-negative", renumbered("b", -1)),
    (GPT2, "vocab-huge", renumbered("b", 5_000_000_000)),
    (GPT2, "vocab-same-id", renumbered("b", 7)),
    (GPT2, "vocab-no-eos", vocabulary(lambda v: {k: n for k, n in v.items() if k != "<|endoftext|>"})),
    (GPT2, "vocab-no-letter", vocabulary(lambda v: {k: n for k, n in v.items() if k != "z"})),
    (GPT2, "vocab-nested", vocabulary(lambda v: {"model": {"vocab": v}})),
    (GPT2, "vocab-words", vocabulary(lambda v: {"[PAD]": 0, "[UNK]": 1, "the": 2, "of": 3})),
]

# --- tokenizer.json ------------------------------------------------------------------------------


def part(path, value):
    """The value at a path of keys; GONE takes it away."""
    def change(json_value):
        *way, last = path
        for key in way:
            json_value = json_value[key]
        if value is GONE:
            del json_value[last]
        else:
            json_value[last] = value
    return tokenizer(change)


PARTS = [(NEW_BERT, f"json-{name}", part(path, value)) for name, path, value in (
    ("unk-number", ("model", "unk_token"), 5), ("unk-null", ("model", "unk_token"), None),
    ("prefix-null", ("model", "continuing_subword_prefix"), None),
    ("prefix-gone", ("model", "continuing_subword_prefix"), GONE),
    ("chars-text", ("model", "max_input_chars_per_word"), "100"), ("chars-negative", ("model", "max_input_chars_per_word"), -1),
    ("chars-float", ("model", "max_input_chars_per_word"), 100.0), ("chars-null", ("model", "max_input_chars_per_word"), None),
    ("vocab-list", ("model", "vocab"), ["a", "b"]), ("vocab-null", ("model", "vocab"), None),
    ("vocab-gone", ("model", "vocab"), GONE), ("vocab-text-id", ("model", "vocab", "a"), "7"),
    ("vocab-float-id", ("model", "vocab", "a"), 7.0), ("vocab-negative-id", ("model", "vocab", "a"), -7),
    ("vocab-null-id", ("model", "vocab", "a"), None), ("vocab-huge-id", ("model", "vocab", "a"), 5_000_000_000),
    ("model-text", ("model",), "WordPiece"), ("model-list", ("model",), []), ("model-null", ("model",), None),
    ("model-type-number", ("model", "type"), 5), ("model-empty", ("model",), {}),
    ("normalizer-text", ("normalizer",), "BertNormalizer"), ("normalizer-list", ("normalizer",), []),
    ("normalizer-empty", ("normalizer",), {}), ("normalizer-number", ("normalizer",), 5),
    ("normalizer-type-number", ("normalizer", "type"), 5), ("normalizer-type-gone", ("normalizer", "type"), GONE),
    ("lowercase-text", ("normalizer", "lowercase"), "true"), ("lowercase-null", ("normalizer", "lowercase"), None),
    ("lowercase-number", ("normalizer", "lowercase"), 1), ("lowercase-gone", ("normalizer", "lowercase"), GONE),
    ("clean-gone", ("normalizer", "clean_text"), GONE), ("clean-text", ("normalizer", "clean_text"), "yes"),
    ("chinese-gone", ("normalizer", "handle_chinese_chars"), GONE), ("accents-text", ("normalizer", "strip_accents"), "no"),
    ("accents-gone", ("normalizer", "strip_accents"), GONE), ("normalizer-more", ("normalizer", "more"), 5),
    ("pre-text", ("pre_tokenizer",), "BertPreTokenizer"), ("pre-list", ("pre_tokenizer",), [{"type": "BertPreTokenizer"}]),
    ("pre-empty", ("pre_tokenizer",), {}), ("pre-number", ("pre_tokenizer",), 5), ("pre-more", ("pre_tokenizer", "more"), 5),
    ("post-text", ("post_processor",), "x"), ("post-empty", ("post_processor",), {}),
    ("post-single-text", ("post_processor", "single"), "[CLS] $A [SEP]"), ("post-single-null", ("post_processor", "single"), None),
    ("post-single-gone", ("post_processor", "single"), GONE), ("post-pair-gone", ("post_processor", "pair"), GONE),
    ("post-special-list", ("post_processor", "special_tokens"), []),
    ("post-special-ids", ("post_processor", "special_tokens", "[CLS]", "ids"), "2"),
    ("decoder-text", ("decoder",), "WordPiece"), ("decoder-prefix-gone", ("decoder", "prefix"), GONE),
    ("decoder-prefix-number", ("decoder", "prefix"), 5), ("decoder-cleanup-gone", ("decoder", "cleanup"), GONE),
    ("decoder-cleanup-text", ("decoder", "cleanup"), "yes"),
    ("added-object", ("added_tokens",), {}), ("added-null", ("added_tokens",), None), ("added-gone", ("added_tokens",), GONE),
    ("added-text", ("added_tokens",), "[PAD]"), ("added-item-text", ("added_tokens", 0), "[PAD]"),
    ("added-id-text", ("added_tokens", 0, "id"), "0"), ("added-id-negative", ("added_tokens", 0, "id"), -1),
    ("added-id-float", ("added_tokens", 0, "id"), 0.0), ("added-id-null", ("added_tokens", 0, "id"), None),
    ("added-id-gone", ("added_tokens", 0, "id"), GONE), ("added-content-number", ("added_tokens", 0, "content"), 5),
    ("added-content-gone", ("added_tokens", 0, "content"), GONE), ("added-special-text", ("added_tokens", 0, "special"), "yes"),
    ("added-special-gone", ("added_tokens", 0, "special"), GONE), ("added-lstrip-null", ("added_tokens", 0, "lstrip"), None),
    ("added-lstrip-gone", ("added_tokens", 0, "lstrip"), GONE), ("added-more", ("added_tokens", 0, "more"), 5),
    ("truncation-text", ("truncation",), "x"), ("truncation-number", ("truncation",), 5), ("truncation-empty", ("truncation",), {}),
    ("truncation-length-text", ("truncation",), {"max_length": "5", "strategy": "LongestFirst", "stride": 0}),
    ("truncation-strategy", ("truncation",), {"max_length": 5, "strategy": "Longest", "stride": 0}),
    ("padding-text", ("padding",), "x"), ("padding-empty", ("padding",), {}),
    ("padding-id-text", ("padding",), {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None,
                                       "pad_id": "0", "pad_type_id": 0, "pad_token": "[PAD]"}),
    ("version-null", ("version",), None), ("version-gone", ("version",), GONE), ("version-list", ("version",), []),
)] + [(GPT2, f"json-{name}", part(path, value)) for name, path, value in (
    ("dropout-text", ("model", "dropout"), "0.1"), ("dropout-big", ("model", "dropout"), 1.5), ("dropout-zero", ("model", "dropout"), 0),
    ("unk-number", ("model", "unk_token"), 5), ("unk-absent", ("model", "unk_token"), "<nope>"),
    ("fuse-text", ("model", "fuse_unk"), "yes"), ("fuse-null", ("model", "fuse_unk"), None), ("fuse-gone", ("model", "fuse_unk"), GONE),
    ("merges-object", ("model", "merges"), {}), ("merges-null", ("model", "merges"), None), ("merges-gone", ("model", "merges"), GONE),
    ("vocab-list", ("model", "vocab"), [["a", 0]]), ("vocab-text-id", ("model", "vocab", "b"), "7"),
    ("prefix-number", ("model", "continuing_subword_prefix"), 5),
    ("space-text", ("pre_tokenizer", "add_prefix_space"), "yes"), ("space-gone", ("pre_tokenizer", "add_prefix_space"), GONE),
    ("trim-text", ("pre_tokenizer", "trim_offsets"), "yes"), ("trim-gone", ("pre_tokenizer", "trim_offsets"), GONE),
    ("post-trim-text", ("post_processor", "trim_offsets"), "yes"), ("decoder-trim-null", ("decoder", "trim_offsets"), None),
)]

# --- weights -------------------------------------------------------------------------------------


def pickled(change):
    def run(package):
        path = package / "pytorch_model.bin"
        torch.save(change(torch.load(path)), path)
    return run


def one(value):
    return pickled(lambda t: {**t, "bert.pooler.dense.bias": value})


WEIGHTS = [(BERT, f"bin-{name}", change) for name, change in (
    ("list", pickled(lambda t: list(t.values()))), ("tuple", pickled(lambda t: tuple(t.values()))),
    ("pairs", pickled(lambda t: list(t.items()))), ("tensor", pickled(lambda t: torch.zeros(3))),
    ("numbers", pickled(lambda t: dict(enumerate(t.values())))), ("number-too", pickled(lambda t: {**t, 5: torch.zeros(3)})),
    ("text", pickled(lambda t: "weights")), ("number", pickled(lambda t: 5)), ("empty", pickled(lambda t: {})),
    ("none-name", pickled(lambda t: {**t, None: torch.zeros(3)})), ("empty-name", pickled(lambda t: {**t, "": torch.zeros(3)})),
    ("ordered", pickled(collections.OrderedDict)),
    ("numpy", pickled(lambda t: {k: v.numpy() for k, v in t.items()})), ("one-numpy", one(numpy.zeros(32, "float32"))),
    ("one-none", one(None)), ("one-text", one("bias")), ("one-number", one(5)), ("one-float", one(0.5)), ("one-list", one([0.0] * 32)),
    ("one-dict", one({"a": torch.zeros(32)})), ("one-true", one(True)),
    ("parameters", pickled(lambda t: {k: torch.nn.Parameter(v, v.is_floating_point()) for k, v in t.items()})),
    ("extra-none", pickled(lambda t: {**t, "extra": None})), ("extra-text", pickled(lambda t: {**t, "extra": "x"})),
    ("extra-number", pickled(lambda t: {**t, "epoch": 5})), ("extra-dict", pickled(lambda t: {**t, "optimizer": {}})),
    ("in-state-dict", pickled(lambda t: {"state_dict": t, "epoch": 3})), ("in-model", pickled(lambda t: {"model": t})),
    ("first-none", pickled(lambda t: {**{list(t)[0]: None}, **dict(list(t.items())[1:])})),
)]


def index(change):
    def run(package):
        path = package / "pytorch_model.bin.index.json"
        value = json.loads(path.read_text())
        change(value)
        path.write_text(json.dumps(value))
    return run


def map_of(change):
    return index(lambda value: value.update(weight_map=change(value["weight_map"])))


def first_of(value):
    return map_of(lambda m: {k: value if i == 0 else v for i, (k, v) in enumerate(m.items())})


INDEXES = [(GPT2, f"index-{name}", change) for name, change in (
    ("one-number", first_of(5)), ("one-null", first_of(None)), ("one-list", first_of(["a"])), ("one-object", first_of({})),
    ("one-true", first_of(True)), ("all-numbers", map_of(lambda m: {k: 1 for k in m})), ("all-null", map_of(lambda m: {k: None for k in m})),
    ("all-lists", map_of(lambda m: {k: [v] for k, v in m.items()})), ("map-list", map_of(list)), ("map-null", map_of(lambda m: None)),
    ("map-text", map_of(lambda m: "x")), ("map-number", map_of(lambda m: 5)), ("one-empty", first_of("")), ("one-folder", first_of(".")),
    ("metadata-null", index(lambda v: v.update(metadata=None))), ("metadata-list", index(lambda v: v.update(metadata=[]))),
    ("metadata-text", index(lambda v: v.update(metadata="x"))),
    ("up", first_of("../x.bin")),
)]


def make(folder):
    """Makes them all below `folder`; returns their paths."""
    made = []

    def new(base, fault):
        path = pathlib.Path(folder) / f"{base}@{fault}"
        shutil.copytree(PACKAGES / base, path, ignore=LEFT_OUT)
        made.append(path)
        return path

    for base, fault, change in VOCABULARIES + PARTS + WEIGHTS + INDEXES:
        change(new(base, fault))
    return made
