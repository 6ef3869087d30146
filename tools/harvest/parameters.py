#!/usr/bin/env python3
"""Asks the transformers that runs this which parameters its classes have: tests/data/families.json.

    PYTHONPATH=OVERLAY PYTHON tools/harvest/parameters.py CASES OUT.jsonl

CASES is a JSON list of [class, configuration class, configuration]; sizes differ from each other,
so that a shape tells where it comes from. One line per class that the release has.
"""
import json
import sys

import transformers


def main():
    with open(sys.argv[1]) as cases, open(sys.argv[2], "w") as out:
        for name, configuration, values in json.load(cases):
            if not hasattr(transformers, name) or not hasattr(transformers, configuration):
                continue
            model = getattr(transformers, name)(getattr(transformers, configuration)(**values))
            modules = dict(model.named_modules())
            row = {"class": name, "config": values, "transformers": transformers.__version__,
                   "prefix": model.base_model_prefix,
                   "parameters": [[path] + list(parameter.shape) for path, parameter in model.named_parameters()],
                   "modules": {path: type(modules[path.rpartition(".")[0]]).__name__
                               for path, _ in model.named_parameters()}}
            out.write(json.dumps(row) + "\n")


main()
