"""The harvester's reading of sources and its folding of releases into ranges, on sources of our own."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/harvest"))
import harvest
import tables
import transformers_facts
import vocabularies
import wheels

TABLES = {  # what a table's source looks like: the table
    "T = OrderedDict([('a', A), ('b', (B, BFast))])": {"a": "A", "b": ["B", "BFast"]},
    "T = OrderedDict([('a', A,),\n ('b', 'B')])": {"a": "A", "b": "B"},
    "T = OrderedDict[str, str | None]([('a', 'A' if ready() else None)])": {"a": "A"},
    "T: dict[str, str] = {'a': 'A', **{'b': 'B'}}": {"a": "A", "b": "B"},
    "S = {'a': 'A'}\nT = OrderedDict(**{'b': 'B'}, **S)": {"b": "B", "a": "A"},
    "T = OrderedDict({'a': 'A'})\nT.update({'b': 'B'})": {"a": "A", "b": "B"},
    "S = OrderedDict([('a', 'A')])\nT = OrderedDict(list(S.items()) + [('b', 'B')])": {"a": "A", "b": "B"},
    "if TYPE_CHECKING:\n  T = OrderedDict()\nelse:\n  T = OrderedDict([('a', 'A')])": {"a": "A"},
    "try:\n  T = {'a': 1}\nexcept ImportError:\n  pass": {"a": 1},
    "T = {'a': fn(1), 'b': nn.GELU}": {"a": None, "b": "GELU"},
}


class Tables(unittest.TestCase):
    def test_forms(self):
        for source, table in TABLES.items():
            self.assertEqual(tables.tables_of(source).get("T"), table, source)

    def test_what_is_no_table_is_left_out(self):
        self.assertEqual(tables.tables_of("T = make()\nU = [x for x in y]\nV = 1"), {"V": 1})

    def test_an_imported_table_is_known(self):
        self.assertEqual(tables.tables_of("T.update({'b': 1})", {"T": {"a": 0}}), {"T": {"a": 0, "b": 1}})


MODULES = {  # a module of tokenizers: what its classes are made from
    """VOCAB_FILES_NAMES = {"vocab_file": "vocab.txt"}
class ATokenizer(PreTrainedTokenizer):
    def __init__(self, vocab_file):
        if not os.path.isfile(vocab_file):
            raise ValueError()
        self.vocab = load_vocab(vocab_file)
    def other(self):
        open(vocab_file)
""": {"ATokenizer": [["isfile", "vocab.txt"]]},
    """VOCAB_FILES_NAMES = {
    "vocab_file": "vocab.json",
    "merges_file": "merges.txt",
}
class BTokenizer(PreTrainedTokenizer):
    def __init__(self, vocab_file, merges_file):
        with open(vocab_file) as handle:
            pass
        with open(merges_file) as handle:
            pass
""": {"BTokenizer": [["open", "vocab.json"], ["open", "merges.txt"]]},
    """VOCAB_FILES_NAMES = {"vocab_file": "spiece.model"}
class CTokenizer(PreTrainedTokenizer):
    def __init__(self, vocab_file):
        self.sp_model.Load(str(vocab_file))
class DTokenizer(SentencePieceBackend):
    pass
""": {"CTokenizer": [["sentencepiece of text", "spiece.model"]]},
}


class Vocabularies(unittest.TestCase):
    class Wheel:
        def __init__(self, text):
            self.source = text

        def names(self):
            return ["transformers/models/a/tokenization_a.py", "transformers/models/a/tokenization_a_fast.py"]

        def text(self, name):
            return self.source

    def test_what_constructors_open(self):
        for source, made in MODULES.items():
            self.assertEqual(vocabularies.made_in_python(self.Wheel(source))[0], made, source)

    def test_which_classes_are_python(self):
        names = vocabularies.made_in_python(self.Wheel(list(MODULES)[2]))[1]
        self.assertEqual(names, {"CTokenizer", "DTokenizer"})


class Requirements(unittest.TestCase):
    def test_of_both_forms_of_metadata(self):
        lines = [("Requires-Dist", "tokenizers (<0.11,>=0.10.1)"), ("Requires-Dist", "numpy>=1.17"),
                 ("Requires-Dist", 'torch>=2.6; extra == "torch"'), ("Requires-Dist", "torch (>=1.0) ; extra == 'all'"),
                 ("Requires-Dist", 'datasets[audio]>=2.15; extra == "quality"'),
                 ("Requires-Dist", "tokenizers (>=9) ; extra == 'dev'"), ("Requires-Python", ">=3.6")]
        self.assertEqual(transformers_facts.requirements(lines),
                         {"tokenizers": "<0.11,>=0.10.1", "numpy": ">=1.17", "torch": ">=2.6"})


class Parameters(unittest.TestCase):
    def test_of_init_and_of_fields(self):
        import ast
        old = ast.parse("class C:\n def __init__(self, a=1, b=None, c=make(), *, d='x', **kwargs): pass").body[0]
        self.assertEqual(transformers_facts._parameters(old), {"a": "1", "b": "None", "c": "?", "d": "'x'"})
        new = ast.parse("class C:\n  a: int = 1\n  b: str | None = None\n  _c: int = 2\n  d: int").body[0]
        self.assertEqual(transformers_facts._parameters(new), {"a": "1", "b": "None", "d": "?"})


class Ranges(unittest.TestCase):
    VERSIONS = ["1.0", "1.1", "1.2", "2.0"]

    def test_runs(self):
        for held, wanted in (({"1.0", "1.1", "1.2", "2.0"}, [["1.0", None]]), ({"1.1", "1.2"}, [["1.1", "1.2"]]),
                             ({"1.0", "1.2", "2.0"}, [["1.0", "1.0"], ["1.2", None]]), (set(), [])):
            self.assertEqual(harvest.ranges(held.__contains__, self.VERSIONS), wanted)

    def test_a_value_that_changes_has_a_range_for_each(self):
        rows = {"1.0": {"a": "A"}, "1.1": {"a": "B"}, "1.2": {"a": "B"}, "2.0": {"a": "B", "b": "C"}}
        self.assertEqual(harvest.fold(rows, self.VERSIONS),
                         {"a": [["A", [["1.0", "1.0"]]], ["B", [["1.1", None]]]], "b": [["C", [["2.0", None]]]]})

    def test_a_class_of_several_model_types_keeps_them_all(self):
        first = {"model_types": {"a": "AConfig", "b": "BConfig"},
                 "auto": {"MODEL_MAPPING": {"a": ["AModel"], "b": ["AModel"]}}}
        then = {"model_types": {"a": "AConfig", "c": "AConfig"}, "auto": {"MODEL_MAPPING": {"a": ["AModel"]}}}
        self.assertEqual(harvest.architectures(dict.fromkeys(self.VERSIONS[:3], first) | {"2.0": then}, self.VERSIONS),
                         {"AModel": [["a", [["1.0", None]]], ["b", [["1.0", "1.2"]]], ["c", [["2.0", None]]]]})

    def test_versions_sort_as_numbers(self):
        self.assertEqual(sorted(["4.9.0", "4.10.0", "4.9.2"], key=wheels.key), ["4.9.0", "4.9.2", "4.10.0"])


if __name__ == "__main__":
    unittest.main()
