"""Packages with one fault each in what says how a tokenizer is made or how a model writes, and in what
a .bin is as a whole: values of other types than a release wants.

    for path in faulty_settings.make("folder"): ...

A package is called BASE@FAULT. tests/data/reality/settings.json has what real runtimes made of them
(lab/load_package.py, once in each).
"""
import collections
import json
import pathlib
import shutil

import torch

from faulty_contents import lines, one, pickled
from faulty_packages import BERT, BIN_SHARDED, GONE, LEFT_OUT, LLAMA, OLD_BERT, PACKAGES, change_json

GPT2 = BIN_SHARDED


def in_file(name, changes):
    return lambda package: change_json(package / name, changes)


def text_of(name, text):
    return lambda package: (package / name).write_text(text)


def added(number, value):
    def run(package):
        path = package / "tokenizer_config.json"
        config = json.loads(path.read_text())
        config["added_tokens_decoder"][number] = value
        path.write_text(json.dumps(config, indent=2))
    return run


def added_part(key, value):
    def run(package):
        path = package / "tokenizer_config.json"
        config = json.loads(path.read_text())
        entry = config["added_tokens_decoder"]["2"]
        if value is GONE:
            del entry[key]
        else:
            entry[key] = value
        path.write_text(json.dumps(config, indent=2))
    return run


# --- tokenizer_config.json -----------------------------------------------------------------------

ODD = (("null", None), ("number", 5), ("float", 2.5), ("true", True), ("text", "nope"), ("list", []), ("words", ["nope"]),
       ("object", {}), ("gone", GONE))


def odd(key, *names):
    return [(f"{key}-{name}", {key: value}) for name, value in ODD if name in names]


TOKENIZER_CONFIG = [
    *odd("tokenizer_class", "null", "number", "true", "text", "list", "words", "object", "gone"),
    ("tokenizer_class-empty", {"tokenizer_class": ""}),
    ("tokenizer_class-other", {"tokenizer_class": "GPT2Tokenizer"}), ("tokenizer_class-fast", {"tokenizer_class": "BertTokenizerFast"}),
    *odd("model_max_length", "null", "float", "text", "list", "object", "true", "gone"),
    ("model_max_length-digits", {"model_max_length": "64"}), ("model_max_length-zero", {"model_max_length": 0}),
    ("model_max_length-negative", {"model_max_length": -1}), ("model_max_length-small", {"model_max_length": 8}),
    *odd("added_tokens_decoder", "null", "number", "text", "list", "words", "object", "gone"),
    ("added_tokens_decoder-key", {"added_tokens_decoder": {"x": {"content": "[PAD]", "special": True}}}),
    ("added_tokens_decoder-items", {"added_tokens_decoder": [{"id": 0, "content": "[PAD]", "special": True}]}),
    *[row for key in ("cls_token", "mask_token", "unk_token", "pad_token", "sep_token") for row in odd(key, "null", "number", "words", "object")],
    *odd("cls_token", "true", "float", "text", "list", "gone"), ("cls_token-empty", {"cls_token": ""}),
    *odd("additional_special_tokens", "null", "number", "text", "list", "words", "object", "true"),
    ("additional_special_tokens-numbers", {"additional_special_tokens": [5]}),
    ("additional_special_tokens-nulls", {"additional_special_tokens": [None]}),
    ("additional_special_tokens-dict", {"additional_special_tokens": {"a": "<a>"}}),
    *odd("extra_special_tokens", "null", "number", "text", "list", "words", "object", "true"),
    ("extra_special_tokens-dict", {"extra_special_tokens": {"a_token": "<a>"}}),
    ("extra_special_tokens-numbers", {"extra_special_tokens": [5]}),
    ("extra_special_tokens-dict-number", {"extra_special_tokens": {"a_token": 5}}),
    ("extra_special_tokens-dict-null", {"extra_special_tokens": {"a_token": None}}),
    ("model_specific_special_tokens", {"model_specific_special_tokens": {"a_token": "<a>"}}),
    *odd("chat_template", "null", "number", "text", "list", "words", "object", "true"),
    ("chat_template-named", {"chat_template": [{"name": "default", "template": "{{ messages }}"}]}),
    ("chat_template-unnamed", {"chat_template": [{"template": "{{ messages }}"}]}),
    ("chat_template-no-template", {"chat_template": [{"name": "default"}]}),
    ("chat_template-dict", {"chat_template": {"default": "{{ messages }}"}}),
    ("chat_template-broken", {"chat_template": "{% if"}),
    *odd("padding_side", "null", "number", "text", "list", "object"),
    ("padding_side-upper", {"padding_side": "Right"}),
    *odd("truncation_side", "null", "number", "text", "list", "object"), ("truncation_side-left", {"truncation_side": "left"}),
    *odd("clean_up_tokenization_spaces", "null", "number", "text", "list", "object", "gone"),
    *odd("model_input_names", "null", "number", "text", "list", "words", "object"),
    ("model_input_names-ids", {"model_input_names": ["input_ids"]}),
    *odd("auto_map", "null", "number", "text", "list", "words", "object"),
    ("auto_map-tokenizer", {"auto_map": {"AutoTokenizer": ["tokenization_x.X", None]}}),
    ("auto_map-text-tokenizer", {"auto_map": {"AutoTokenizer": "tokenization_x.X"}}),
    ("auto_map-nulls", {"auto_map": {"AutoTokenizer": [None, None]}}),
    ("auto_map-other", {"auto_map": {"AutoModel": "modeling_x.X"}}),
    *odd("do_lower_case", "null", "number", "text", "list", "object", "gone"),
    *odd("strip_accents", "number", "text", "list", "object", "true"),
    *odd("tokenize_chinese_chars", "null", "number", "text", "list", "object"),
    *odd("never_split", "number", "text", "words", "object"),
    *odd("do_basic_tokenize", "null", "text", "list"),
    *odd("name_or_path", "null", "number", "list"),
    *odd("vocab_file", "null", "number", "text", "list"), *odd("tokenizer_file", "null", "number", "text", "list"),
    *odd("special_tokens_map_file", "null", "number", "text"), *odd("split_special_tokens", "null", "text", "true"),
    *odd("verbose", "null", "text"), 
    ("processor_class", {"processor_class": "XProcessor"}),
    *odd("processor_class", "null", "number", "list"), *odd("max_len", "number", "text"), *odd("max_length", "number", "text"),
    *odd("padding", "text", "true"), *odd("truncation", "text", "true"), *odd("return_tensors", "text"),
    *odd("use_fast", "text", "null"), ("use_fast-false", {"use_fast": False}), *odd("backend", "text", "number", "null"),
    ("backend-tokenizers", {"backend": "tokenizers"}), *odd("is_local", "text", "true"), *odd("legacy", "text", "true"),
    *odd("add_prefix_space", "true", "text"), *odd("vocab_size", "number"), *odd("special_tokens", "list"),
    *odd("vocab", "number", "list", "object"), *odd("merges", "number"), 
    *odd("from_slow", "true", "text"), *odd("trust_remote_code", "true"), *odd("revision", "text", "null"),
    *odd("add_bos_token", "true"), *odd("add_eos_token", "true"), *odd("is_fast", "true"), *odd("vocab_files_names", "object"),
    *odd("wordpieces_prefix", "text", "number"), *odd("clean_text", "text", "null"), ("clean_text-false", {"clean_text": False}),
    *odd("local_files_only", "true"), *odd("transformers_version", "number"),
]
FILES = [(BERT, "tokenizer_config", in_file("tokenizer_config.json", changes), name) for name, changes in TOKENIZER_CONFIG]
FILES += [(GPT2, "tokenizer_config", in_file("tokenizer_config.json", changes), name) for name, changes in (
    *odd("add_prefix_space", "null", "text", "number", "list"), *odd("add_bos_token", "null", "text", "true"),
    *odd("errors", "null", "number", "text"), *odd("bos_token", "null", "number", "words"),
    *odd("tokenizer_class", "null", "number", "gone", "text"), *odd("trim_offsets", "text", "null"), *odd("eos_token", "null"),
    *odd("model_max_length", "null", "text"),
    *odd("extra_special_tokens", "words"), *odd("additional_special_tokens", "words"))]
FILES += [(LLAMA, "tokenizer_config", in_file("tokenizer_config.json", changes), name) for name, changes in (
    *odd("tokenizer_class", "null", "number", "gone", "text"), 
    *odd("padding_side", "null", "text", "number"), *odd("add_bos_token", "true", "text"), *odd("add_eos_token", "true"), *odd("legacy", "null", "text"),
    *odd("bos_token", "null", "words"), *odd("model_max_length", "null", "text"), *odd("chat_template", "list", "object", "number"),
    *odd("sp_model_kwargs", "null", "text", "object"), *odd("use_default_system_prompt", "text"), *odd("extra_special_tokens", "words"))]
FILES += [(BERT, "added", change, name) for name, change in (
    ("content-number", added_part("content", 5)), ("content-gone", added_part("content", GONE)), ("content-null", added_part("content", None)),
    ("content-other", added_part("content", "[XYZ]")), ("content-empty", added_part("content", "")),
    ("lstrip-text", added_part("lstrip", "no")), ("lstrip-null", added_part("lstrip", None)), ("lstrip-number", added_part("lstrip", 1)),
    ("lstrip-gone", added_part("lstrip", GONE)), ("special-text", added_part("special", "yes")), ("special-null", added_part("special", None)),
    ("special-gone", added_part("special", GONE)), ("special-false", added_part("special", False)), ("more", added_part("more", 5)),
    ("id-text", added("abc", {"content": "<a>", "special": True})), ("id-float", added("7.5", {"content": "<a>", "special": True})),
    ("id-negative", added("-3", {"content": "<a>", "special": True})), ("id-far", added("900", {"content": "<a>", "special": True})),
    ("id-next", added("213", {"content": "<a>", "special": True})), ("id-taken", added("20", {"content": "<a>", "special": True})),
    ("id-spaces", added(" 213 ", {"content": "<a>", "special": True})), ("id-underscore", added("2_13", {"content": "<a>", "special": True})),
    ("type", added("213", {"__type": "AddedToken", "content": "<a>", "special": True})),
)]
MAP = "special_tokens_map.json"
FILES += [(BERT, "map", in_file(MAP, changes), name) for name, changes in (
    *[row for key in ("cls_token", "pad_token") for row in odd(key, "null", "number", "words", "object", "true", "gone", "text")],
    *odd("additional_special_tokens", "null", "number", "text", "list", "words", "object"),
    ("additional_special_tokens-numbers", {"additional_special_tokens": [5]}),
    ("cls_token-part", {"cls_token": {"content": "[CLS]"}}), ("cls_token-more", {"cls_token": {"content": "[CLS]", "more": 5}}),
    ("cls_token-content", {"cls_token": {"content": 5}}), ("cls_token-other", {"cls_token": "[SEP]"}),
    *odd("extra_special_tokens", "words", "text", "object"), ("unknown-text", {"a_token": "<a>"}), ("unknown-number", {"a_token": 5}),
    ("unknown-list", {"a": ["<a>"]}), ("unknown-object", {"a": {"content": "<a>"}}), ("unknown-null", {"a": None}),
)]
JSONS = (("null", "null"), ("number", "5"), ("text", '"x"'), ("list", "[]"), ("words", '["a"]'), ("object", "{}"), ("true", "true"),
         ("broken", "{"), ("empty", ""))
FILES += [(base, "whole", text_of(name, text), f"{short}-{kind}") for base in (BERT, LLAMA)
          for short, name in (("map", MAP), ("added", "added_tokens.json"), ("config", "tokenizer_config.json")) for kind, text in JSONS]
FILES += [(BERT, "added_tokens", text_of("added_tokens.json", json.dumps(value)), name) for name, value in (
    ("text-id", {"<a>": "213"}), ("float-id", {"<a>": 213.0}), ("null-id", {"<a>": None}), ("list-id", {"<a>": [213]}), ("next", {"<a>": 213}),
    ("far", {"<a>": 900}), ("negative", {"<a>": -1}), ("taken", {"<a>": 20}), ("same", {"[PAD]": 0}), ("object-id", {"<a>": {"id": 213}}),
    ("true-id", {"<a>": True}))]

# --- generation_config.json ----------------------------------------------------------------------

GENERATION = "generation_config.json"
FILES += [(base, "generation", in_file(GENERATION, changes), name) for base in (LLAMA,) for name, changes in (
    ("temperature", {"temperature": 0.5}), ("temperature-zero", {"temperature": 0.0}), ("temperature-zero-sample", {"temperature": 0.0, "do_sample": True}),
    ("temperature-negative", {"temperature": -1.0, "do_sample": True}), *odd("temperature", "null", "text", "list"),
    ("top_p", {"top_p": 0.9}), ("top_p-two", {"top_p": 2.0, "do_sample": True}), *odd("top_p", "text", "null"), ("top_k", {"top_k": 10}), *odd("top_k", "null", "text", "float"),
    ("typical_p", {"typical_p": 0.5}), ("epsilon_cutoff", {"epsilon_cutoff": 0.1}),
    *odd("do_sample", "null", "text", "number"), *odd("num_beams", "null", "text", "float", "number"), ("num_beams-zero", {"num_beams": 0}),
    ("num_return_sequences", {"num_return_sequences": 2}), *odd("num_return_sequences", "text", "null", "float"),
    *odd("early_stopping", "null", "text", "number", "list", "true"), ("early_stopping-never", {"early_stopping": "never"}),
    ("num_beam_groups", {"num_beam_groups": 2}), ("num_beam_groups-beams", {"num_beam_groups": 2, "num_beams": 4}),
    ("diversity_penalty", {"diversity_penalty": 0.5}), ("length_penalty", {"length_penalty": 2.0}), ("constraints", {"constraints": ["x"]}),
    ("force_words_ids", {"force_words_ids": [[1]]}), ("penalty_alpha", {"penalty_alpha": 0.6}), ("penalty_alpha-top", {"penalty_alpha": 0.6, "top_k": 4}),
    *odd("max_length", "null", "text", "float"), ("max_length-zero", {"max_length": 0}), ("max_length-negative", {"max_length": -5}),
    *odd("max_new_tokens", "null", "text", "float"), ("max_new_tokens-zero", {"max_new_tokens": 0}), ("min_length-negative", {"min_length": -1}),
    *odd("eos_token_id", "null", "text", "float", "list", "words"), ("eos_token_id-negative", {"eos_token_id": -1}), ("eos_token_id-two", {"eos_token_id": [0, 1]}),
    *odd("pad_token_id", "null", "text", "float", "list"), ("pad_token_id-negative", {"pad_token_id": -1}), ("bos_token_id-negative", {"bos_token_id": -1}), *odd("bos_token_id", "text"),
    *odd("use_cache", "null", "text"), ("use_cache-false", {"use_cache": False}), *odd("cache_implementation", "text", "null", "number"),
    ("cache_implementation-static", {"cache_implementation": "static"}), ("cache_implementation-quantized", {"cache_implementation": "quantized"}),
    *odd("cache_config", "object", "text", "number"), ("cache_config-static", {"cache_config": {"backend": "quanto"}, "cache_implementation": "quantized"}),
    *odd("watermarking_config", "object", "text", "number"), ("watermarking_config-set", {"watermarking_config": {"greenlist_ratio": 0.5}}),
    ("watermarking_config-bad", {"watermarking_config": {"greenlist_ratio": 5}}), ("watermarking_config-key", {"watermarking_config": {"nope": 5}}),
    *odd("compile_config", "object", "text", "number"), ("compile_config-set", {"compile_config": {"fullgraph": True}}),
    ("compile_config-key", {"compile_config": {"nope": 5}}),
    ("return_dict", {"return_dict_in_generate": True}), ("output_scores", {"output_scores": True}), ("output_scores-false", {"output_scores": True, "return_dict_in_generate": False}),
    ("unknown", {"_from_model_config": GONE, "nope": 5}), ("generation_kwargs", {"generation_kwargs": {"a": 5}}), *odd("generation_kwargs", "text", "null"), ("argument", {"_from_model_config": GONE, "streamer": None}),
    ("argument-logits", {"_from_model_config": GONE, "logits_processor": None}), ("argument-stop", {"_from_model_config": GONE, "stopping_criteria": 5}), *odd("repetition_penalty", "text"),
    ("repetition_penalty-zero", {"repetition_penalty": 0.0}), *odd("assistant_confidence_threshold", "text"), *odd("is_assistant", "text"),
    *odd("transformers_version", "number", "null", "gone"), ("forced", {"forced_decoder_ids": [[1, 50]]}), *odd("suppress_tokens", "text", "number"),
    ("bad_words_ids", {"bad_words_ids": [5]}), ("sequence_bias", {"sequence_bias": {"(1,)": 2.0}}), *odd("stop_strings", "text", "number"),
    ("low_memory", {"low_memory": True}), ("prompt_lookup", {"prompt_lookup_num_tokens": "x"}), ("torch_dtype", {"torch_dtype": "float16"}),
    ("dtype", {"dtype": "float16"}), *odd("continuous_batching_config", "object", "text"), ("guidance_scale", {"guidance_scale": 0.0}), ("renormalize", {"renormalize_logits": "x"}),
)]
FILES += [(LLAMA, "generation-whole", text_of(GENERATION, text), kind) for kind, text in JSONS]

# --- vocabularies --------------------------------------------------------------------------------


def both(*changes):
    def run(package):
        for change in changes:
            change(package)
    return run


WORDS = [(OLD_BERT, "vocab", lines("vocab.txt", change), name) for name, change in (
    ("empty-line-early", lambda text: text[:6] + [""] + text[6:]), ("empty-lines", lambda text: text[:6] + ["", ""] + text[6:]),
    ("twice-early", lambda text: text[:6] + text[100:101] + text[6:]), ("twice-middle", lambda text: text[:150] + text[54:55] + text[150:]),
    ("short-one", lambda text: text[:-1]), ("short-many", lambda text: text[:-100]), ("swapped", lambda text: text[:6] + text[7:8] + text[6:7] + text[8:]),
    ("reversed", lambda text: text[:5] + text[:4:-1]), ("line-gone", lambda text: text[:50] + text[51:]), ("trailing-space", lambda text: text[:54] + [text[54] + " "] + text[55:]),
    ("leading-space", lambda text: text[:54] + [" " + text[54]] + text[55:]), ("special-last", lambda text: text[1:] + text[:1]),
    ("upper", lambda text: text[:5] + [t.upper() for t in text[5:]]), ("comment", lambda text: ["# a vocabulary"] + text),
    ("tab", lambda text: [f"{t}\t{i}" for i, t in enumerate(text)]),
)]
WORDS += [(OLD_BERT, "vocab", lines("vocab.txt", lambda text: text, end), name) for name, end in (("blank-lines", "\n\n"),)]
WORDS += [(OLD_BERT, "vocab", lambda p: ((p / "tokenizer.json").unlink(), (p / "vocab.txt").write_bytes((p / "vocab.txt").read_bytes().rstrip(b"\n"))), "no-newline")]
WORDS += [(OLD_BERT, "vocab", lambda p: (p / "vocab.txt").write_text((p / "vocab.txt").read_text().replace("the\n", "\nthe\n")), "beside-json")]
WORDS += [(GPT2, "merges", lines("merges.txt", change), name) for name, change in (
    ("last-gone", lambda text: text[:-1]), ("first-gone", lambda text: text[:1] + text[2:]), ("swapped", lambda text: text[:1] + text[2:3] + text[1:2] + text[3:]),
    ("reversed", lambda text: text[:1] + text[:0:-1]), ("half", lambda text: text[:len(text) // 2]), ("version-other", lambda text: ["#version: 9"] + text[1:]),
    ("version-twice", lambda text: text[:1] + text), ("comment-first", lambda text: ["# made by hand"] + text[1:]), ("trailing-space", lambda text: [t + " " for t in text]),
    ("leading-space", lambda text: text[:1] + [" " + t for t in text[1:]]), ("blank-end", lambda text: text + [" "]),
    ("no-version-empty", lambda text: [""] + text[1:]), ("only-version", lambda text: text[:1]),
)]
WORDS += [(GPT2, "merges", both(lines("merges.txt", lambda text: text), lambda p: (p / "merges.txt").write_bytes((p / "merges.txt").read_bytes().rstrip(b"\n").rsplit(b"\n", 3)[0])), "no-newline-cut")]

# --- what a .bin is ------------------------------------------------------------------------------


WHOLE = [(OLD_BERT, "whole-bin", pickled(change), name) for name, change in (
    ("list-empty", lambda t: []), ("tuple-empty", lambda t: ()), ("list-numbers", lambda t: [1, 2]), ("list-texts", lambda t: ["ab", "cd"]),
    ("list-longer-texts", lambda t: ["abc"]), ("list-dict", lambda t: [t]), ("tuple-dict", lambda t: (t, 5)), ("list-none", lambda t: [None]),
    ("list-scalars", lambda t: [torch.tensor(1.0)]), ("tensor-flat", lambda t: torch.zeros(3)),
    ("tensor-square", lambda t: torch.zeros(3, 4)), ("tensor-scalar", lambda t: torch.tensor(5.0)),
    ("tensor-none", lambda t: torch.zeros(0)), ("parameter", lambda t: torch.nn.Parameter(torch.zeros(3))), ("none", lambda t: None),
    ("true", lambda t: True), ("float", lambda t: 0.5), ("text-empty", lambda t: ""), ("text-two", lambda t: "ab"),("size", lambda t: torch.Size([1])), ("dtype", lambda t: torch.float32),
    ("module", lambda t: torch.nn.Linear(2, 2)), ("sequential", lambda t: torch.nn.Sequential(torch.nn.Linear(2, 2))),
    ("storage", lambda t: torch.zeros(3).storage()), 
    ("default-dict", lambda t: collections.defaultdict(list, t)), ("pairs", lambda t: list(t.items())), ("pairs-tuple", lambda t: tuple(t.items())),
    ("pairs-lists", lambda t: [list(pair) for pair in t.items()]), ("list-of-pairs-bad", lambda t: list(t.items()) + [5]),
    ("float-name", lambda t: {**t, 0.5: torch.zeros(3)}), ("true-name", lambda t: {**t, True: torch.zeros(3)}), ("tuple-name", lambda t: {**t, ("a", 1): torch.zeros(3)}),
    ("number-first", lambda t: {5: torch.zeros(3), **t}), ("number-value", lambda t: {**t, 5: 7}),
    ("number-none", lambda t: {**t, 5: None}), ("none-first", lambda t: {None: torch.zeros(3), **t}), ("two-odd", lambda t: {**t, None: 1, 5: 2}),
    ("tuple-names", lambda t: {tuple(k.split(".")): v for k, v in t.items()}),
    ("all-dicts", lambda t: {k: {"data": v} for k, v in t.items()}), ("all-lists", lambda t: {k: v.tolist() for k, v in t.items()}),
    ("all-listed", lambda t: {k: [v] for k, v in t.items()}), ("nested-dict", lambda t: {"state_dict": {"model": t}}), ("module-dict", lambda t: {"module": t, "epoch": 1}),
    ("state-list", lambda t: {"state_dict": list(t.values())}), ("two-dicts", lambda t: {**t, "bert.pooler.dense": {"bias": torch.zeros(32)}}),
    ("tree", lambda t: {"bert": {k[5:]: v for k, v in t.items() if k.startswith("bert.")}, "classifier": {k[11:]: v for k, v in t.items() if k.startswith("classifier.")}}),
)]
WHOLE += [(OLD_BERT, "whole-bin", one(value), name) for name, value in (
    ("one-dict-empty", {}), ("one-dict-plain", {"a": 1}), ("one-dict-dict", {"a": {"b": torch.zeros(32)}}), ("one-list-tensor", [torch.zeros(32)]), ("one-tuple-tensor", (torch.zeros(32),)),
    ("one-list-empty", []), ("one-size", torch.Size([32])), ("one-dtype", torch.float32),
    ("one-ordered", collections.OrderedDict(a=torch.zeros(32))), ("one-scalar", torch.tensor(1.0)),
)]


def shard(change):
    def run(package):
        path = package / "pytorch_model-00002-of-00005.bin"
        torch.save(change(torch.load(path)), path)
    return run


SHARDS = [(GPT2, "shard", shard(change), name) for name, change in (
    ("list", lambda t: list(t.values())), ("tensor", lambda t: torch.zeros(3)), ("text", lambda t: "abc"), ("none", lambda t: None), ("empty", lambda t: {}),
    ("number-name", lambda t: {**t, 5: torch.zeros(3)}), ("numbers", lambda t: dict(enumerate(t.values()))), ("nested", lambda t: {"state_dict": t}),
    ("dict-value", lambda t: {k: {"a": v} for k, v in t.items()}), ("list-empty", lambda t: []),
)]

# --- config.json, beside its weights -------------------------------------------------------------

CONFIG = [(base, "config", in_file("config.json", changes), name) for base, name, changes in (
    (BERT, "positions-point", {"max_position_embeddings": 64.0}), (LLAMA, "positions-point", {"max_position_embeddings": 64.0}),
    (GPT2, "positions-point", {"n_positions": 64.0}),
    ("mistral-4.37.2", "positions-point", {"max_position_embeddings": 66.0}), ("qwen2-4.56.2", "positions-point", {"max_position_embeddings": 66.0}),
    ("t5-4.37.2-bin", "positions-point", {"n_positions": 512.0}), ("distilbert-4.26.0", "positions-point", {"max_position_embeddings": 64.0}),
    (BERT, "architectures-unknown", {"architectures": ["BertForNothing"]}), (BERT, "architectures-other-family", {"architectures": ["GPT2LMHeadModel"]}),
    (BERT, "architectures-base", {"architectures": ["BertModel"]}), (BERT, "architectures-masked", {"architectures": ["BertForMaskedLM"]}),
    (BERT, "architectures-null", {"architectures": None}), (BERT, "architectures-text", {"architectures": "BertForSequenceClassification"}),
    (BERT, "architectures-empty", {"architectures": []}), (BERT, "architectures-number", {"architectures": [5]}), (LLAMA, "architectures-base", {"architectures": ["LlamaModel"]}),
    (LLAMA, "architectures-classify", {"architectures": ["LlamaForSequenceClassification"]}), (LLAMA, "architectures-unknown", {"architectures": ["LlamaForNothing"]}),
    (LLAMA, "tie-untied", {"tie_word_embeddings": True}), (GPT2, "untied", {"tie_word_embeddings": False}), ("qwen2-4.56.2", "tie", {"tie_word_embeddings": True}),
    ("t5-4.37.2-bin", "untied", {"tie_word_embeddings": False}), ("distilbert-4.26.0", "hidden-size", {"dim": 32, "hidden_size": 64}),
    ("distilbert-4.26.0", "hidden-size-only", {"dim": GONE, "hidden_size": 32}), ("distilbert-4.26.0", "layers", {"num_hidden_layers": 2}),
    (BERT, "auto-map-config", {"auto_map": {"AutoConfig": "configuration_x.XConfig"}}), (BERT, "auto-map-base", {"auto_map": {"AutoModel": "modeling_x.X"}}),
    (BERT, "auto-map-causal", {"auto_map": {"AutoModelForCausalLM": "modeling_x.X"}}), (BERT, "auto-map-classify", {"auto_map": {"AutoModelForSequenceClassification": "modeling_x.X"}}),
    (LLAMA, "auto-map-causal", {"auto_map": {"AutoModelForCausalLM": "modeling_x.X"}}), (LLAMA, "auto-map-config", {"auto_map": {"AutoConfig": "configuration_x.XConfig"}}),
    (BERT, "auto-map-tokenizer", {"auto_map": {"AutoTokenizer": ["tokenization_x.X", None]}}), (BERT, "tokenizer-class", {"tokenizer_class": "BertTokenizer"}),
    (BERT, "tokenizer-class-other", {"tokenizer_class": "GPT2Tokenizer"}), (BERT, "tokenizer-class-number", {"tokenizer_class": 5}), (BERT, "tokenizer-class-null", {"tokenizer_class": None}),
)]
ALL = FILES + WORDS + WHOLE + SHARDS + CONFIG


def make(folder):
    """Makes them all below `folder`; returns their paths."""
    made = []
    for base, group, change, name in ALL:
        path = pathlib.Path(folder) / f"{base}@{group}-{name}"
        shutil.copytree(PACKAGES / base, path, ignore=LEFT_OUT)
        change(path)
        made.append(path)
    assert len(set(made)) == len(made)
    return made
