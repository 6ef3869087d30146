"""Every verb that writes, with every system call failing in its turn, and killed at every turn.

    faults_test.py PROGRAM LIBRARY [VERB...]

LIBRARY is faults.cc, preloaded. Whatever happens, the input must be as it was, and the destination
absent or whole; with --into, the folder that is there has what it had, and all of what is new or
nothing. What a killed run leaves lying is gone after the next run.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from trees import tree

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parent / "data/packages/bert-4.37.2"
OLD = "transformers==4.11.3,torch==1.9.0"
MOST = 1000  # calls of a kind

# name: arguments, the destination
VERBS = {
    "convert": (["convert", "in/model.safetensors", "out.bin", "--sync"], "out.bin"),
    "shards": (["convert", "in/model.safetensors", "out/model.safetensors", "--max-shard-size", "50KB"], "out"),
    "adapt-folder": (["adapt", "in", "--target", OLD, "-o", "out"], "out"),
    "adapt-stream": (["adapt", "in.tar.gz", "--target", OLD, "-o", "out.tar.gz"], "out.tar.gz"),
    "pack-tar-gz": (["pack", "in", "out.tar.gz", "--manifest"], "out.tar.gz"),
    "pack-zip": (["pack", "in", "out.zip"], "out.zip"),
    "pack-folder": (["pack", "in", "out"], "out"),
    "unpack": (["unpack", "in.tar.gz", "out"], "out"),
    "into": (["unpack", "in.tar.gz", "there", "--into"], "there"),
}
FAULTS = {
    "read": ["EIO", "KILL"],
    "write": ["ENOSPC", "EIO", "KILL"],
    "open": ["EMFILE", "EACCES", "KILL"],
    "mkdir": ["EROFS", "KILL"],
    "link": ["EROFS", "EPERM", "KILL"],
    "rename": ["EACCES", "EINVAL", "ENOSYS", "KILL"],
    "sync": ["EIO", "KILL"],
    "fork": ["EAGAIN", "KILL"],
}
# What must go by unnoticed.
HARMLESS = [("read", "SHORT"), ("write", "SHORT"), ("read", "EINTR"), ("write", "EINTR")]


class Bench:
    """A folder with an input, in which a verb is run again and again."""

    def __init__(self, root, program, library):
        self.root, self.program, self.library = pathlib.Path(root), program, library
        shutil.copytree(PACKAGE, self.root / "in")
        (self.root / "in/1/empty").mkdir(parents=True)
        subprocess.run([program, "pack", "in", "in.tar.gz"], cwd=root, check=True, stdout=subprocess.DEVNULL)
        self.reset()
        self.inputs = self.state_of_inputs()

    def reset(self):
        for path in self.root.iterdir():
            if path.name in ("in", "in.tar.gz"):
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        there = self.root / "there"
        (there / "1").mkdir(parents=True)
        (there / "mine").write_text("precious")
        (there / "1/mine").write_text("precious")

    def state_of_inputs(self):
        return tree(self.root / "in"), tree(self.root / "in.tar.gz")

    def run(self, arguments, fault=None):
        """Exit code, and whether the fault came to pass."""
        environment = {"PATH": os.environ["PATH"]}
        mark = self.root / "mark"
        mark.unlink(missing_ok=True)
        if fault:
            environment |= {"LD_PRELOAD": self.library, "WL_FAULT": fault, "WL_FAULT_MARK": str(mark)}
        done = subprocess.run([self.program, *arguments], cwd=self.root, env=environment, text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        happened = mark.exists()
        mark.unlink(missing_ok=True)
        return done.returncode, happened, done.stderr


def check(bench, verb, fault, wrong):
    """Runs the verb under the fault. Returns whether the fault came to pass."""
    arguments, destination = VERBS[verb]
    place = bench.root / destination
    before = tree(place)
    code, happened, said = bench.run(arguments, fault)
    after = tree(place)
    whole = bench.wholes[verb]
    if after not in (before, whole):
        # Where the mover of a merge is killed itself, the next run takes back what it moved.
        if not (verb == "into" and fault.endswith("KILL")):
            wrong.append(f"{verb} {fault}: neither as it was nor whole: {sorted(after) if isinstance(after, dict) else len(after)}")
    if code == 0 and after != whole:
        wrong.append(f"{verb} {fault}: exit 0, and not whole")
    if bench.state_of_inputs() != bench.inputs:
        wrong.append(f"{verb} {fault}: the input has changed")
    if code not in (0, 2, 73, -9) or (code > 0 and not said.startswith("weighlock: ")):
        wrong.append(f"{verb} {fault}: exit {code}: {said}")
    if code != 0 and not (verb == "into" and after == whole):
        # The next run clears up, and succeeds.
        again, _, said = bench.run(arguments) if after == before or verb == "into" else (0, 0, "")
        if again != 0 or tree(place) != whole:
            wrong.append(f"{verb} {fault}: run again: exit {again}: {said}")
    left = [p.name for p in bench.root.iterdir() if p.name.startswith(".")]
    if left and code != -9:
        wrong.append(f"{verb} {fault}: left lying: {left}")
    bench.reset()
    return happened


def main():
    program, library = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    verbs = sys.argv[3:] or list(VERBS)
    wrong, runs = [], 0
    with tempfile.TemporaryDirectory() as root:
        bench = Bench(root, program, library)
        bench.wholes = {}
        for verb in verbs:
            arguments, destination = VERBS[verb]
            code, _, said = bench.run(arguments)
            assert code == 0, (verb, said)
            bench.wholes[verb] = tree(bench.root / destination)
            bench.reset()
            for call, what in HARMLESS:
                code, happened, said = bench.run(arguments, f"{call}:*:{what}")
                if code != 0 or not happened or tree(bench.root / destination) != bench.wholes[verb]:
                    wrong.append(f"{verb} {call} {what}: exit {code}, happened: {happened}: {said}")
                bench.reset()
            for call, whats in FAULTS.items():
                for what in whats:
                    number = 1
                    while number <= MOST:
                        runs += 1
                        if not check(bench, verb, f"{call}:{number}:{what}", wrong):
                            break
                        number += 1 + number // 16  # the first ones all, then ever fewer
    print("\n".join(wrong[:40]))
    print(f"{runs} runs, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
