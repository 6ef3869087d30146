"""The cell `peft`: what check predicts of adapters, beside what real releases of PEFT make of them.

Every variant is the adapter of tests/data/packages/lora-peft-0.18.1 with one thing changed; the file of
its weights is changed by its bytes, so that nothing needs torch here.
"""
import json
import pathlib
import shutil
import struct
import subprocess

# Runtimes of runtimes.json, and the target that stands for each.
RUNTIMES = {
    "peft-0.4.0": "transformers==4.37.2,peft==0.4.0,python==3.10,safetensors==0.8.0",
    "peft-0.7.1": "transformers==4.37.2,peft==0.7.1,python==3.10,safetensors==0.8.0",
    "peft-0.13.2": "transformers==4.45.2,peft==0.13.2,python==3.10,safetensors==0.8.0",
    "peft-0.21.2": "transformers==5.23.0,peft==0.21.2,python==3.12,safetensors==0.8.0",
}
ADAPTER = "lora-peft-0.18.1"
BASE = "llama-4.37.2"
LOAD = pathlib.Path(__file__).resolve().parent / "load_adapter.py"
# What every release knows of the configuration.
OLD_KEYS = ("base_model_name_or_path", "bias", "fan_in_fan_out", "inference_mode", "lora_alpha", "lora_dropout",
            "modules_to_save", "peft_type", "r", "target_modules", "task_type")


def edit_names(path, change):
    """Renames the tensors of a safetensors file; None leaves one out. The data stays where it is."""
    data = path.read_bytes()
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    kept = {change(name) if name != "__metadata__" else name: entry for name, entry in header.items()}
    if None in kept:  # a gap in the data is refused: the last tensor goes, with its bytes
        start, end = kept.pop(None)["data_offsets"]
        assert end == len(data) - 8 - size, "only the last tensor can be left out"
        data = data[:8 + size + start]
    text = json.dumps(kept).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + size:])


def last_tensor(path):
    data = path.read_bytes()
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    return max((n for n in header if n != "__metadata__"), key=lambda n: header[n]["data_offsets"][1])


def variants(packages, work):
    """{name: folder}."""
    source = packages / ADAPTER
    written = json.loads((source / "adapter_config.json").read_text())
    plain = {key: written[key] for key in OLD_KEYS}

    def make(name, config, names=None, weights=True):
        folder = work / ("adapter-" + name)
        shutil.copytree(source, folder)
        (folder / "adapter_config.json").write_text(json.dumps(config, indent=2))
        if names is not None:
            edit_names(folder / "adapter_model.safetensors", names)
        if not weights:
            (folder / "adapter_model.safetensors").unlink()
        return folder

    last = last_tensor(source / "adapter_model.safetensors")
    return {
        "as PEFT 0.18 wrote it": make("written", written),
        "old keys only": make("plain", plain),
        "a new key": make("eva", {**plain, "eva_config": None}),
        "an unknown type": make("type", {**plain, "peft_type": "NEWLORA"}),
        "no type": make("untyped", {k: v for k, v in plain.items() if k != "peft_type"}),
        "an unknown task": make("task", {**plain, "task_type": "NO_SUCH_TASK"}),
        "another rank": make("rank", {**plain, "r": 8}),
        "a rank pattern": make("pattern", {**plain, "rank_pattern": {"q_proj": 8}}),
        "no weights": make("weightless", plain, weights=False),
        "half a pair": make("half", plain, names=lambda n: None if n == last else n),
        "no prefix": make("prefix", plain, names=lambda n: n.replace("base_model.model.", "")),
        "the adapter's name": make("named", plain, names=lambda n: n.replace(".weight", ".default.weight")),
        "one layer of two": make("layers", {**plain, "layers_to_transform": [0]}),
    }


def compare(name, predicted, real, check):
    """Holds a report of check against a result of load_adapter.py."""
    stages = predicted["stages"]
    for stage in ("config", "weights"):
        wanted = stages[stage]
        failed = real[stage] != "ok"
        check(name, f"{stage}: {'fails' if failed else 'loads'} as predicted", (wanted["verdict"] == "FAIL") == failed,
              f"{wanted['verdict']} against {real[stage][:200]}")
        message = wanted.get("message")
        if failed and message:
            check(name, f"{stage}: in these words", message == real[stage],
                  "" if message == real[stage] else f"{message[:300]} against {real[stage][:300]}")
    ignored = any(f["rule"] == "WL-A-011" and f["verdict"] == "DIFFERS" for f in predicted["findings"])
    if "taken" in real:
        check(name, "taken" if real["taken"] else "loaded and not taken", ignored != real["taken"])


def predict(program, folder, target):
    """The report of check, whatever its verdict."""
    done = subprocess.run([program, "check", str(folder), "--target", target, "--format", "json"],
                          stdout=subprocess.PIPE, text=True, check=False)
    return json.loads(done.stdout)


def run(program, runtime_of, packages, work, check):
    """runtime_of(name) has run(script, ...); check(cell, what, holds, detail="")."""
    made = variants(packages, work)
    listing = work / "adapters.json"
    listing.write_text(json.dumps([{"adapter": str(f), "base": str(packages / BASE)} for f in made.values()]))
    for name, target in RUNTIMES.items():
        results = json.loads(runtime_of(name).run(LOAD, listing))
        for (label, folder), real in zip(made.items(), results):
            compare(f"{name}: {label}", predict(program, folder, target), real, check)
