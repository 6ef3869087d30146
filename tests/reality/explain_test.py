#!/usr/bin/env python3
"""Holds explain against what real runtimes said.

    tests/reality/explain_test.py PROGRAM

Every literal exception of tests/data/reality must be explained, and by the rule that check gives
there: as it is, at the end of a traceback, in a log with colours and wrapped lines, with the quotes
of a text processor, and cut off.
"""
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import faulty_packages

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
STAGES = [("config", "config"), ("tokenizer", "tokenizer"), ("weights", "model")]

TRACEBACK = """Traceback (most recent call last):
  File "serve.py", line 12, in <module>
    model = AutoModelForSequenceClassification.from_pretrained("/opt/ml/model")
  File "/opt/conda/lib/python3.8/site-packages/transformers/models/auto/auto_factory.py", line 441, in from_pretrained
    return model_class.from_pretrained(pretrained_model_name_or_path, *model_args, config=config, **kwargs)
%s

The above exception was the direct cause of the following exception:

  File "uvicorn/main.py", line 3, in run
RuntimeError: Application startup failed. Exiting.
"""


def log(text):
    """Lines of 70 characters, each behind what a log puts there."""
    lines = [line[at:at + 70] for line in text.split("\n") for at in range(0, max(len(line), 1), 70)]
    return "\n".join(f"\x1b[2m2026-03-01 10:00:0{i % 10},123\x1b[0m [worker-1] \x1b[31mERROR\x1b[0m  {line}"
                     for i, line in enumerate(lines))


def typeset(text):
    text = re.sub(r"'([^']*)'", "‘\\1’", text.replace("`", ""))
    return re.sub(r'"([^"]*)"', "“\\1”", text).replace("...", "…")


MANGLED = {
    "as it is": lambda text: text,
    "in a traceback": lambda text: TRACEBACK % text,
    "in a log": log,
    "typeset": typeset,
    "quoted": lambda text: json.dumps({"error": text}),
    # Of a short message, and of the name of a file, nothing may be lost.
    "cut off": lambda text: text if len(text) < 60 or "No such file" in text
    else text[:max(60, len(text) * 2 // 3)] + "...",
}


def target_of(pins):
    text = ",".join(f"{name}=={version}" for name, version in pins.items())
    return text if "safetensors" in pins else text + ",safetensors=absent"


def cells():
    """(package, runtime, {key: outcome}) of both records."""
    for line in (DATA / "reality" / "reality.jsonl").read_text().splitlines():
        row = json.loads(line)
        yield row["pkg"], row["transformers"], row
    table = json.loads((DATA / "reality" / "faults.json").read_text())
    for package, rows in table["cells"].items():
        for runtime, row in rows.items():
            yield package, runtime, {key: table["words"][word] for key, word in row.items() if key != "differs"}


def distinct():
    """One cell for each stage and wording, the package's name aside."""
    seen = {}
    for package, runtime, outcomes in cells():
        for stage, key in STAGES:
            said = outcomes.get(key, "ok")
            if said != "ok":
                seen.setdefault((stage, said.replace(package, "")), (package, runtime, stage, said))
    return list(seen.values())


def rule_of(report, stage, said):
    """The rule that check gives for what was said; None where it does not predict it."""
    for finding in report["findings"]:
        message = finding["message"] or ""
        same = message and message.split(" at line ")[0][:400] == said.split(" at line ")[0][:len(message)][:400]
        if finding["stage"] == stage and finding["verdict"] == "FAIL" and same:
            return finding["rule"]
    return None


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    pins = json.loads((DATA / "reality" / "runtimes.json").read_text())
    wrong, held = [], 0
    with tempfile.TemporaryDirectory() as folder:
        packages = pathlib.Path(folder) / "pk"
        packages.mkdir()
        faulty_packages.make(packages)
        for package in (DATA / "packages").iterdir():
            (packages / package.name).symlink_to(package)

        def run(arguments, text=None):
            return json.loads(subprocess.run([program, *arguments, "--format", "json"], cwd=folder, input=text,
                                             capture_output=True, text=True, check=False).stdout)

        def hold(cell):
            package, runtime, stage, said = cell
            report = run(["check", "pk/" + package, "--target", target_of(pins[runtime])])
            rule, faults = rule_of(report, stage, said), []
            for how, mangle in MANGLED.items():
                told = []
                answer = run(["explain", "-"], mangle(said))
                # Words of Python itself, with nothing around them, are a guess.
                for i, one in enumerate(answer["explanations"] or answer["guesses"]):
                    if i > 0 and not one["or_else"]:
                        break
                    told += [one["failure"]] + [r["id"] for r in one["rules"]]
                if not told or (rule and rule not in told):
                    faults.append(f"{how}: wanted {rule}, got {' '.join(told)}: {said[:100]!r}")
            return faults

        found = distinct()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for faults in pool.map(hold, found):
                held += 1
                wrong += faults
    print("\n".join(wrong))
    print(f"{held} messages, each in {len(MANGLED)} forms, {len(wrong)} not explained")
    sys.exit(1 if wrong else 0)


main()
