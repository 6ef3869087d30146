#!/usr/bin/env python3
"""Documents that are not tested rot: every link and every path they name must be there.

Checks the tracked *.md files: relative links resolve, `paths/in/backticks` that look like files of
this repository exist, and each `make WORD` is a word of the Makefile. And no tracked text outside
tests/data names a path of somebody's machine.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Folders whose names in backticks are taken for paths of this repository.
TOP = ("src/", "include/", "docs/", "tests/", "tools/", "lab/", "bench/", "fuzz/", "kb/", "cmake/", ".ci/")
MACHINE = re.compile(r"(?<![\w./-])/(home|root|work|Users)/")


def problems(path, text, words):
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{path}:{number}"
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", line):
            if not (ROOT / path.parent / link).exists():
                yield f"{where}: the link {link} leads nowhere"
        for name in re.findall(r"`([^`\s*{}<>…]+)`", line):
            if name.startswith(TOP) and not (ROOT / name.split(":")[0]).exists():
                yield f"{where}: there is no {name}"
        for word in re.findall(r"`make ([a-z]+)", line):
            if word not in words:
                yield f"{where}: make knows no word {word}"


def machine_paths(listed):
    for name in listed:
        if name.startswith(("tests/data/", "fuzz/seeds/")):
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE.search(line):
                yield f"{name}:{number}: a path of one machine"


def main():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]
    words = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    wrong = list(machine_paths(listed))
    for name in (name for name in listed if name.endswith(".md")):
        path = pathlib.Path(name)
        wrong.extend(problems(path, (ROOT / path).read_text(), words))
    print("\n".join(wrong) if wrong else "docs: every link and path is there")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
