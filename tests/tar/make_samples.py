#!/usr/bin/env python3
"""Writes the small good archives of tests/data/tar/good, by GNU tar and by Python's tarfile.

Committed, so that cutting and bit-flipping them needs no other tool; run again only to add one.
"""
import io
import pathlib
import subprocess
import tarfile
import tempfile

GOOD = pathlib.Path(__file__).resolve().parent.parent / "data/tar/good"
FILES = {"config.json": b"{}\n", "code/inference.py": b"import os\n"}
LONG = "d" * 70 + "/" + "e" * 40 + "/weights.bin"
FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def gnu_tar():
    for form in ("v7", "ustar", "gnu", "posix"):
        with tempfile.TemporaryDirectory() as folder:
            files = FILES if form == "v7" else FILES | {LONG: b"12345"}
            for name, content in files.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            # -b1: only the two zero blocks at the end, so that there is little to flip in vain.
            subprocess.run(["tar", f"--format={form}", "-b1", "--sort=name", "--owner=0",
                            "--group=0", "--mtime=@1700000000.5", "-C", folder, "-cf",
                            GOOD / f"gnu_tar_{form}.tar", "./"], check=True)


def python():
    for form, number in FORMATS.items():
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=number) as tar:
            for name, content in (FILES | {LONG: b"12345"}).items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        cut = len(out.getvalue().rstrip(b"\0")) + 511  # the last block, then the two of the end
        (GOOD / f"python_{form}.tar").write_bytes(out.getvalue()[: cut // 512 * 512 + 1024])


def git():
    with tempfile.TemporaryDirectory() as folder:
        run = ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org"]
        pathlib.Path(folder, "config.json").write_bytes(b"{}\n")
        subprocess.run([*run, "init", "-q"], check=True)
        subprocess.run([*run, "add", "."], check=True)
        subprocess.run([*run, "commit", "-qm", "a"], check=True)
        done = subprocess.run([*run, "archive", "--format=tar", "HEAD"], check=True,
                              capture_output=True)
        (GOOD / "git_archive.tar").write_bytes(done.stdout)


if __name__ == "__main__":
    GOOD.mkdir(parents=True, exist_ok=True)
    gnu_tar()
    python()
    git()
