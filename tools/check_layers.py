#!/usr/bin/env python3
"""Holds the house's one rule of structure: includes go only down, and siblings never meet.

Reads every #include "room/..." of src/ against the table below. A room may include the rooms of
lower floors and itself; rooms that share a floor are siblings. The folders of container/ and
format/ are rooms of their own. Prints one line per arrow that goes up or sideways; exit 1 if any.
"""
import pathlib
import re
import sys

FLOORS = [
    ["base"],
    ["codec", "model", "json"],
    ["container/tar", "container/gzip", "container/packed", "container/zip", "pickle"],
    ["format/safetensors", "format/torch"],
    ["format"],
    ["package"],
    ["scan", "compat"],
    ["contract"],
    ["adapt", "check", "diff", "explain", "pack"],
    ["report"],
    ["cli"],
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path):
    """The longest known room that the path (relative to src/) lies in."""
    parts = path.split("/")[:-1]
    while parts:
        if "/".join(parts) in FLOOR:
            return "/".join(parts)
        parts.pop()
    return None


def main():
    root = pathlib.Path(__file__).resolve().parent.parent / "src"
    wrong = []
    for source in sorted(root.rglob("*")):
        if source.suffix not in (".h", ".cc"):
            continue
        name = source.relative_to(root).as_posix()
        room = room_of(name)
        if room is None:
            wrong.append(f"src/{name}: lies in no room of tools/check_layers.py")
            continue
        for number, line in enumerate(source.read_text().splitlines(), 1):
            match = re.match(r'\s*#include "([^"]+)"', line)
            if not match or match[1].startswith("weighlock/"):
                continue
            if match[1].startswith("support/") and name.endswith("_test.cc"):
                continue  # tests/support: what the tests of several rooms share
            other = room_of(match[1])
            if other is None:
                wrong.append(f"src/{name}:{number}: {match[1]} lies in no room")
            elif other != room and FLOOR[other] >= FLOOR[room]:
                wrong.append(f"src/{name}:{number}: {room} may not include {other}")
    print("\n".join(wrong) if wrong else "layers: includes go only down")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
