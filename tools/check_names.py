#!/usr/bin/env python3
"""Holds that no namespace has two types or inline functions of one name in different headers.

Two of them would break the one definition rule without a word from the linker: it keeps one
destructor for both. Exit 1 where there are any.
"""
import collections
import re
import subprocess
import sys

TYPE = re.compile(r"(?:struct|class|enum class|enum|union) (?:\[\[\w+\]\] )?(\w+)[^;]*$")
FUNCTION = re.compile(r"inline [^=;]*?\b(\w+\([^;{]*)")


def definitions(text):
    """Names that stand at the margin of a namespace that has a name."""
    stack = []
    for line in text.splitlines():
        if opened := re.match(r"(?:inline )?namespace ?([\w:]*) ?{", line):
            stack.append(opened[1])
        elif line.startswith("}  // namespace") and stack:
            stack.pop()
        elif stack and "" not in stack and (found := TYPE.match(line) or FUNCTION.match(line)):
            yield "::".join([*stack, found[1]])


def main():
    headers = subprocess.run(["git", "ls-files", "*.h"], capture_output=True, text=True, check=True).stdout.split()
    places = collections.defaultdict(set)
    for header in headers:
        for name in definitions(open(header).read()):
            places[name].add(header)
    twice = {name: where for name, where in places.items() if len(where) > 1}
    for name, where in sorted(twice.items()):
        print(f"names: {name} stands in {' and in '.join(sorted(where))}", file=sys.stderr)
    if not twice:
        print("names: each stands once")
    return 1 if twice else 0


sys.exit(main())
