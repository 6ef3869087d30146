"""Throw-away environments with real runtimes, kept under .cache/lab and used again.

A base is a virtual environment with one torch; a runtime is an overlay folder with one transformers
on top of it, so that several share a torch. lab/runtimes.json has the pins. An environment whose
pins have changed is made anew.

    from environments import Runtime
    Runtime("4.11.3").run("lab/load_package.py", "package", ...)
"""
import json
import os
import pathlib
import shutil
import subprocess

from interpreters import find_python

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "lab"
PINS = json.loads((ROOT / "lab" / "runtimes.json").read_text())


def make(folder, pins, build):
    """Calls build() unless `folder` was made with these very pins before."""
    stamp = folder / "pins.json"
    wanted = json.dumps(pins, sort_keys=True)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    build()
    stamp.write_text(wanted)


def pip(python, *arguments):
    command = [python, "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


class Runtime:
    def __init__(self, name):
        self.name = name
        pins = PINS["runtimes"][name]
        base_pins = PINS["bases"][pins["base"]]
        self.base = CACHE / "bases" / pins["base"]
        self.overlay = CACHE / "runtimes" / name
        self.python = str(self.base / "bin" / "python")

        def build_base():
            print(f"lab: making the base torch {pins['base']}", flush=True)
            subprocess.run([find_python(base_pins["python"], CACHE / "pythons"), "-m", "venv", str(self.base)], check=True)
            pip(self.python, "install", *base_pins["packages"])

        def build_overlay():
            print(f"lab: making the runtime transformers {name}", flush=True)
            pip(self.python, "install", "--target", str(self.overlay), *pins["packages"])
            if "alone" in pins:  # what would bring another torch with it
                pip(self.python, "install", "--no-deps", "--target", str(self.overlay), *pins["alone"])

        make(self.base, base_pins, build_base)
        make(self.overlay, [pins, base_pins], build_overlay)

    def run(self, *arguments):
        """Runs the runtime's Python; returns what it printed on standard output."""
        environment = dict(os.environ, PYTHONPATH=str(self.overlay))
        environment.pop("PYTHONHOME", None)
        done = subprocess.run([self.python, *map(str, arguments)], env=environment, check=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        return done.stdout
