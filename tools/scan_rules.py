#!/usr/bin/env python3
"""The table of scan's rules in docs/scanning.md, held equal to kb/scan/rules.json.

    scan_rules.py           exit 1 where they differ
    scan_rules.py --write   writes the table anew
"""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "scanning.md"
BEGIN, END = "<!-- rules -->\n", "<!-- end of rules -->\n"


def table():
    rows = ["| rule | level | verdict | what | CWE |", "|---|---|---|---|---|"]
    rules = json.loads((ROOT / "kb" / "scan" / "rules.json").read_text())["rules"]
    for rule in sorted(rules, key=lambda r: r["id"]):
        title = rule["title"].replace("|", "\\|")
        rows.append(f"| {rule['id']} | {rule['level']} | {rule['verdict']} | {title} | {rule['cwe'].removeprefix('CWE-')} |")
    return "\n".join(rows) + "\n"


def main():
    text = DOCUMENT.read_text()
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    wanted = head + BEGIN + table() + END + tail
    if "--write" in sys.argv:
        DOCUMENT.write_text(wanted)
    elif wanted != text:
        print("docs/scanning.md has other rules than kb/scan/rules.json; tools/scan_rules.py --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
