"""Packages with one value each of config.json or generation_config.json of a type that its reader
does not expect.

    for path in faulty_values.make("folder"): ...

A package is called BASE@KEY-KIND, with "generation." in front of keys of generation_config.json.
tests/data/reality/values.json has what real runtimes made of them (lab/load_package.py, once in
each), and which there are.
"""
import json
import pathlib
import shutil

from faulty_packages import LEFT_OUT, PACKAGES

VALUES = json.loads((PACKAGES.parent / "reality" / "values.json").read_text())["values"]
GENERATION = "generation."


def make(folder):
    for name, value in VALUES.items():
        base, key = name.split("@")
        key = key[:key.rindex("-")]
        file = "generation_config.json" if key.startswith(GENERATION) else "config.json"
        path = pathlib.Path(folder) / name
        shutil.copytree(PACKAGES / base, path, ignore=LEFT_OUT)
        config = json.loads((path / file).read_text())
        config[key.removeprefix(GENERATION)] = value
        (path / file).write_text(json.dumps(config, indent=2))
        yield path
