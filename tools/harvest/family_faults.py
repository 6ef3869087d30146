#!/usr/bin/env python3
"""What real releases make of weights that do not fit: tests/data/reality/family_faults.json.

    PYTHONPATH=OVERLAY PYTHON tools/harvest/family_faults.py make tests/data/family_cases.json PACKAGES.json
    PYTHONPATH=OVERLAY PYTHON tools/harvest/family_faults.py load PACKAGES.json OUT.jsonl
    tools/harvest/family_faults.py merge PACKAGES.json OUT.jsonl... > tests/data/reality/family_faults.json

A package is its config.json and the names and shapes of its tensors; values do not matter. Of each
configuration class the first model with a head is saved, then spoilt: a weight left out, one with a
row more, a layer more in the configuration, and of a mixture one weight of one expert, and one
expert, left out. Recorded of packages of 4.57.1, in six runtimes.
"""
import json
import pathlib
import sys
import tempfile

LAYERS = ("encoder_layers", "num_hidden_layers", "n_layer", "num_layers")


def make(cases, out):
    import transformers
    from safetensors.torch import load_file

    packages, done = {}, set()
    for name, configuration, values in json.load(open(cases)):
        has_head = "For" in name or name.endswith(("MTModel", "LMHeadModel", "CLIPModel"))
        if configuration in done or not has_head:
            continue
        done.add(configuration)
        folder = pathlib.Path(tempfile.mkdtemp())
        model = getattr(transformers, name)(getattr(transformers, configuration)(**values))
        model.save_pretrained(folder)
        config = json.loads((folder / "config.json").read_text())
        tensors = load_file(folder / "model.safetensors")
        packages[name] = {"config": config, "tensors": {k: list(v.shape) for k, v in tensors.items()}}
    json.dump(packages, open(out, "w"))


def faults_of(package):
    names = [k for k, shape in package["tensors"].items() if len(shape) == 2]
    config = package["config"]
    yield {}
    yield {"without": [names[len(names) // 2]]}
    yield {"longer": names[len(names) // 3]}
    # A list of what each layer is would have to grow too.
    for key in () if "layer_types" in config or "attention_types" in config else LAYERS:
        if key in config:
            yield {"config": {key: config[key] + 1}}
            break
    experts = [k for k in names if ".experts.1." in k]
    if experts:
        yield {"without": experts[:1]}
        yield {"without": experts}


def spoil(package, fault, folder):
    import torch
    from safetensors.torch import save_file

    shapes = {k: list(v) for k, v in package["tensors"].items() if k not in fault.get("without", [])}
    if "longer" in fault:
        shapes[fault["longer"]][0] += 1
    save_file({k: torch.zeros(v) for k, v in shapes.items()}, folder / "model.safetensors",
              metadata={"format": "pt"})
    config = dict(package["config"], **fault.get("config", {}))
    (folder / "config.json").write_text(json.dumps(config))


def load(packages, out):
    import torch
    import transformers

    lines = open(out, "w")
    for name, package in json.load(open(packages)).items():
        for fault in faults_of(package) if hasattr(transformers, name) else []:
            folder = pathlib.Path(tempfile.mkdtemp())
            spoil(package, fault, folder)
            row = {"package": name, "fault": fault, "transformers": transformers.__version__,
                   "torch": torch.__version__.split("+")[0], "model": "ok"}
            try:
                _, info = getattr(transformers, name).from_pretrained(folder, output_loading_info=True)
                row["missing"] = sorted(info["missing_keys"])
            except Exception as error:  # the record is of what is raised
                row["model"] = f"{type(error).__name__}: {error}"
            lines.write(json.dumps(row) + "\n")


def merge(packages, paths, out):
    cells = [line.strip() for path in paths for line in open(path)]
    rows = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in json.load(open(packages)).items()]
    out.write('{"packages": {\n' + ",\n".join(rows) + '\n}, "cells": [\n' + ",\n".join(cells) + "\n]}\n")


def main():
    if sys.argv[1] == "make":
        make(*sys.argv[2:])
    elif sys.argv[1] == "load":
        load(*sys.argv[2:])
    else:
        merge(sys.argv[2], sys.argv[3:], sys.stdout)


main()
