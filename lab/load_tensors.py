"""Runs inside a real runtime: torch.load of weights files, and every tensor told as dtype, shape and SHA-256.

    PYTHON load_tensors.py FILE...

Prints a JSON list: per file and way of loading (as it is, weights_only, mmap) either {"tensors": {name:
[dtype, shape, sha256]}} or {"error": "Type: message"}. The hash is of the storage's bytes, so it works for
dtypes that torch itself can do nothing with. Needs torch 2.0 or later.
"""
import hashlib
import json
import sys

import torch

WAYS = {"plain": {"weights_only": False}, "weights_only": {"weights_only": True}, "mmap": {"weights_only": True, "mmap": True}}


def told(tensor):
    assert tensor.is_contiguous()
    start = tensor.storage_offset() * tensor.element_size()
    content = bytes(tensor.untyped_storage())[start:start + tensor.numel() * tensor.element_size()]
    return [str(tensor.dtype).replace("torch.", ""), list(tensor.shape), hashlib.sha256(content).hexdigest()]


def load(path, options):
    try:
        state = torch.load(path, map_location="cpu", **options)
        return {"tensors": {name: told(tensor) for name, tensor in state.items()}}
    except Exception as error:  # whatever torch throws is what we are here to see
        return {"error": "{}: {}".format(type(error).__name__, str(error)[:500])}


if __name__ == "__main__":
    print(json.dumps([dict(load(path, options), file=path, way=way)
                      for path in sys.argv[1:] for way, options in WAYS.items()]))
