"""There and back again with every package: the conversions, and what a real runtime is to say of them.

Called by lab/crossing.py as the cell `round_trips`.
"""
import filecmp
import json

# Of its training state only what 4.37.2 itself wrote can be unpickled there for sure.
STATE_OF = "4.37.2"


def weight_files(package):
    """The index or file to convert, and the files that hold the tensors."""
    for index in sorted(package.glob("*.index.json")):
        shards = sorted(set(json.loads(index.read_text())["weight_map"].values()))
        return index, [package / shard for shard in shards]
    for name in ("model.safetensors", "adapter_model.safetensors", "pytorch_model.bin"):
        if (package / name).exists():
            return package / name, [package / name]
    return None, []


def weights(weighlock, package, work):
    """Yields (what, holds now or None, job for the runtime or None)."""
    source, files = weight_files(package)
    is_safe = files[0].suffix == ".safetensors"
    safe, torch_file, back = (work / f"{package.name}{end}" for end in (".safetensors", ".bin", ".back"))
    if is_safe:
        for container in ("zip", "legacy"):
            middle, end = work / f"{package.name}.{container}.bin", work / f"{package.name}.{container}.safetensors"
            weighlock("convert", source, middle, "--container", container)
            weighlock("convert", middle, end)
            if len(files) == 1:
                yield f"safetensors -> {container} -> safetensors is byte-equal", filecmp.cmp(source, end, False), None
            yield f"{container} -> safetensors is what the reference writes", None, {"kind": "reference", "a": str(end)}
        return
    weighlock("convert", source, safe)
    weighlock("convert", safe, torch_file)
    yield "bin -> safetensors is what the reference writes", None, {"kind": "reference", "a": str(safe)}
    yield "bin -> safetensors -> bin is value-equal", None, {
        "kind": "bins", "a": list(map(str, files)), "b": [str(torch_file)]}
    shards = work / f"{package.name}-shards"
    weighlock("convert", safe, shards / "pytorch_model.bin", "--max-shard-size", "50KB")
    yield "bin -> safetensors -> shards is value-equal", None, {
        "kind": "bins", "a": list(map(str, files)), "b": list(map(str, sorted(shards.glob("*.bin"))))}


def state(weighlock, package, work):
    for name in ("training_args.bin", "rng_state.pth", "scheduler.pt", "optimizer.pt"):
        source = package / name
        if not source.exists() or STATE_OF not in package.name:
            continue
        there, back = (work / f"{package.name}-{source.stem}{end}" for end in (".json", source.suffix))
        weighlock("convert", source, there)
        weighlock("convert", there, back)
        yield f"{name} -> JSON -> {name} is the same object", None, {"kind": "objects", "a": str(source), "b": str(back)}


def trips(weighlock, packages, work):
    for package in sorted(p for p in packages.iterdir() if p.is_dir()):
        for found in (*weights(weighlock, package, work), *state(weighlock, package, work)):
            yield (package.name, *found)
