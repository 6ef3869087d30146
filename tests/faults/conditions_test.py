"""What goes on around a run: other runs, signals at any moment, a shrinking input, a closed door.

    conditions_test.py PROGRAM [ROUNDS]

The same promises as in faults_test.py, on a package large enough to be met halfway: the input stays
as it was, the destination is absent or whole, a folder that is there keeps what it has.
"""
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from trees import tree

PROGRAM = None
ROUNDS = 40
OLD = "transformers==4.11.3,torch==1.9.0"
VERBS = {
    "convert": ["convert", "in/model.safetensors", "out.bin"],
    "adapt": ["adapt", "in.tar.gz", "--target", OLD, "-o", "out.tar.gz"],
    "adapt-folder": ["adapt", "in", "--target", OLD, "-o", "out"],
    "pack": ["pack", "in", "out.tar.gz"],
    "pack-zip": ["pack", "in", "out.zip"],
    "unpack": ["unpack", "in.tar.gz", "out"],
    "into": ["unpack", "in.tar.gz", "there", "--into"],
}


def weights(size):
    header = b'{"w":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}' % (size // 4, size)
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + random.Random(1).randbytes(size)


class Conditions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.temporary.name)
        (cls.root / "in").mkdir()
        (cls.root / "in/config.json").write_text('{"model_type": "bert"}')
        (cls.root / "in/model.safetensors").write_bytes(weights(24 << 20))
        for number in range(30):
            (cls.root / f"in/vocab-{number}.txt").write_text("a\n" * 100 * number)
        cls.run_whole(["pack", "in", "in.tar.gz"])
        cls.inputs = tree(cls.root / "in"), tree(cls.root / "in.tar.gz")
        cls.wholes, cls.seconds = {}, {}
        for verb, arguments in VERBS.items():
            cls.reset()
            begin = time.monotonic()
            cls.run_whole(arguments)
            cls.seconds[verb] = time.monotonic() - begin
            cls.wholes[verb] = tree(cls.place(verb))

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def run_whole(cls, arguments):
        subprocess.run([PROGRAM, *arguments], cwd=cls.root, check=True, stdout=subprocess.DEVNULL)

    @classmethod
    def place(cls, verb):
        return cls.root / next(a for a in VERBS[verb] if a.startswith(("out", "there")))

    @classmethod
    def reset(cls):
        for path in cls.root.iterdir():
            if path.name in ("in", "in.tar.gz"):
                continue
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        (cls.root / "there").mkdir()
        (cls.root / "there/mine").write_text("precious")

    def start(self, verb, **how):
        return subprocess.Popen([PROGRAM, *VERBS[verb]], cwd=self.root, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True, **how)

    def left_lying(self):
        return [p.name for p in self.root.iterdir() if p.name.startswith(".")]

    def check(self, verb, before, what):
        after = tree(self.place(verb))
        self.assertTrue(after in (before, self.wholes[verb]), f"{verb}, {what}: neither as it was nor whole")
        self.assertEqual((tree(self.root / "in"), tree(self.root / "in.tar.gz")), self.inputs, f"{verb}, {what}")
        return after

    def test_killed_at_any_moment(self):
        moments = random.Random(2)
        for verb in VERBS:
            for _ in range(ROUNDS):
                self.reset()
                before = tree(self.place(verb))
                process = self.start(verb)
                time.sleep(moments.uniform(0, 1.1 * self.seconds[verb]))
                process.kill()
                process.communicate()
                time.sleep(0.01)  # a merge that has begun is ended by its child
                after = self.check(verb, before, "killed")
                if after == before:
                    self.run_whole(VERBS[verb])
                    self.assertEqual(tree(self.place(verb)), self.wholes[verb])
                    self.assertEqual(self.left_lying(), [], verb)

    def test_interrupted_at_any_moment(self):
        moments = random.Random(3)
        for verb in VERBS:
            for _ in range(ROUNDS // 4):
                self.reset()
                before = tree(self.place(verb))
                process = self.start(verb)
                time.sleep(0.005 + moments.uniform(0, self.seconds[verb]))
                process.send_signal(signal.SIGINT)
                said = process.communicate()[1]
                self.assertIn(process.returncode, (0, 75, -2), said)  # -2: before anything was begun
                after = self.check(verb, before, "interrupted")
                if process.returncode == 75:
                    self.assertEqual(after, before)
                self.assertEqual(self.left_lying(), [], verb)

    def test_one_of_many_wins(self):
        for verb in VERBS:
            self.reset()
            processes = [self.start(verb) for _ in range(6)]
            codes = []
            for process in processes:
                said = process.communicate()[1]
                codes.append(process.returncode)
                self.assertIn(process.returncode, (0, 73), said)
            self.assertEqual(codes.count(0), 1, f"{verb}: {codes}")
            self.assertEqual(tree(self.place(verb)), self.wholes[verb], verb)
            self.assertEqual(self.left_lying(), [], verb)

    def test_an_input_that_shrinks(self):
        moments = random.Random(4)
        for verb in VERBS:
            name = "in.tar.gz" if "in.tar.gz" in VERBS[verb] else "in/model.safetensors"
            path = self.root / name
            content = path.read_bytes()
            for _ in range(6):
                self.reset()
                before = tree(self.place(verb))
                process = self.start(verb)
                time.sleep(moments.uniform(0.005, 0.7 * self.seconds[verb]))
                process.send_signal(signal.SIGSTOP)
                os.truncate(path, len(content) // 3)
                process.send_signal(signal.SIGCONT)
                said = process.communicate()[1]
                path.write_bytes(content)
                after = self.check(verb, before, "shrunk")
                self.assertIn(process.returncode, (0, 1, 2), said)
                self.assertEqual(after == self.wholes[verb], process.returncode == 0, said)
                self.assertEqual(self.left_lying(), [], verb)

    def test_a_closed_door(self):
        # No door is closed to root, who becomes nobody; everybody else closes their own.
        is_root = os.geteuid() == 0
        who = {"user": 65534, "group": 65534, "extra_groups": []} if is_root else {}
        for verb in VERBS:
            self.reset()
            before = tree(self.place(verb))
            doors = {door: door.stat().st_mode for door in (self.root, self.root / "there")}
            for door in doors:
                door.chmod(0o755 if is_root else 0o555)
            try:
                process = self.start(verb, **who)
                said = process.communicate()[1]
            finally:
                for door, mode in doors.items():
                    door.chmod(mode)
            self.assertEqual(process.returncode, 2, said)
            self.assertIn("Permission denied (EACCES)", said)
            self.assertEqual(self.check(verb, before, "no permission"), before)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if len(sys.argv) > 1 and sys.argv[1].isdigit():
        ROUNDS = int(sys.argv.pop(1))
    unittest.main()
