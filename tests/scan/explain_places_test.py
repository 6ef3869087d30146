"""Every place that `weighlock scan` names in a pickle is one that `weighlock explain` can show.

    explain_places_test.py PROGRAM

Of every evil sample, each finding with an opcode: explain PATH@OFFSET has a row at that offset, marked, with
the very opcode and the rule below it.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import evil_samples

# Not shown yet: pickles that begin inside of a file of another form or behind zeros, and two readings of one path.
KNOWN = {"concatenated.pt", "npz-objects.npz", "objects.npy", "objects-0.npy", "objects-1.npy", "objects-2.npy", "bzip2.npz", "lzma.npz",
         "zeros-between.pkl"}


def run(program, *arguments):
    done = subprocess.run([program, *arguments, "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return json.loads(done.stdout) if done.stdout else {}


def is_shown(program, finding):
    window = run(program, "explain", f"{finding['path']}@0x{finding['offset']:x}")
    if not window:
        return False
    row = window["rows"][window["marked"]]
    return (row["offset"] == finding["offset"] and row["opcode"] == finding["pickle"]["opcode"]
            and any(finding["rule"] in text for text in row["findings"]))


def main():
    program = os.path.realpath(sys.argv[1])
    warnings.simplefilter("ignore")  # samples have names twice
    wrong, count = [], 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for row, name, data, _ in evil_samples.samples():
            file = "x" + pathlib.PurePath(name).suffix
            pathlib.Path(file).write_bytes(data)
            for finding in run(program, "scan", file).get("findings", [])[:5]:
                if finding["pickle"] and finding["pickle"]["opcode"]:
                    count += 1
                    if name not in KNOWN and not is_shown(program, finding):
                        wrong.append(f"{row}: {name}: {finding['rule']} at {finding['path']}+0x{finding['offset']:x}")
    print("\n".join(wrong) if wrong else f"explain shows each of {count} places")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
