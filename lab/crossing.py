"""The crossing, for real: packages adapted by weighlock load in the runtime they were adapted for.

    python3 lab/crossing.py PROGRAM [flagship|predictions|legacy|dtypes|round_trips|peft|all]

flagship  bert-4.37.2 for transformers 4.11.3 + torch 1.9.0: the original must fail there with the
          message that weighlock predicts; adapted, as a folder and as a .tar.gz, it must load through
          the Auto classes, tokenize alike, and give the logits of the original in 4.37.2.
predictions  what check says of five hand-overs that fail, beside what the runtime says.
all       the same for every package that 4.11.3 can run at all, whatever its weights' format.
legacy    convert --container legacy, loaded by torch 1.4.0 under transformers 3.0.2.
dtypes    every dtype of safetensors, converted and loaded by the newest torch, bit for bit.
round_trips  every package's weights to the other format and back, and its training state to JSON and back: the same
          bytes as before or as the reference library writes, the same values in torch 2.1.2.
peft      variants of an adapter, what check predicts of each beside what four releases of PEFT make of it.

Exit 1 where anything differs. Environments are made on first use (see environments.py).
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

import adapters
import dtypes
import predictions
import round_trips
from environments import ROOT, Runtime

PACKAGES = ROOT / "tests" / "data" / "packages"
LOAD = ROOT / "lab" / "load_package.py"
LOAD_TENSORS = ROOT / "lab" / "load_tensors.py"
TARGET = "transformers==4.11.3,torch==1.9.0"
# Logits of one model on two releases of torch differ by rounding.
CLOSE = 1e-6

# What 4.11.3 can run at all. `tokenizer`: whether its tokenizer files load there as they are (the
# tokenizer of the fives is another repair than the weights).
CELLS = [
    {"package": "bert-4.37.2", "tokenizer": True},
    {"package": "bert-5.23.0", "tokenizer": True},
    {"package": "gpt2-5.23.0", "tokenizer": False},
    {"package": "gpt2-4.37.2-bin-sharded", "tokenizer": True},
    {"package": "t5-4.37.2-bin", "tokenizer": True},
    {"package": "bert-4.11.3", "tokenizer": True},
    {"package": "bert-3.0.2", "tokenizer": True},
    {"package": "distilbert-4.26.0", "tokenizer": True},
]


def weighlock(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def load(runtime, jobs, work):
    """jobs: (folder, package). Returns the runtime's results in their order."""
    listing = work / f"jobs-{runtime.name}.json"
    listing.write_text(json.dumps([
        {"package": str(folder), "expected": str(PACKAGES / f"{package}.expected.json")}
        for folder, package in jobs
    ]))
    return json.loads(runtime.run(LOAD, listing))


def furthest(a, b):
    return max(abs(x - y) for row_a, row_b in zip(a, b) for x, y in zip(row_a, row_b))


class Report:
    def __init__(self):
        self.failures = 0

    def check(self, cell, what, holds, detail=""):
        print(f"  {'ok  ' if holds else 'FAIL'}  {cell:26} {what}{': ' + detail if detail else ''}", flush=True)
        self.failures += not holds


def check_loaded(report, cell, form, result, original, tokenizer):
    """`result` of the adapted package against that of the original in its own time."""
    stages = ["config", "model", "forward"] + (["tokenizer", "encode"] if tokenizer else [])
    bad = [f"{s}: {result.get(s, 'never reached')}" for s in stages if result.get(s) != "ok"]
    report.check(cell, f"{form} loads in 4.11.3", not bad, "; ".join(bad)[:300])
    if bad:
        return
    if tokenizer:
        report.check(cell, f"{form} tokenizes alike", result["ids_same"])
    distance = furthest(result["logits"], original)
    report.check(cell, f"{form} answers alike", distance <= CLOSE, f"max difference {distance:.1e}")


def crossing(program, cells, report, work):
    old, new = Runtime("4.11.3"), Runtime("4.37.2")
    jobs = []
    for cell in cells:
        package = PACKAGES / cell["package"]
        folder, archive = work / cell["package"], work / (cell["package"] + ".tar.gz")
        weighlock(program, "adapt", package, "--target", TARGET, "-o", folder)
        source = package.with_name(package.name + ".tar.gz")
        weighlock(program, "adapt", source if source.exists() else package, "--target", TARGET, "-o", archive)
        unpacked = work / (cell["package"] + "-unpacked")
        with tarfile.open(archive) as tar:
            tar.extractall(unpacked)
        jobs += [(package, package.name), (folder, package.name), (unpacked, package.name)]
    results = load(old, jobs, work)
    # The original's answers: in 4.37.2 where that can load it, else as its trainer wrote them down.
    in_new = load(new, [(PACKAGES / c["package"], c["package"]) for c in cells], work)
    for i, cell in enumerate(cells):
        name = cell["package"]
        before, folder, unpacked = results[3 * i: 3 * i + 3]
        original = in_new[i].get("logits")
        if original is None:
            original = json.loads((PACKAGES / f"{name}.expected.json").read_text())["first_logits"]
        plan = json.loads(weighlock(program, "adapt", PACKAGES / name, "--target", TARGET, "-o",
                                    work / "never", "--dry-run", "--format", "json"))
        if plan["verdict"] == "FAIL":
            report.check(name, "the original fails in 4.11.3 as predicted", before["model"] == plan["message"],
                         "" if before["model"] == plan["message"] else before["model"][:200])
        else:
            report.check(name, f"the original loads in 4.11.3 (verdict {plan['verdict']})", before["model"] == "ok")
        check_loaded(report, name, "the folder", folder, original, cell["tokenizer"])
        check_loaded(report, name, "the archive", unpacked, original, cell["tokenizer"])


def legacy(program, report, work):
    runtime = Runtime("3.0.2")
    package = work / "legacy-container"
    shutil.copytree(PACKAGES / "bert-4.37.2", package, ignore=shutil.ignore_patterns("*.safetensors"))
    weighlock(program, "convert", "--container", "legacy", PACKAGES / "bert-4.37.2" / "model.safetensors",
              package / "pytorch_model.bin")
    result, = load(runtime, [(package, "bert-4.37.2")], work)
    expected = json.loads((PACKAGES / "bert-4.37.2.expected.json").read_text())
    bad = [s for s in ("config", "tokenizer", "model", "forward") if result.get(s) != "ok"]
    report.check("bert-4.37.2", "legacy container loads in torch 1.4.0", not bad, str(result.get(bad[0])) if bad else "")
    if not bad:
        distance = furthest(result["logits"], expected["first_logits"])
        report.check("bert-4.37.2", "and answers alike", distance <= CLOSE, f"max difference {distance:.1e}")


def every_dtype(program, report, work):
    def convert(source, output, container):
        weighlock(program, "convert", source, output, "--container", container)

    cases = list(dtypes.cases(convert, work))
    answers = json.loads(Runtime("5.23.0").run(LOAD_TENSORS, *(path for _, path, _ in cases)))
    for label, path, wanted in cases:
        for answer in (a for a in answers if a["file"] == str(path)):
            if answer["way"] == "mmap" and "legacy" in label:
                continue  # torch maps zips only
            tensors = answer.get("tensors", {})
            wrong = [name for name in sorted(set(wanted) | set(tensors)) if tensors.get(name) != wanted.get(name)]
            report.check(label, f"loads in torch 2.15 ({answer['way']}), bit for bit", not wrong,
                         (answer.get("error") or ", ".join(wrong))[:300] if wrong else "")


def there_and_back(program, report, work):
    found = list(round_trips.trips(lambda *arguments: weighlock(program, *arguments), PACKAGES, work))
    jobs = [job for _, _, _, job in found if job is not None]
    listing = work / "round-trips.json"
    listing.write_text(json.dumps(jobs))
    answers = iter(json.loads(Runtime("4.37.2").run(ROOT / "lab" / "compare_files.py", listing)))
    for package, what, holds, job in found:
        answer = next(answers) if job is not None else ("ok" if holds else "other bytes")
        report.check(package, what, answer == "ok", "" if answer == "ok" else answer)


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    which = sys.argv[2] if len(sys.argv) > 2 else "all"
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        if which in ("flagship", "all"):
            crossing(program, CELLS[:1] if which == "flagship" else CELLS, report, work)
        if which in ("predictions", "all"):
            predictions.run(program, Runtime, PACKAGES, work, report.check, load)
        if which in ("legacy", "all"):
            legacy(program, report, work)
        if which in ("dtypes", "all"):
            every_dtype(program, report, work)
        if which in ("round_trips", "all"):
            there_and_back(program, report, work)
        if which in ("peft", "all"):
            adapters.run(program, Runtime, PACKAGES, work, report.check)
    print(f"lab: {'all as it should be' if not report.failures else f'{report.failures} failures'}")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
