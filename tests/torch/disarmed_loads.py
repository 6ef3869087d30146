"""adapt --disarm of checkpoints that run code: the tensors are bit for bit those of the real torch, and
not a byte of the payload is left. The checkpoints are written by torch, and never loaded."""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch


class Payload:
    def __reduce__(self):
        return os.system, ("true payload-7f3a",)


def checkpoints():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(2, 4)).sum().backward()
    optimizer.step()
    state = model.state_dict()
    tied = torch.arange(6.0)
    yield "weights", collections.OrderedDict([*state.items(), ("evil", Payload())]), state
    yield "nested", {"epoch": 1, "model": state, "hooks": [Payload(), "kept"], "evil": {"deep": Payload()}}, state
    yield "tied", {"a": tied, "b": tied, "t": tied.reshape(2, 3).t(), "evil": Payload()}, {"a": tied, "b": tied, "t": tied.reshape(2, 3).t()}
    yield "optimizer", {"optimizer": optimizer.state_dict(), "evil": Payload()}, {
        f"{i}.{key}": value for i, slots in optimizer.state_dict()["state"].items() for key, value in slots.items()}
    yield "dtypes", {"h": torch.ones(2).half(), "b": torch.ones(2).bfloat16(), "i": torch.arange(3), "evil": Payload()}, {
        "h": torch.ones(2).half(), "b": torch.ones(2).bfloat16(), "i": torch.arange(3)}


def read_safetensors(path):
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    return {name: data[8 + size + entry["data_offsets"][0]:8 + size + entry["data_offsets"][1]]
            for name, entry in header.items() if name != "__metadata__"}


def bytes_of(tensor):
    raw = tensor.contiguous().flatten()
    return raw.view(torch.int16).numpy().tobytes() if raw.dtype == torch.bfloat16 else raw.numpy().tobytes()


def main():
    program, failed, passed = sys.argv[1], [], 0
    with tempfile.TemporaryDirectory() as root:
        for name, value, tensors in checkpoints():
            for legacy in (False, True):
                folder = pathlib.Path(root) / f"{name}-{legacy}"
                folder.mkdir()
                torch.save(value, folder / "checkpoint.pt", _use_new_zipfile_serialization=not legacy)
                done = subprocess.run([program, "adapt", str(folder / "checkpoint.pt"), "--disarm", "-o", str(folder / "safe")],
                                      capture_output=True, text=True)
                label = f"{name}{' (legacy)' if legacy else ''}"
                if done.returncode:
                    failed.append(f"{label}: exit {done.returncode}: {done.stderr}")
                    continue
                found = {}
                for path in (folder / "safe").iterdir():
                    if b"payload-7f3a" in path.read_bytes() or b"posix" in path.read_bytes():
                        failed.append(f"{label}: {path.name} holds the payload")
                    if path.suffix == ".safetensors":
                        found.update(read_safetensors(path))
                blobs = list(found.values())
                for key, tensor in tensors.items():
                    if bytes_of(tensor) not in blobs:
                        failed.append(f"{label}: {key} is not among the tensors")
                scan = subprocess.run([program, "scan", "--strict", str(folder / "safe")], capture_output=True)
                if scan.returncode:
                    failed.append(f"{label}: the result is not clean")
                passed += 1
    print("\n".join(failed))
    print(f"{passed - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
