#!/usr/bin/env python3
"""Holds check against what real runtimes made of faulty packages.

    tests/reality/faults_test.py PROGRAM [PART]

tests/data/reality/faults.json has, for every package of faulty_packages.py and every runtime, the
literal outcome of config, tokenizer, model and forward pass, and whether token ids and logits were
those of the sound package. Cells that check does not predict are listed below, with the reason;
one that is predicted after all fails too, so that the list stays true.
"""
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

import faulty_packages

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


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    table = json.loads((DATA / "faults.json").read_text())
    pins = json.loads((DATA / "runtimes.json").read_text())
    wrong, met, count, unpredicted = [], set(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        packages = pathlib.Path(folder) / "pk"
        packages.mkdir()
        made = {path.name for path in faulty_packages.make(packages)}
        assert made == set(table["cells"]), made ^ set(table["cells"])

        def run(job):
            package, runtime, cell = job
            done = subprocess.run([program, "check", "pk/" + package, "--target", target_of(pins[runtime]),
                                   "--format", "json"], cwd=folder, capture_output=True, text=True, check=False)
            return package, runtime, compare(json.loads(done.stdout), cell)

        jobs = []
        for package, cells in table["cells"].items():
            for runtime, row in cells.items():
                cell = {key: table["words"][word] for key, word in row.items() if key != "differs"}
                jobs.append((package, runtime, {**cell, "differs": row["differs"]}))
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
