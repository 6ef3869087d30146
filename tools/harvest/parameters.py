#!/usr/bin/env python3
"""Asks the transformers that runs this which parameters its classes have: tests/data/family_states.json.

    PYTHONPATH=OVERLAY PYTHON tools/harvest/parameters.py tests/data/family_cases.json OUT.jsonl
    tools/harvest/parameters.py --merge OUT.jsonl... > tests/data/family_states.json

The cases are a list of [class, configuration class, configuration]; sizes differ from each other,
so that a shape tells where it comes from. One line per class that the release has and can make of
the configuration. Merged, releases that agree share a row.
"""
import json
import sys


def version_key(version):
    return [int(part) for part in version.split(".")]


def state_of(model):
    """A line for each name in state_dict: "name [shape] module", or "name = other" of one tensor."""
    modules, parameters = dict(model.named_modules()), dict(model.named_parameters())
    first = {(p.data_ptr(), tuple(p.shape)): path for path, p in reversed(parameters.items())}
    for path, tensor in model.state_dict().items():
        other = first.get((tensor.data_ptr(), tuple(tensor.shape)))
        if path not in parameters and other:
            yield f"{path} = {other}"
        else:
            yield f"{path} {list(tensor.shape)} {type(modules[path.rpartition('.')[0]]).__name__}"


def ask(cases, out):
    import transformers

    for name, configuration, values in json.load(cases):
        if not hasattr(transformers, name) or not hasattr(transformers, configuration):
            continue
        try:
            model = getattr(transformers, name)(getattr(transformers, configuration)(**values))
            model.tie_weights()
        except Exception as error:  # what a release cannot make is no row
            print(name, transformers.__version__, repr(error)[:200], file=sys.stderr)
            continue
        out.write(json.dumps({"class": name, "config": values, "prefix": model.base_model_prefix,
                              "transformers": transformers.__version__,
                              "state": list(state_of(model))}) + "\n")


def merge(paths, out):
    """Rows that are alike in all but the release become one. The order counts up to 4.50, where it
    is that of messages; the module from 4.51 to 4.57, which name it."""
    merged = {}
    rows = [json.loads(line) for path in paths for line in open(path)]
    for row in sorted(rows, key=lambda row: version_key(row["transformers"])):
        version = row.pop("transformers")
        if not [4, 51] <= version_key(version) < [5]:
            row["state"] = [line[:line.rindex("]") + 1] if "]" in line else line for line in row["state"]]
        if version_key(version) >= [4, 51]:
            row["state"].sort()
        key = json.dumps(row, sort_keys=True)
        merged.setdefault(key, dict(row, transformers=[]))["transformers"].append(version)
    rows = sorted(merged.values(), key=lambda row: (row["class"], json.dumps(row["config"])))
    out.write("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n")


def main():
    if sys.argv[1] == "--merge":
        merge(sys.argv[2:], sys.stdout)
        return
    with open(sys.argv[1]) as cases, open(sys.argv[2], "w") as out:
        ask(cases, out)


main()
