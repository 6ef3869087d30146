#!/usr/bin/env python3
"""Rebuilds two tables of kb/tokenizers.json: from which vocabulary files a tokenizer class of Python is made, and how
each is opened; and which classes release 5 still makes in Python, and not with the tokenizers library.

    vocabularies.py FILE

How decides what is raised where a file is missing: os.path.isfile, open, Path, and sentencepiece's Load each have
words of their own ("said", which is measured, and kept). Read are releases between which the classes did not change
otherwise; later ones count.
"""
import json
import pathlib
import re
import sys

from harvest import text_of
from wheels import Wheel

RELEASES = ("3.5.1", "4.11.3", "4.28.1", "4.57.6", "5.23.0")

# How a constructor opens a file, and the name of its argument. A processor made by get_spm_processor loads the same way.
OPENINGS = (
    ("isfile", r"os\.path\.isfile\((?:self\.)?(\w+)\)"),
    ("open", r"\bopen\((?:self\.)?(\w+)"),
    ("open", r"load_json\((?:self\.)?(\w+)\)"),
    ("path", r"Path\((?:self\.)?(\w+)\)"),
    ("sentencepiece", r"\.Load\((?:self\.)?(\w+)\)"),
    ("sentencepiece", r"load_spm\((?:self\.)?(source_spm|target_spm)"),
    ("sentencepiece", r"get_spm_processor\(()"),
    ("sentencepiece", r"SPMTokenizer\(\s*(\w+)"),
    ("sentencepiece of text", r"\.Load\(str\((?:self\.)?(\w+)\)\)"),
    ("sentencepiece of text", r"load_spm\((?:self\.)?(spm_file)"),
)

# Files that need not be there, and classes that are made in more than one way.
OPTIONAL = {"target_vocab.json", "normalizer.json"}
SEVERAL_WAYS = {"BertJapaneseTokenizer", "BertweetTokenizer", "JukeboxTokenizer", "PhobertTokenizer", "RoCBertTokenizer",
                "Speech2Text2Tokenizer", "TransfoXLTokenizer"}
# Those that want something else first: an argument, or another library.
WANT_MORE = {"CpmTokenizer", "FSMTTokenizer", "FastSpeech2ConformerTokenizer", "MarkupLMTokenizer", "Pop2PianoTokenizer",
             "RoFormerTokenizer", "TapasTokenizer", "Wav2Vec2PhonemeCTCTokenizer"}


def classes_of(source):
    """{class: (its first base, the text of its constructor, {argument: file})} of a module."""
    names = re.search(r"^VOCAB_FILES_NAMES = \{(.*?)\}", source, re.S | re.M)
    files = dict(re.findall(r'"(\w+)":\s*"([^"]+)"', names[1])) if names else {}
    found = {}
    for match in re.finditer(r"^class (\w+Tokenizer)\((?:\w+Mixin, )?(\w+)[^)]*\):(.*?)(?=^class |^def |\Z)", source, re.S | re.M):
        init = re.search(r"    def __init__\(.*?(?=\n    def |\n    @|\Z)", match[3], re.S)
        found[match[1]] = (match[2], init[0] if init else "", files)
    return found


def openings(init, files):
    """[[how, file]...] in the order in which a constructor opens them."""
    found = []
    for how, pattern in OPENINGS:
        for match in re.finditer(pattern, init):
            argument = match[1] or "vocab_file"
            argument = argument if argument in files else argument.removesuffix("_file")
            if argument in files and files[argument] not in OPTIONAL:
                found.append((match.start(), [how, files[argument]]))
    return [opening for _, opening in sorted(found)]


def unique(rows):
    """Only the first opening of each kind; a sentencepiece file is judged by what it is first loaded as."""
    seen, kept = set(), []
    for how, file in rows:
        key = (how.split()[0], file)
        if key not in seen:
            kept.append([how, file])
        seen.add(key)
    return kept


def made_in_python(wheel):
    """{class: openings} of one release, inherited constructors followed; and all classes that it makes in Python."""
    known = {}
    for name in wheel.names():
        if re.search(r"/tokenization_\w+\.py$", name) and not name.endswith(("_fast.py", "_auto.py")):
            known.update(classes_of(wheel.text(name)))
    found, names = {}, set()
    for name in sorted(known.keys() - SEVERAL_WAYS - WANT_MORE):
        base, init, files = known[name]
        while not openings(init, files) and base in known:
            base, init, inherited = known[base]
            files = files or inherited
        rows = unique(openings(init, files))
        if rows and base == "PreTrainedTokenizer":
            found[name] = rows
        if base in ("PreTrainedTokenizer", "SentencePieceBackend"):
            names.add(name)
    return found, names


def main():
    table, newest = {}, set()
    for version in RELEASES:
        with Wheel("transformers", version) as wheel:
            openings_of, newest = made_in_python(wheel)
        table.update(openings_of)
    file = pathlib.Path(sys.argv[1])
    text = {**json.loads(file.read_text()), "made_from": dict(sorted(table.items())), "python_in_5": sorted(newest & table.keys())}
    file.write_text(text_of(text))


if __name__ == "__main__":
    main()
