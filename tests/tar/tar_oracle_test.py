#!/usr/bin/env python3
"""Our tar reader and writer against GNU tar and Python's tarfile, both ways.

Run with the path of tar_probe. What they write in any format we must read with the same names,
modes, sizes and bytes; what we write they must take without a word and unpack to the same.
With --table it prints, in Markdown, what they do with each archive that we refuse.
"""
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

PROBE = None
TAR = shutil.which("tar")

TREE = {  # path: (mode, content), or a mode alone for a folder
    "code": 0o755,
    "code/inference.py": (0o644, b"print('hello')\n"),
    "code/run.sh": (0o755, b"#!/bin/sh\n"),
    "config.json": (0o600, b"{}" * 255 + b"\n\n"),
    "empty": (0o644, b""),
    "exact.bin": (0o644, bytes(range(256)) * 2),
    "modell-ä模.bin": (0o644, b"utf-8"),
}
LONG = {  # what V7 cannot hold
    "n" * 150: (0o644, b"long name"),
    "p" * 120: 0o755,
    "p" * 120 + "/" + "q" * 200: (0o644, b"long path" * 1000),
}
USTAR = {"p" * 90: 0o755, "p" * 90 + "/" + "q" * 90: (0o644, b"prefix")}


def fnv(data):
    digest = 0xCBF29CE484222325
    for byte in data:
        digest = (digest ^ byte) * 0x100000001B3 % 2**64
    return digest


def line(path, what):
    if isinstance(what, int):
        return f"dir {what:o} 0 {fnv(b''):016x} {path}"
    return f"file {what[0]:o} {len(what[1])} {fnv(what[1]):016x} {path}"


def probe(*arguments):
    return subprocess.run([PROBE, *arguments], capture_output=True, text=True)


def ours(archive):
    run = probe("list", str(archive))
    assert run.returncode == 0, run.stderr
    return sorted(run.stdout.splitlines())


class Oracle(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.dir)
        self.archive = self.dir / "a.tar"

    def tree_for(self, form):
        return TREE | {"v7": {}, "ustar": USTAR}.get(form, LONG)

    def test_we_read_gnu_tar(self):
        for form in ("v7", "ustar", "oldgnu", "gnu", "posix"):
            for root in ("", "./"):
                with self.subTest(form=form, root=root):
                    tree = self.tree_for(form)
                    source = self.dir / f"{form}{len(root)}"
                    source.mkdir(mode=0o755)
                    for path, what in tree.items():
                        if isinstance(what, int):
                            (source / path).mkdir(mode=what)
                        else:
                            (source / path).write_bytes(what[1])
                            (source / path).chmod(what[0])
                    names = ["./"] if root else sorted(p for p in os.listdir(source))
                    subprocess.run([TAR, f"--format={form}", "-C", source, "-cf", self.archive,
                                    "--", *names], check=True)
                    expected = [line(p, w) for p, w in tree.items()]
                    if root:
                        expected.append(line("", 0o755))
                    self.assertEqual(ours(self.archive), sorted(expected))

    def test_we_read_tarfile(self):
        forms = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT,
                 "pax": tarfile.PAX_FORMAT}
        for form, number in forms.items():
            with self.subTest(form=form):
                tree = self.tree_for(form)
                with tarfile.open(self.archive, "w", format=number) as tar:
                    for path, what in tree.items():
                        info = tarfile.TarInfo(path)
                        info.mtime = 1700000000 if form == "ustar" else 1700000000.25
                        info.uname = "ä" if form == "pax" else "root"
                        if isinstance(what, int):
                            info.type, info.mode = tarfile.DIRTYPE, what
                            tar.addfile(info)
                        else:
                            info.mode, info.size = what[0], len(what[1])
                            tar.addfile(info, io.BytesIO(what[1]))
                self.assertEqual(ours(self.archive), sorted(line(p, w) for p, w in tree.items()))

    def test_tarfile_reads_us(self):
        self.assertEqual(probe("write", str(self.archive)).returncode, 0)
        lines, names = [], []
        with tarfile.open(self.archive) as tar:
            for info in tar:
                names.append(info.name)
                self.assertEqual((info.uid, info.gid, info.uname, info.gname), (0, 0, "", ""))
                what = info.mode if info.isdir() else (info.mode, tar.extractfile(info).read())
                lines.append(line(info.name, what))
        self.assertEqual(sorted(lines), ours(self.archive))
        self.assertEqual(names, sorted(names, key=lambda n: n.encode()))

    def test_gnu_tar_reads_us(self):
        self.assertEqual(probe("write", str(self.archive)).returncode, 0)
        out = self.dir / "out"
        out.mkdir()
        run = subprocess.run([TAR, "-C", out, "--no-same-owner", "-pxf", self.archive],
                             capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        lines = []
        for path in out.rglob("*"):
            mode = path.stat().st_mode & 0o7777
            what = mode if path.is_dir() else (mode, path.read_bytes())
            lines.append(line(path.relative_to(out).as_posix(), what))
        # The names that only a folder on the way has are not members.
        listed = ours(self.archive)
        members = {entry.split(" ", 4)[4] for entry in listed}
        self.assertEqual(sorted(e for e in lines if e.split(" ", 4)[4] in members), listed)
        self.assertEqual(int(out.joinpath("config.json").stat().st_mtime), 1700000000)

    def test_two_writes_are_one(self):
        probe("write", str(self.archive))
        probe("write", str(self.dir / "b.tar"))
        self.assertEqual(self.archive.read_bytes(), (self.dir / "b.tar").read_bytes())


def gnu_sees(archive):
    """GNU tar's listing: kind, name and size of each member, and how it ended."""
    run = subprocess.run([TAR, "-tvf", archive], capture_output=True, text=True, errors="replace")
    seen = []
    for row in run.stdout.splitlines():
        kind, _, size, _, _, name = (row.split(None, 5) + ["", "", "", "", ""])[:6]
        seen.append(f"{kind[0]} {name[:40]} {size}")
    return "; ".join(seen) + (f"; rc {run.returncode}" if run.returncode else "")


def python_sees(archive):
    seen = []
    kinds = {tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.LNKTYPE: "h"}
    try:
        with tarfile.open(archive) as tar:
            for info in tar:
                seen.append(f"{kinds.get(info.type, '-')} {info.name[:40]!a} {info.size}")
    except Exception as error:  # whatever it raises is the answer
        seen.append(type(error).__name__)
    return "; ".join(seen)


def table():
    """What the other tools list of each archive that we refuse; nothing is extracted."""
    folder = pathlib.Path(tempfile.mkdtemp())
    probe("hazards", str(folder))
    print("| archive | GNU tar -tv | Python tarfile |\n|---|---|---|")
    for archive in sorted(folder.glob("*.tar")):
        print(f"| {archive.stem} | {gnu_sees(archive)} | {python_sees(archive)} |")
    shutil.rmtree(folder)


if __name__ == "__main__":
    PROBE = sys.argv.pop(1)
    if sys.argv[1:] == ["--table"]:
        table()
    else:
        unittest.main()
