"""Packages with one fault each, made from those of tests/data/packages.

    for path in faulty_packages.make("folder"): ...

A package is called BASE@FAULT. tests/data/reality/faults.json has what seventeen real runtimes made
of them (lab/load_package.py, once in each).
"""
import json
import pathlib
import shutil
import struct

import torch

PACKAGES = pathlib.Path(__file__).resolve().parent.parent / "data" / "packages"
BERT, OLD_BERT, LLAMA = "bert-4.37.2", "bert-4.11.3", "llama-4.37.2"
SHARDED, BIN_SHARDED = "llama-4.37.2-bf16-sharded", "gpt2-4.37.2-bin-sharded"
GPT2, T5, DISTILBERT, QWEN2 = "gpt2-5.23.0", "t5-4.37.2-bin", "distilbert-4.26.0", "qwen2-4.56.2"
GONE = object()
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 12345\n"
DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64}
LEFT_OUT = shutil.ignore_patterns("optimizer.pt", "rng_state.pth", "scheduler.pt", "training_args.bin",
                                  "trainer_state.json")


# --- reading and writing -------------------------------------------------------------------------

def read_safetensors(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8:8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            piece = bytearray(data[8 + size + begin:8 + size + end])
            tensors[name] = torch.frombuffer(piece, dtype=DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors, metadata):
    header, body = ({"__metadata__": metadata} if metadata else {}), b""
    order = list(DTYPES)
    names = {dtype: name for name, dtype in DTYPES.items()}
    for name, tensor in sorted(tensors.items(), key=lambda t: (-order.index(names[t[1].dtype]), t[0])):
        piece = tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(body), len(body) + len(piece)]}
        body += piece
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def change_weights(package, change, metadata):
    safe, pickled = package / "model.safetensors", package / "pytorch_model.bin"
    if safe.exists():
        write_safetensors(safe, change(read_safetensors(safe)), metadata)
    else:
        torch.save(change(torch.load(pickled)), pickled)


def change_json(path, changes):
    value = json.loads(path.read_text())
    for key, new in changes.items():
        if new is GONE:
            value.pop(key, None)
        else:
            value[key] = new
    path.write_text(json.dumps(value, indent=2))


def without(*parts):
    return lambda tensors: {k: v for k, v in tensors.items() if not any(p in k for p in parts)}


def prefixed(prefix):
    return lambda tensors: {prefix + k: v for k, v in tensors.items()}


def bare(prefix):
    return lambda tensors: {k[len(prefix):]: v for k, v in tensors.items() if k.startswith(prefix)}


def in_tensorflow_words(tensors):
    return {k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v
            for k, v in tensors.items()}


# --- the faults ----------------------------------------------------------------------------------

PT = {"format": "pt"}
WEIGHTS = [(base, *row, PT) for base in (BERT, OLD_BERT) for row in (
    ("module-prefix", prefixed("module.")),
    ("orig-mod", prefixed("_orig_mod.")),
    ("headless", bare("bert.")),
    ("no-classifier", without("classifier")),
    ("no-layer", without(".layer.1.output.dense")),
    ("extra", lambda t: {**t, "adapter.weight": torch.zeros(3)}),
    ("gamma", in_tensorflow_words),
    ("no-position-ids", without("position_ids")),
    ("position-ids", lambda t: {**t, "bert.embeddings.position_ids": torch.arange(64)[None]}),
)] + [
    (BERT, "half", lambda t: {k: v.half() for k, v in t.items()}, PT),
    (BERT, "bf16", lambda t: {k: v.bfloat16() for k, v in t.items()}, PT),
    (BERT, "no-metadata", lambda t: t, None),
    (BERT, "mlx", lambda t: t, {"format": "mlx"}),
    (BERT, "tf-format", lambda t: t, {"format": "tf"}),
    (LLAMA, "no-head", without("lm_head"), PT),
    (LLAMA, "headless", bare("model."), PT),
    (LLAMA, "inv-freq", lambda t: {**t, **{f"model.layers.{i}.self_attn.rotary_emb.inv_freq": torch.ones(4)
                                           for i in (0, 1)}}, PT),
    (GPT2, "no-layer", without("h.1.mlp.c_fc"), PT),
    (T5, "shared-only", without("embed_tokens", "lm_head"), PT),
    (T5, "no-shared", without("shared."), PT),
    (T5, "no-decoder-norm", without("decoder.final_layer_norm"), PT),
    (DISTILBERT, "no-classifier", without("classifier"), PT),
    (QWEN2, "no-bias", without(".bias"), PT),
]

CONFIG = [(base, *row) for base in (BERT, OLD_BERT) for row in (
    ("labels3", {"id2label": {"0": "a", "1": "b", "2": "c"}, "label2id": {"a": 0, "b": 1, "c": 2}}),
    ("layers3", {"num_hidden_layers": 3}),
    ("layers1", {"num_hidden_layers": 1}),
    ("intermediate", {"intermediate_size": 128}),
)] + [
    (BERT, "no-model-type", {"model_type": GONE}),
    (BERT, "unknown-type", {"model_type": "berty"}),
    (BERT, "no-architectures", {"architectures": GONE}),
    (BERT, "other-architecture", {"architectures": ["BertForMaskedLM"]}),
    (BERT, "act-tanh", {"hidden_act": "gelu_pytorch_tanh"}),
    (BERT, "act-none", {"hidden_act": "swishy"}),
    (BERT, "relative", {"position_embedding_type": "relative_key"}),
    (BERT, "float-size", {"hidden_size": 32.0}),
    (BERT, "string-size", {"hidden_size": "32"}),
    (BERT, "int-dropout", {"hidden_dropout_prob": 0}),
    (BERT, "eps-string", {"layer_norm_eps": "1e-12"}),
    (BERT, "heads5", {"num_attention_heads": 5}),
    (BERT, "problem-type", {"problem_type": "classification"}),
    (BERT, "float8-dtype", {"torch_dtype": "float8_e4m3fn"}),
    (BERT, "bad-dtype", {"torch_dtype": "float99"}),
    (BERT, "dtype-key", {"torch_dtype": GONE, "dtype": "float16"}),
    (BERT, "torch-dtype-half", {"torch_dtype": "float16"}),
    (BERT, "quant-unknown", {"quantization_config": {"quant_method": "nope", "bits": 4}}),
    (BERT, "quant-fp8", {"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}),
    (BERT, "auto-map", {"auto_map": {"AutoConfig": "configuration_x.XConfig",
                                     "AutoModelForSequenceClassification": "modeling_x.X"}}),
    (BERT, "num-labels-key", {"num_labels": 4}),
    (LLAMA, "rope-llama3", {"rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                                             "original_max_position_embeddings": 8192, "rope_type": "llama3"}}),
    (LLAMA, "rope-linear", {"rope_scaling": {"type": "linear", "factor": 2.0}}),
    (LLAMA, "rope-int", {"rope_scaling": {"type": "linear", "factor": 2}}),
    (LLAMA, "rope-yarn", {"rope_scaling": {"type": "yarn", "factor": 2.0}}),
    (LLAMA, "rope-theta", {"rope_theta": 500000.0}),
    (LLAMA, "rope-parameters", {"rope_theta": GONE,
                                "rope_parameters": {"rope_theta": 500000.0, "rope_type": "default"}}),
    (LLAMA, "attention-bias", {"attention_bias": True}),
    (LLAMA, "mlp-bias", {"mlp_bias": True}),
    (LLAMA, "head-dim", {"head_dim": 16}),
    (LLAMA, "kv4", {"num_key_value_heads": 4}),
    (T5, "gated", {"feed_forward_proj": "gated-gelu"}),
    (QWEN2, "layer-types", {"layer_types": ["full_attention", "sliding_attention"], "use_sliding_window": True,
                            "sliding_window": 4, "max_window_layers": 1}),
    ("mistral-4.37.2", "window-null", {"sliding_window": None}),
]

TOKENIZER_CONFIG = [
    (BERT, "tokenizer-class-unknown", {"tokenizer_class": "MyTokenizer"}),
    (BERT, "tokenizer-class-backend", {"tokenizer_class": "TokenizersBackend"}),
    (BERT, "tokenizer-class-fast", {"tokenizer_class": "PreTrainedTokenizerFast"}),
    (BERT, "extra-special-list", {"extra_special_tokens": ["<x>", "<y>"]}),
    (BERT, "do-lower-false", {"do_lower_case": False}),
    (BERT, "conflict-key", {"add_special_tokens": True}),
    (BERT, "special-key", {"mask_token": {"__type": "AddedToken", "content": "[MASK]", "lstrip": False,
                                          "rstrip": False, "normalized": False, "single_word": False,
                                          "special": True}}),
]

# Files that are removed, or have another content.
FILES = [
    (BERT, "lfs", {"model.safetensors": POINTER}),
    (OLD_BERT, "lfs", {"pytorch_model.bin": POINTER}),
    (BERT, "lfs-tokenizer", {"tokenizer.json": POINTER}),
    (BERT, "lfs-config", {"config.json": POINTER}),
    (OLD_BERT, "html", {"pytorch_model.bin": "<html><body>404 Not found</body></html>\n"}),
    (OLD_BERT, "empty", {"pytorch_model.bin": ""}),
    (BERT, "empty", {"model.safetensors": ""}),
    (BERT, "config-broken", {"config.json": '{"model_type": "bert", '}),
    (BERT, "config-missing", {"config.json": GONE}),
    (BERT, "tokenizer-missing", {"tokenizer.json": GONE, "vocab.txt": GONE, "tokenizer_config.json": GONE,
                                 "special_tokens_map.json": GONE}),
    (BERT, "no-tokenizer-json", {"tokenizer.json": GONE}),
    (BERT, "no-vocab", {"vocab.txt": GONE}),
    (BERT, "only-tokenizer-json", {"vocab.txt": GONE, "tokenizer_config.json": GONE,
                                   "special_tokens_map.json": GONE}),
    (BERT, "no-tokenizer-config", {"tokenizer_config.json": GONE}),
    (BERT, "tokenizer-config-broken", {"tokenizer_config.json": '{"do_lower_case": true,'}),
    (BERT, "tokenizer-json-broken", {"tokenizer.json": '{"version": "1.0", "model": '}),
    (BERT, "added-tokens-old", {"added_tokens.json": '{"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4}'}),
    (LLAMA, "chat-jinja", {"chat_template.jinja": "{{ messages }}"}),
    (LLAMA, "generation-config-bad", {"generation_config.json": '{"do_sample": false, "temperature": 0.5, '
                                                                '"_from_model_config": true}'}),
    (SHARDED, "missing-shard", {"model-00002-of-00003.safetensors": GONE}),
    (SHARDED, "missing-index", {"model.safetensors.index.json": GONE}),
    (SHARDED, "index-broken", {"model.safetensors.index.json": "{"}),
    (BIN_SHARDED, "missing-shard", {"pytorch_model-00003-of-00005.bin": GONE}),
    (BIN_SHARDED, "missing-index", {"pytorch_model.bin.index.json": GONE}),
]


def vocabulary(package, more):
    size = json.loads((package / "config.json").read_text())["vocab_size"]
    change_json(package / "config.json", {"vocab_size": size + more})


def cut(package, name):
    data = (package / name).read_bytes()
    (package / name).write_bytes(data[:len(data) // 2])


def nest(package):
    moved = package.with_name(package.name + ".moved")
    package.rename(moved)
    package.mkdir()
    moved.rename(package / "model")


def second_file(package, shift):
    tensors = read_safetensors(package / "model.safetensors")
    torch.save({k: v + shift for k, v in tensors.items()}, package / "pytorch_model.bin")


def as_bin(package):
    second_file(package, 0)
    (package / "model.safetensors").unlink()


def tied(package):
    change_json(package / "config.json", {"tie_word_embeddings": True})
    change_weights(package, without("lm_head"), PT)


def as_safetensors(package):
    tensors = without("embed_tokens", "lm_head")(torch.load(package / "pytorch_model.bin"))
    (package / "pytorch_model.bin").unlink()
    write_safetensors(package / "model.safetensors", tensors, PT)


def without_base_prefix(package):
    for shard in package.glob("pytorch_model-*.bin"):
        torch.save({k.replace("transformer.", ""): v for k, v in torch.load(shard).items()}, shard)
    index = package / "pytorch_model.bin.index.json"
    index.write_text(index.read_text().replace("transformer.", ""))


def shorten_index(package):
    path = package / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    del index["weight_map"][sorted(index["weight_map"])[3]]
    path.write_text(json.dumps(index))


def tokenizer(change):
    def run(package):
        path = package / "tokenizer.json"
        value = json.loads(path.read_text())
        change(value)
        path.write_text(json.dumps(value, ensure_ascii=False))
    return run


def merges_as_pairs(value):
    merges = value["model"]["merges"]
    value["model"]["merges"] = [m.split(" ") if isinstance(m, str) else m for m in merges]


def one_more_token(value):
    value["added_tokens"].append({"id": len(value["model"]["vocab"]), "content": "<extra>", "single_word": False,
                                  "lstrip": False, "rstrip": False, "normalized": False, "special": False})


OTHERS = [
    (BERT, "vocab+8", lambda p: vocabulary(p, 8)),
    (OLD_BERT, "vocab+8", lambda p: vocabulary(p, 8)),
    (LLAMA, "vocab-8", lambda p: vocabulary(p, -8)),
    (BERT, "truncated", lambda p: cut(p, "model.safetensors")),
    (OLD_BERT, "truncated", lambda p: cut(p, "pytorch_model.bin")),
    (BERT, "trailing", lambda p: (p / "model.safetensors").open("ab").write(bytes(16))),
    (BERT, "renamed", lambda p: (p / "model.safetensors").rename(p / "weights.safetensors")),
    (OLD_BERT, "renamed", lambda p: (p / "pytorch_model.bin").rename(p / "bert.bin")),
    (BERT, "nested", nest),
    (BERT, "two-differ", lambda p: second_file(p, 0.5)),
    (BERT, "two-same", lambda p: second_file(p, 0)),
    (LLAMA, "bin", as_bin),
    (LLAMA, "tied", tied),
    (T5, "safetensors", as_safetensors),
    (BIN_SHARDED, "prefix-gone", without_base_prefix),
    (SHARDED, "index-short", shorten_index),
    (LLAMA, "merge-pairs", tokenizer(merges_as_pairs)),
    (LLAMA, "ignore-merges", tokenizer(lambda v: v["model"].update(ignore_merges=True))),
    (LLAMA, "byte-fallback", tokenizer(lambda v: v["model"].update(byte_fallback=True))),
    (BERT, "unknown-normalizer", tokenizer(lambda v: v.update(normalizer={"type": "Magic"}))),
    (BERT, "added-extra", tokenizer(one_more_token)),
]


def replace_files(package, files):
    for name, content in files.items():
        if content is GONE:
            (package / name).unlink()
        else:
            (package / name).write_text(content)


def make(folder):
    """Makes them all below `folder`; returns their paths."""
    made = []

    def new(base, fault):
        path = pathlib.Path(folder) / f"{base}@{fault}"
        shutil.copytree(PACKAGES / base, path, ignore=LEFT_OUT)
        made.append(path)
        return path

    for base, fault, change, metadata in WEIGHTS:
        change_weights(new(base, fault), change, metadata)
    for base, fault, changes in CONFIG:
        change_json(new(base, fault) / "config.json", changes)
    for base, fault, changes in TOKENIZER_CONFIG:
        change_json(new(base, fault) / "tokenizer_config.json", changes)
    for base, fault, files in FILES:
        replace_files(new(base, fault), files)
    for base, fault, change in OTHERS:
        change(new(base, fault))
    return made
