#!/usr/bin/env python3
"""Holds check against what real runtimes made of faulty packages.

    tests/reality/faults_test.py PROGRAM [PART]

tests/data/reality/faults.json has, for every package of faulty_packages.py and every runtime (and
contents.json for those of faulty_contents.py, values.json for those of faulty_values.py,
settings.json for those of faulty_settings.py, and the runtimes that they list), the literal outcome
of config, tokenizer, model and forward pass, and whether token ids and logits were those of the
sound package. Cells that check does not predict are listed below, with the reason; one that is
predicted after all fails too, so that the list stays true.
"""
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

import faulty_contents
import faulty_packages
import faulty_settings
import faulty_values

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "reality"
STAGES = [("config", "config"), ("tokenizer", "tokenizer"), ("weights", "model"), ("forward", "forward")]

# Package, what of it is not predicted in some runtimes, and why.
UNPREDICTED = {
    "bert-4.37.2@other-architecture": ["answers", "loaded as another class than its config.json names"],
    "llama-4.37.2@tied": ["answers", "the configuration was changed: every runtime does as it says"],
    "llama-4.37.2@rope-parameters": ["answers", "the first token's logits do not depend on positions"],
    "qwen2-4.56.2@layer-types": ["answers", "nor on the window that 4.42 to 4.45 pass over"],
    "llama-4.37.2@ignore-merges": ["answers", "every token of this vocabulary can be merged"],
    "bert-4.37.2@relative": ["answers", "no weights for relative positions were there to be ignored"],
    "bert-4.11.3@layers3": ["answers", "a third layer at random that happens to change nothing visible"],
    "bert-4.37.2@quant-fp8": ["weights", "these runtimes have no GPU"],
    "gpt2-4.37.2-bin-sharded@prefix-gone": ["weights's message", "4.52 looks at names before it refuses pickles"],
    "bert-4.37.2@tokenizer-missing": ["tokenizer's message", "3.0.2 lists the models of its time"],
    # Of faulty_contents.py.
    "bert-4.11.3@vocab-short": ["answers", "fewer words: nothing says that there were more"],
    "bert-4.11.3@bin-pairs": ["answers", "told as a file without weights, which 5 takes for a dict"],
    "bert-4.11.3@bin-numpy": ["weights's message", "torch has a line for each"],
    "bert-4.11.3@bin-one-numpy": ["weights's message", "the words of torch's own reader"],
    "gpt2-4.37.2-bin-sharded@index-one-null": ["weights's message", "which of two is compared first hangs on a set's order"],
    "gpt2-4.37.2-bin-sharded@index-one-number": ["weights's message", "which of two is compared first hangs on a set's order"],
    "gpt2-4.37.2-bin-sharded@index-one-true": ["weights's message", "which of two is compared first hangs on a set's order"],
    "gpt2-4.37.2-bin-sharded@index-one-empty": ["weights's message", "a folder in the place of a shard"],
    "gpt2-4.37.2-bin-sharded@index-one-folder": ["weights's message", "a folder in the place of a shard"],
    "gpt2-4.37.2-bin-sharded@vocab-text-ids": ["tokenizer's message", "before 0.13 they hold the whole vocabulary"],
    "gpt2-4.37.2-bin-sharded@vocab-float-ids": ["tokenizer's message", "before 0.13 they hold the whole vocabulary"],
    "gpt2-4.37.2-bin-sharded@vocab-one-null": ["tokenizer's message", "before 0.13 they hold the whole vocabulary"],
    "gpt2-4.37.2-bin-sharded@vocab-negative": ["tokenizer's message", "before 0.13 they hold the whole vocabulary"],
    "gpt2-4.37.2-bin-sharded@vocab-huge": ["tokenizer's message", "before 0.13 they hold the whole vocabulary"],
    "gpt2-4.37.2-bin-sharded@merges-three": ["tokenizer's message", "before 0.13 they hold all merges"],
    "gpt2-4.37.2-bin-sharded@merges-one": ["tokenizer's message", "before 0.13 they hold all merges"],
    "gpt2-4.37.2-bin-sharded@merges-empty-line": ["tokenizer's message", "before 0.13 they hold all merges"],
    "gpt2-4.37.2-bin-sharded@merges-empty-end": ["tokenizer's message", "before 0.13 they hold all merges"],
    "gpt2-4.37.2-bin-sharded@merges-words": ["tokenizer's message", "before 0.13 they hold all merges"],
    "bert-4.37.2@json-vocab-list": ["tokenizer", "answers", "5.4 and later make a tokenizer without a vocabulary"],
    "bert-4.37.2@json-vocab-null": ["tokenizer", "answers", "5.4 and later make a tokenizer without a vocabulary"],
    "bert-4.37.2@json-vocab-gone": ["tokenizer", "answers", "5.4 and later make a tokenizer without a vocabulary"],
    "bert-4.37.2@json-vocab-text-id": ["tokenizer's message", "5.4 and later hand the vocabulary over in Python"],
    "bert-4.37.2@json-vocab-float-id": ["tokenizer's message", "5.4 and later hand the vocabulary over in Python"],
    "bert-4.37.2@json-vocab-negative-id": ["tokenizer's message", "5.4 and later hand the vocabulary over in Python"],
    "bert-4.37.2@json-vocab-null-id": ["tokenizer's message", "5.4 and later hand the vocabulary over in Python"],
    "bert-4.37.2@json-vocab-huge-id": ["tokenizer's message", "5.4 and later hand the vocabulary over in Python"],
    "bert-4.37.2@json-model-text": ["tokenizer's message", "5.4 and later hand the vocabulary over in Python"],
    "bert-4.37.2@json-model-list": ["tokenizer's message", "5.4 and later hand the vocabulary over in Python"],
    "bert-4.37.2@json-model-null": ["tokenizer's message", "5.4 and later hand the vocabulary over in Python"],
    "bert-4.37.2@json-normalizer-list": ["answers", "an empty list, which 0.20 takes for no normalizer"],
    "gpt2-4.37.2-bin-sharded@json-merges-object": ["tokenizer", "answers", "5.4 and later go on without merges"],
    "gpt2-4.37.2-bin-sharded@json-merges-gone": ["tokenizer", "answers", "5.4 and later go on without merges"],
    "gpt2-4.37.2-bin-sharded@json-merges-null": ["tokenizer's message", "5.4 and later hand them over in Python"],
    "gpt2-4.37.2-bin-sharded@json-vocab-list": ["tokenizer's message", "5.4 and later hand them over in Python"],
    "gpt2-4.37.2-bin-sharded@json-vocab-text-id": ["tokenizer's message", "5.4 and later hand them over in Python"],
    # Of faulty_values.py.
    "bert-4.11.3@position_embedding_type-empty": ["answers", "no kind of positions: none are added, and no word is said"],
    "bert-4.11.3@position_embedding_type-member": ["answers", "no kind of positions: none are added, and no word is said"],
    "bert-4.11.3@position_embedding_type-null": ["answers", "no kind of positions: none are added, and no word is said"],
    "bert-4.11.3@position_embedding_type-text": ["answers", "no kind of positions: none are added, and no word is said"],
    "bert-4.11.3@initializer_range-items": ["weights's message", "3.0.2 makes all weights at random first"],
    "bert-4.37.2@add_cross_attention-half": ["weights's message", "the words hold the whole layer"],
    "bert-4.37.2@layer_norm_eps-true": ["answers", "the configuration was changed: every runtime does as it says"],
    "llama-4.37.2@generation.cache_implementation-true": ["weights's message", "the words name all that the release knows"],
    "llama-4.37.2@max_position_embeddings-quoted": ["weights's message", "the words name all that torch.arange takes"],
    "mistral-4.37.2@max_position_embeddings-member": ["weights's message", "the words name all that torch.arange takes"],
    "qwen2-4.56.2@max_position_embeddings-items": ["weights's message", "the words name all that torch.arange takes"],
    "llama-4.37.2@rms_norm_eps-number": ["answers", "the configuration was changed: every runtime does as it says"],
    "mistral-4.37.2@rms_norm_eps-true": ["answers", "the configuration was changed: every runtime does as it says"],
    "mistral-4.37.2@rope_scaling-object": ["weights", "an object, as it should be, and of no kind"],
    "qwen2-4.56.2@initializer_range-empty": ["weights", "4.37 makes a tied head at random first"],
    "qwen2-4.56.2@layer_types-empty": ["weights", "a text of no letters goes for a list, until a layer asks for its own"],
    "t5-4.37.2-bin@d_ff-member": ["weights's message", "the words of torch 1.4 name all that it takes"],
    "t5-4.37.2-bin@vocab_size-true": ["weights's message", "the words of torch 1.4 name all that it takes"],
    "t5-4.37.2-bin@num_layers-point": ["weights's message", "3.0.2 makes the model before it opens the weights"],
    "t5-4.37.2-bin@is_gated_act-items": ["answers", "the configuration was changed: every runtime does as it says"],
    "t5-4.37.2-bin@is_gated_act-number": ["answers", "the configuration was changed: every runtime does as it says"],
    "t5-4.37.2-bin@tie_word_embeddings-empty": ["answers", "the configuration was changed: every runtime does as it says"],
    "t5-4.37.2-bin@tie_word_embeddings-null": ["answers", "the configuration was changed: every runtime does as it says"],
    # Of faulty_settings.py.
    "t5-4.37.2-bin@config-untied": ["answers", "the configuration was changed: every runtime does as it says"],
    "bert-4.11.3@vocab-comment": ["answers", "nothing says that there were other words, or in another order"],
    "bert-4.11.3@vocab-leading-space": ["answers", "nothing says that there were other words, or in another order"],
    "bert-4.11.3@vocab-line-gone": ["answers", "nothing says that there were other words, or in another order"],
    "bert-4.11.3@vocab-reversed": ["answers", "nothing says that there were other words, or in another order"],
    "bert-4.11.3@vocab-short-many": ["answers", "nothing says that there were other words, or in another order"],
    "bert-4.11.3@vocab-special-last": ["answers", "nothing says that there were other words, or in another order"],
    "bert-4.11.3@vocab-swapped": ["answers", "nothing says that there were other words, or in another order"],
    "bert-4.11.3@vocab-trailing-space": ["answers", "nothing says that there were other words, or in another order"],
    "bert-4.11.3@vocab-upper": ["answers", "nothing says that there were other words, or in another order"],
    "bert-4.11.3@whole-bin-default-dict": ["weights's message", "the words of torch's own reader"],
    "bert-4.11.3@whole-bin-module": ["weights's message", "the words of torch's own reader"],
    "bert-4.11.3@whole-bin-pairs": ["answers", "a list of pairs, which 5 takes for a dict"],
    "bert-4.11.3@whole-bin-pairs-lists": ["answers", "a list of pairs, which 5 takes for a dict"],
    "bert-4.11.3@whole-bin-pairs-tuple": ["answers", "a list of pairs, which 5 takes for a dict"],
    "bert-4.11.3@whole-bin-sequential": ["weights's message", "the words of torch's own reader"],
    "bert-4.11.3@whole-bin-storage": ["weights's message", "the class of a storage hangs on torch"],
    "bert-4.11.3@whole-bin-two-dicts": ["weights", "forward", "two tensors whose names come to the same, one of them in a dict"],
    "bert-4.37.2@added_tokens-list-id": ["tokenizer", "ids that are no numbers"],
    "bert-4.37.2@added_tokens-negative": ["tokenizer", "ids that are no numbers"],
    "bert-4.37.2@added_tokens-null-id": ["tokenizer", "ids that are no numbers"],
    "bert-4.37.2@added_tokens-object-id": ["tokenizer", "ids that are no numbers"],
    "bert-4.37.2@added_tokens-text-id": ["tokenizer", "ids that are no numbers"],
    "bert-4.37.2@config-architectures-masked": ["answers", "loaded as another class than its config.json names"],
    "bert-4.37.2@config-architectures-other-family": ["answers", "loaded as another class than its config.json names"],
    "bert-4.37.2@map-cls_token-content": ["tokenizer", "a token whose content is no text"],
    "bert-4.37.2@tokenizer_config-model_input_names-null": ["answers", "the attention mask that a caller gets goes with the names"],
    "bert-4.37.2@tokenizer_config-model_input_names-number": ["answers", "the attention mask that a caller gets goes with the names"],
    "bert-4.37.2@tokenizer_config-tokenizer_file-list": ["tokenizer", "a path that is no text"],
    "bert-4.37.2@tokenizer_config-tokenizer_file-number": ["tokenizer", "a path that is no text"],
    "gpt2-4.37.2-bin-sharded@merges-first-gone": ["answers", "nothing says that there were other merges, or in another order"],
    "gpt2-4.37.2-bin-sharded@merges-half": ["answers", "nothing says that there were other merges, or in another order"],
    "gpt2-4.37.2-bin-sharded@merges-no-newline-cut": ["answers", "nothing says that there were other merges, or in another order"],
    "gpt2-4.37.2-bin-sharded@merges-only-version": ["answers", "nothing says that there were other merges, or in another order"],
    "gpt2-4.37.2-bin-sharded@merges-reversed": ["answers", "nothing says that there were other merges, or in another order"],
    "llama-4.37.2@config-architectures-classify": ["answers", "loaded as another class than its config.json names"],
    "llama-4.37.2@generation-cache_config-static": ["weights", "what a cache is made of"],
    "llama-4.37.2@generation-cache_implementation-number": ["weights's message", "the list of all kinds of cache"],
    "llama-4.37.2@generation-cache_implementation-quantized": ["weights", "what a cache is made of"],
    "llama-4.37.2@generation-cache_implementation-static": ["weights", "what a cache is made of"],
    "llama-4.37.2@generation-cache_implementation-text": ["weights's message", "the list of all kinds of cache"],
    "llama-4.37.2@generation-watermarking_config-bad": ["weights", "its parts are not judged"],
    "llama-4.37.2@generation-watermarking_config-key": ["weights", "its parts are not judged"],
    "llama-4.37.2@tokenizer_config-tokenizer_class-gone": ["answers", "without a class 5.0 takes the model type's, which pads on the left"],
    "llama-4.37.2@tokenizer_config-tokenizer_class-null": ["answers", "without a class 5.0 takes the model type's, which pads on the left"],
    "llama-4.37.2@whole-config-object": ["answers", "without a class 5.0 takes the model type's, which pads on the left"],
}


def target_of(pins):
    text = ",".join(f"{name}=={version}" for name, version in pins.items())
    return text if "safetensors" in pins else text + ",safetensors=absent"


def same_words(predicted, really):
    """Up to places in a text, which one reader counts in what another wrote anew."""
    return predicted == really or predicted.split(" at line ")[0] == really.split(" at line ")[0] != really


def compare(report, cell):
    """The stages that are predicted wrongly."""
    wrong = []
    for stage, key in STAGES:
        predicted, really = report["stages"][stage], cell.get(key)
        if really is None or (key == "forward" and predicted["verdict"] == "DIFFERS"):
            continue
        fails = predicted["verdict"] == "FAIL"
        if predicted["verdict"] == "RISK" or fails != (really != "ok"):
            wrong.append(stage)
        elif fails and key != "forward":
            message = (predicted["message"] or "")[:really.index(": ") + 702]
            if not same_words(message, really):
                wrong.append(stage + "'s message")
    loads = all(cell.get(key) == "ok" for key in ("config", "tokenizer", "model", "forward"))
    if loads and (report["verdict"] == "DIFFERS") != cell["differs"]:
        wrong.append("answers")
    return wrong


def recorded(packages):
    """Makes all packages; gives package, pins of the runtime, its name, and what happened there."""
    runtimes = json.loads((DATA / "runtimes.json").read_text())
    for name, maker in (("faults.json", faulty_packages), ("contents.json", faulty_contents),
                        ("values.json", faulty_values),
                        ("settings.json", faulty_settings)):
        table = json.loads((DATA / name).read_text())
        made = {path.name for path in maker.make(packages)}
        assert made == set(table["cells"]), made ^ set(table["cells"])
        pins = table.get("runtimes", runtimes)
        for package, cells in table["cells"].items():
            for runtime, row in cells.items():
                cell = {key: table["words"][word] for key, word in row.items() if key != "differs"}
                yield package, pins[runtime], runtime, {**cell, "differs": row["differs"]}


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    wrong, met, count, unpredicted = [], set(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        packages = pathlib.Path(folder) / "pk"
        packages.mkdir()

        def run(job):
            package, pins, runtime, cell = job
            done = subprocess.run([program, "check", "pk/" + package, "--target", target_of(pins),
                                   "--format", "json"], cwd=folder, capture_output=True, text=True, check=False)
            return package, runtime, compare(json.loads(done.stdout), cell)

        jobs = list(recorded(packages))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for package, runtime, faults in pool.map(run, jobs):
                count += 1
                unpredicted += bool(faults)
                known = set(UNPREDICTED.get(package, [""])[:-1])
                met |= {(package, fault) for fault in faults}
                if set(faults) - known:
                    wrong.append(f"{package} in {runtime}: {', '.join(faults)}")
    for package, (*known, _) in UNPREDICTED.items():
        wrong += [f"{package}: {fault} is predicted everywhere now" for fault in known if (package, fault) not in met]
    print("\n".join(wrong))
    print(f"{count} cells, {unpredicted} not predicted, {len(wrong)} of them unexplained")
    sys.exit(1 if wrong else 0)


main()
