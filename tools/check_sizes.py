#!/usr/bin/env python3
"""Holds files below 600 lines and functions below 60.

Tables are exempt by name in TABLES. A function's length is counted from its opening line at the
margin of its namespace or class to the closing brace on that margin, as clang-format leaves them.
Exit 1 where a file or a function is too long.
"""
import re
import subprocess
import sys

MOST_LINES = 600
MOST_FUNCTION_LINES = 60
# Files that are tables of cases or opcodes for the most part.
TABLES = {
    "src/container/tar/tar_hazards.cc",
    "src/pickle/opcodes.h",
}


def long_functions(path, lines):
    start = None
    for number, line in enumerate(lines, 1):
        opens = re.match(r"^( {0,2})[A-Za-z~].*\) ?(const|override|noexcept|&|&&| )*\{$", line)
        if opens and not line.lstrip().startswith(("namespace", "class", "struct", "TEST", "if", "for", "while", "switch")):
            start, margin = number, opens[1]
        elif start and line.rstrip() == margin + "}":
            if number - start + 1 > MOST_FUNCTION_LINES:
                yield f"{path}:{start}: a function of {number - start + 1} lines, at most {MOST_FUNCTION_LINES}"
            start = None


def main():
    files = subprocess.run(["git", "ls-files", "*.cc", "*.h", "*.py"], capture_output=True, text=True, check=True)
    wrong = []
    for path in files.stdout.split():
        lines = open(path).read().splitlines()
        if len(lines) > MOST_LINES and path not in TABLES:
            wrong.append(f"{path}: {len(lines)} lines, at most {MOST_LINES}")
        if path.endswith((".cc", ".h")) and not path.endswith("_test.cc") and path not in TABLES:
            wrong.extend(long_functions(path, lines))
    print("\n".join(wrong) if wrong else "sizes: files and functions are short")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
