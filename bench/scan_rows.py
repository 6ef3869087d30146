"""The rows of bench/run.py for scan, each beside a scanner that really reads the same input.

picklescan and modelaudit come from PyPI, pinned, in an environment of their own; modelaudit without telemetry
and cache. picklescan passes over tar.gz, so that row has gzip beside it.
"""
import os
import pickle
import subprocess
import sys

PICKLESCAN, MODELAUDIT = "1.0.5", "0.2.54"


def scanner(cache, name, version):
    """The program of a scanner; None where it cannot be installed."""
    folder = cache / f"scanner-{name}"
    program = folder / "bin" / name
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        done = subprocess.run([folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "-q", "install",
                               f"{name}=={version}"])
        if done.returncode != 0 or not program.exists():
            print(f"bench: {name} {version} cannot be installed here: its rows are left out", file=sys.stderr)
            return None
    return program


def inputs(cache, program, model):
    """A torch zip of the model, a dict of a million entries, folders of 1,000 pickles by their size, a tiny pickle."""
    folder = cache / "scan"
    zipped, entries, tiny = (folder / n for n in ("model.bin", "entries.pkl", "tiny.pkl"))
    folders = {"140 bytes": (folder / "small", 20), "5 kB": (folder / "larger", 1600)}
    if not tiny.exists():
        folder.mkdir(parents=True, exist_ok=True)
        if not zipped.exists():
            subprocess.run([program, "convert", model, zipped], check=True, stdout=subprocess.DEVNULL)
        # Not in this process: what runs later is measured by its peak, which at first is ours.
        subprocess.run([sys.executable, "-c", "import pickle, sys; pickle.dump({f'key.{i}': i for i in range(1_000_000)}, "
                        "open(sys.argv[1], 'wb'), 2)", entries], check=True)
        for path, length in folders.values():
            path.mkdir(exist_ok=True)
            for i in range(1000):
                value = {"epoch": i, "loss": i / 7, "history": [i * k % 65536 for k in range(length)], "name": f"run {i}"}
                (path / f"state_{i}.pkl").write_bytes(pickle.dumps(value, 2 + i % 4))
        tiny.write_bytes(pickle.dumps(None, 2))
    return zipped, entries, folders, tiny


def measure(program, cache, model, archive, rounds, command, table):
    """`command` makes a command that is timed, `table` has the kinds of rows (bench/run.py)."""
    os.environ.update(PROMPTFOO_DISABLE_TELEMETRY="1", NO_ANALYTICS="1", DO_NOT_TRACK="1")
    zipped, entries, folders, tiny = inputs(cache, program, model)
    scan = [program, "scan"]
    table.alone("scan a 438 MB torch zip", command(scan + [zipped]), 10, 4 * rounds)
    table.alone("scan a dict of 1,000,000 entries (25 MB pickle)", command(scan + [entries]), 150, 4 * rounds, 100)
    table.alone("scan a pickle of 4 bytes (start-up)", command(scan + [tiny]), 10, 4 * rounds)
    table.at_most("scan a tar.gz of 438 MB, one pass, no temporary files", command(scan + [archive]),
                  "`gzip -dc`", command(["gzip", "-dc", archive]), 1, rounds)
    picklescan = scanner(cache, "picklescan", PICKLESCAN)
    if picklescan:
        name = f"picklescan {PICKLESCAN}"
        for size, (path, _) in folders.items():
            table.times_faster(f"scan a folder of 1,000 pickles of {size}", command(scan + [path]), name,
                               command([picklescan, "-p", path]), 50, rounds)
        table.times_faster("scan a 438 MB torch zip", command(scan + [zipped]), name,
                           command([picklescan, "-p", zipped]), 1, rounds)
        table.times_faster("scan a dict of 1,000,000 entries", command(scan + [entries]), name,
                           command([picklescan, "-p", entries]), 1, rounds, 100)
    modelaudit = scanner(cache, "modelaudit", MODELAUDIT)
    if modelaudit:
        # It warns of harmless files too, with 1 as its exit code.
        small, _ = folders["140 bytes"]
        rival = command([modelaudit, "scan", "--no-cache", small], accepted=(0, 1))
        table.times_faster("scan a folder of 1,000 pickles of 140 bytes", command(scan + [small]),
                           f"modelaudit {MODELAUDIT}", rival, 1, 1)
