#!/usr/bin/env python3
"""Finds silent differences: packages that load in two releases without an error, and answer otherwise.

    sweep.py [--program PROGRAM] [--families bert,llama] [--keys KEYS] [--makers RELEASES] [--all] RELEASE...

Each release is the name of a runtime in lab/runtimes.json. Of each family in sweep_cells.py each maker (all
releases, unless named) saves a tiny model. Then each key of its configuration is changed in turn, to other values
that it might have, and what comes of it is loaded in the maker and in each other release. Printed is where the other
answers otherwise (or the maker does not answer as the model did that it saved), or only one of them raises; with PROGRAM, what check says of it, and `!` where that is not what
happened. --all also prints what was predicted. Exit 1 where something was not.
"""
import argparse
import array
import base64
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "lab"))
from environments import Runtime  # noqa: E402

CELLS = HERE / "sweep_cells.py"
# Logits lie around 1, and those of one model on two releases of torch differ by some 1e-6 of it.
CLOSE = 2e-5

# What says nothing of the answers, or only of training; and the widths, which no weights fit without.
SKIPPED = re.compile(r"architectures|model_type|transformers_version|_name_or_path|id2label|label2id|use_cache|(torch_)?dtype|"
                     r"return_dict|output_.*|.*dropout.*|.*init.*|mask_.*|.*suppress_tokens|(bos|cls|sep)_token_id|.*aux_loss.*")
WIDTHS = {"hidden_size", "d_model", "n_embd", "dim", "embedding_size", "vocab_size", "max_position_embeddings"}
# Keys that a configuration has although they are not written where they have their default.
COMMON = {"tie_word_embeddings": [False, True], "is_decoder": [True], "add_cross_attention": [True],
          "chunk_size_feed_forward": [2]}
ACTIVATIONS = ["gelu", "gelu_new", "relu"]
# Other values of keys that are texts, or null, or whose doubles and halves say little.
OTHERS = {
    "hidden_act": ACTIVATIONS, "activation_function": ACTIVATIONS, "hidden_activation": ACTIVATIONS,
    "activation": ["gelu", "relu"], "position_embedding_type": ["absolute", "relative_key", "relative_key_query"],
    "feed_forward_proj": ["relu", "gated-gelu", "gated-silu", "gelu"], "dense_act_fn": ["relu", "gelu_new"],
    "norm_rel_ebd": ["none", "layer_norm"], "summary_type": ["mean"], "problem_type": ["multi_label_classification"],
    "pooler_hidden_act": ["relu"], "sliding_window": [None, 4, 8], "rope_theta": [500.0], "rotary_emb_base": [500],
    "rope_scaling": [None, {"type": "linear", "factor": 4.0}, {"rope_type": "linear", "factor": 4.0},
                     {"type": "dynamic", "factor": 4.0}],
    "num_key_value_heads": [1, 4], "head_dim": [None, 16], "attn_logit_softcapping": [None, 2.0],
    "final_logit_softcapping": [None, 2.0], "clip_qkv": [0.5], "rope_type": ["linear", "default"],
    "query_pre_attn_scalar": [2, 64], "pos_att_type": [["c2p"], ["p2c"], []], "feed_forward_act": ["relu"],
    "layer_types": [["full_attention"] * 2, ["sliding_attention"] * 2], "n_inner": [64],
    "embedding_multiplier": [3.0], "logits_scaling": [3.0], "residual_multiplier": [0.5], "num_hidden_layers": [0, 1, 3],
    "n_layer": [0, 1, 3], "encoder_layers": [0, 1], "decoder_layers": [0, 1], "num_layers": [0, 1],
    "mlp_only_layers": [[0]], "attention_layers": [["global"] * 2, ["local"] * 2],
}


def others(key, value):
    """Other values that a key might have."""
    if key in OTHERS:
        return [v for v in OTHERS[key] if v != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [2 * value, value // 2] if value else [1]
    if isinstance(value, float):
        return [2 * value, value / 2] if value else [0.5]
    return []


def changes(config, at=()):
    """(place, value) of each change, a place being keys into the objects; no value: the key is taken away."""
    for key, value in config.items():
        if SKIPPED.fullmatch(key):
            continue
        if key not in WIDTHS:
            yield at + (key,), ()
            for other in others(key, value):
                yield at + (key,), (other,)
        if isinstance(value, dict) and not at:
            yield from changes(value, (key,))
    if not at:
        yield from (((key,), (v,)) for key, values in COMMON.items() for v in values if key not in config)


def changed(config, place, value):
    config = json.loads(json.dumps(config))
    inner = config
    for key in place[:-1]:
        inner = inner[key]
    inner.pop(place[-1], None)
    if value:
        inner[place[-1]] = value[0]
    return config


def make_cells(made, folder, keys):
    """[{family, change, folder, class}]: each package of `made` as it is, and with each change."""
    cells = []
    for package in sorted(made.iterdir()):
        config = json.loads((package / "config.json").read_text())
        forms = [("as saved", config)] + [
            ("/".join(place) + (f" = {json.dumps(value[0])}" if value else " removed"), changed(config, place, value))
            for place, value in changes(config) if not keys or place[-1] in keys]
        for number, (change, form) in enumerate(forms):
            place = folder / f"{package.name}-{number}"
            place.mkdir()
            (place / "config.json").write_text(json.dumps(form))
            for file in package.iterdir():
                if file.suffix in (".safetensors", ".bin"):
                    os.link(file, place / file.name)
            cells.append({"family": package.name, "change": change, "folder": str(place),
                          "class": config["architectures"][0],
                          "expected": None if number else json.loads((package / "expected.json").read_text())})
    return cells


def load(runtime, cells, work):
    jobs, out = work / f"jobs-{runtime.name}.json", work / f"answers-{runtime.name}.jsonl"
    jobs.write_text(json.dumps([[c["folder"], c["class"]] for c in cells]))
    runtime.run(CELLS, "load", jobs, out)
    return [json.loads(line) for line in out.open()]


def judge(program, folder, target):
    """What check says of weights and answers: OK, DIFFERS WL-C-020, ... RISK that names a rule is a saying too."""
    done = subprocess.run([program, "check", folder, "--target", target, "--format", "json"], check=False, text=True,
                          stdout=subprocess.PIPE)
    report = json.loads(done.stdout)
    found = [f for f in report["findings"] if f["stage"] in ("config", "weights", "forward") and not f["inherited"]]
    for verdict in ("FAIL", "DIFFERS", "RISK"):
        rules = sorted({f["rule"] for f in found if f["verdict"] == verdict})
        if rules:
            return " ".join([verdict, *rules])
    return "OK"


def floats(answer):
    return array.array("f", base64.b64decode(answer["logits"]))


def outcome(reference, answer):
    """What happened, and how far the answers lie apart: OK, DIFFERS or FAIL; None where nothing can be said."""
    if "raised" in answer:
        return "FAIL", answer["raised"]
    if "raised" in reference:
        return "OK", f"the maker raised {reference['raised']}"
    if reference["shape"] != answer["shape"]:
        return "DIFFERS", f"shapes {reference['shape']} and {answer['shape']}"
    ours, theirs = floats(reference), floats(answer)
    furthest = max((abs(a - b) for a, b in zip(ours, theirs)), default=0.0)
    if any((a != a) != (b != b) for a, b in zip(ours, theirs)):
        return "DIFFERS", "NaN on one side"
    size = max((abs(a) for a in ours), default=1.0)
    if furthest <= CLOSE * max(size, 1e-3):
        return "OK", f"{furthest:.0e}"
    if answer["missing"]:
        return "DIFFERS", f"{furthest:.0e}, {len(answer['missing'])} weights missing: {answer['missing'][0]}"
    # Where weights were missing in the maker too, each made its own.
    return (None if reference["missing"] else "DIFFERS"), f"{furthest:.0e}"


def told(said, happened, reference):
    verdict = said.split()[0]
    if verdict == happened or happened is None:
        return True
    # Before weights: what is random in both is said to differ, and so it does from what was trained.
    return verdict == "DIFFERS" and happened == "OK" and bool("raised" in reference or reference["missing"])


def sweep(options, work):
    runtimes = {name: Runtime(name) for name in options.releases}
    targets = {name: ",".join(f"{k}{'=' if v == 'absent' else '=='}{v}" for k, v in
                              json.loads(r.run(CELLS, "versions")).items()) for name, r in runtimes.items()}
    counts = {"cells": 0, "silent": 0, "raised": 0, "not predicted": 0}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for maker in options.makers or options.releases:
            place = work / maker
            (place / "made").mkdir(parents=True)
            (place / "cells").mkdir()
            runtimes[maker].run(CELLS, "make", place / "made", *options.families)
            cells = make_cells(place / "made", place / "cells", options.keys)
            answers = dict(zip(runtimes, pool.map(lambda r: load(r, cells, place), runtimes.values())))
            for name in runtimes:
                asked = lambda c: options.program and (name != maker or c["expected"])
                said = list(pool.map(lambda c: judge(options.program, c["folder"], targets[name]) if asked(c) else "",
                                     cells))
                report(options, counts, (maker, name), cells, answers, said)
    return counts


def report(options, counts, pair, cells, answers, said):
    """A package as it was saved is held against the model that was saved, its changes against what the maker makes of
    them: nothing, where the maker itself does not read what it wrote, and no more where they fare as the whole did."""
    whole = {}
    for cell, makers, answer, says in zip(cells, answers[pair[0]], answers[pair[1]], said):
        reference = cell["expected"] or makers
        found = (outcome(reference, answer)[0], says)
        if cell["expected"]:
            whole[cell["family"]] = found, outcome(reference, makers)[0]
            show(options, counts, pair, cell, reference, answer, says)
        elif pair[0] != pair[1] and whole[cell["family"]][1] == "OK" and (
                found[0] == "OK" or found != whole[cell["family"]][0]):
            show(options, counts, pair, cell, reference, answer, says)


def show(options, counts, pair, cell, reference, answer, says):
    happened, how = outcome(reference, answer)
    wrong = bool(says) and not told(says, happened, reference)
    counts["cells"] += 1
    counts["silent"] += happened == "DIFFERS" and not answer["missing"]
    counts["raised"] += happened == "FAIL"
    counts["not predicted"] += wrong
    if wrong or ((options.all or not says) and happened in ("DIFFERS", "FAIL") and reference != answer):
        print(f"{'!' if wrong else ' '} {pair[0]:>7} -> {pair[1]:7} {cell['family']:12} {cell['change']:44} "
              f"{happened or '?':8} {how[:110]!r:60} {'check: ' + says if says else ''}", flush=True)


def main():
    words = lambda text: text.split(",")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("releases", nargs="+", metavar="RELEASE")
    parser.add_argument("--program", help="weighlock")
    parser.add_argument("--families", type=words, default=[])
    parser.add_argument("--keys", type=words, default=[])
    parser.add_argument("--makers", type=words, default=[])
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts = sweep(options, pathlib.Path(folder))
    print("sweep: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
    return 1 if counts["not predicted"] else 0


if __name__ == "__main__":
    sys.exit(main())
