"""Holds `weighlock scan` against both corpora: nothing harmless may ring, nothing evil may pass.

    scan_corpus_test.py PROGRAM            the test
    scan_corpus_test.py PROGRAM --table    the catalogue's rows, as docs/scanning.md has them
    scan_corpus_test.py PROGRAM --write D  the corpora, kept in the folder D

Then every evil sample is cut and bent at many places: the program may say what it likes of it, but
must end, by itself and soon.
"""
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import evil_samples
import harmless_samples

LEVELS = ["none", "info", "low", "inconclusive", "medium", "high", "critical"]
SECONDS = 60


def scan(program, path):
    done = subprocess.run([program, "scan", "--format", "json", str(path)], capture_output=True, timeout=SECONDS)
    report = json.loads(done.stdout) if done.stdout else {}
    return done.returncode, report


def write(folder, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def check_evil(program, folder, failures):
    rows = collections.defaultdict(list)
    for number, (row, name, data, least) in enumerate(evil_samples.samples()):
        target = write(folder / f"{number:04d}", name, data)
        code, report = scan(program, folder / f"{number:04d}")
        worst = max((LEVELS.index(f["level"]) for f in report.get("findings", [])), default=0)
        wanted = {"critical": 1, "high": 1}.get(least)
        fine = worst >= LEVELS.index(least) and (code == wanted if wanted else code in (0, 1, 2) if least in ("low", "medium") else code in (1, 2))
        clean = report.get("coverage") == "complete" and report.get("verdict") == "data-only"
        rows[row].append(fine and not clean)
        if not fine or clean:
            failures.append(f"evil {row}: {name}: exit {code}, worst {LEVELS[worst]}, wanted {least}")
        del target
    return rows


def check_harmless(program, folder, failures):
    count = 0
    for name, data in harmless_samples.samples():
        write(folder, name, data)
        count += 1
    code, report = scan(program, folder)
    for finding in report["findings"]:
        if finding["level"] in ("high", "critical", "inconclusive"):
            failures.append(f"harmless: {finding['path']}: {finding['rule']} {finding['text']}")
    for file in report["files"]:
        if file["coverage"] != "complete":
            failures.append(f"harmless: {file['path']}: coverage {file['coverage']}")
    if code != 0:
        failures.append(f"harmless: exit {code}")
    return count


def check_bent(program, folder, failures):
    rng = random.Random(1)
    batch = []
    for row, name, data, _ in evil_samples.samples():
        if len(data) > 100_000:
            continue
        for _ in range(3):
            cut = rng.randrange(len(data)) if data else 0
            batch.append(data[:cut])
            bent = bytearray(data)
            if bent:
                bent[rng.randrange(len(bent))] ^= 1 << rng.randrange(8)
            batch.append(bytes(bent))
    for number, data in enumerate(batch):
        write(folder / str(number // 500), f"{number}.bin", data)
    for group in sorted(folder.iterdir()):
        done = subprocess.run([program, "scan", "--format", "json", str(group)], capture_output=True, timeout=SECONDS)
        if done.returncode not in (0, 1, 2):
            failures.append(f"bent: {group.name}: exit {done.returncode}")
    return len(batch)


def main():
    warnings.filterwarnings("ignore")
    program = sys.argv[1]
    failures = []
    if "--write" in sys.argv:
        keep = pathlib.Path(sys.argv[sys.argv.index("--write") + 1])
        for number, (_, name, data, _) in enumerate(evil_samples.samples()):
            write(keep / "evil" / f"{number:04d}", name, data)
        for name, data in harmless_samples.samples():
            write(keep / "harmless", name, data)
        return 0
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        rows = check_evil(program, root / "evil", failures)
        if "--table" in sys.argv:
            print("| what is tried | samples | called clean |\n|---|---|---|")
            for row, results in rows.items():
                print(f"| {row} | {len(results)} | {results.count(False)} |")
            return 0
        passed = sum(map(len, rows.values())) + check_harmless(program, root / "harmless", failures)
        passed += check_bent(program, root / "bent", failures)
    for failure in failures:
        print(failure)
    print(f"{passed - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
