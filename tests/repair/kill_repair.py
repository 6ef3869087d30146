"""Metadata set in place, and the process killed while it was at it: no tensor is ever lost.

    python3 kill_repair.py PROGRAM

Killed at random moments and in made-up states between the steps, on the file system of the temporary folder and in
memory (/dev/shm, which cannot make room in files). The next repair must find a whole file, and leave nothing beside it.
"""
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

RANDOM = random.Random(3)


def write(path, megabytes):
    data = RANDOM.randbytes(megabytes << 20)
    header = {"__metadata__": {"format": "pt"}, "w": {"dtype": "U8", "shape": [len(data)], "data_offsets": [0, len(data)]}}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return data


def read(path):
    blob = path.read_bytes()
    size = struct.unpack("<Q", blob[:8])[0]
    return json.loads(blob[8:8 + size])["__metadata__"], blob[8 + size:]


def arguments(program, path, metadata):
    return [program, "convert", path] + [word for pair in metadata.items() for word in ("--set-metadata", "=".join(pair))]


def check(program, path, data, metadata):
    done = subprocess.run(arguments(program, path, metadata), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    found, content = read(path)
    assert content == data, "the tensors are not what they were"
    assert all(found[key] == value for key, value in metadata.items()), found
    assert os.listdir(path.parent) == [path.name], os.listdir(path.parent)
    return done.stdout


def undo_record(path, growth):
    blob = path.read_bytes()
    head = blob[:8 + struct.unpack("<Q", blob[:8])[0]]
    record = b"weighlock undo 1\n" + struct.pack("<QQQ", len(blob), growth, len(head)) + head
    (path.parent / f".{path.name}.weighlock-undo").write_bytes(record)


def states(program, folder):
    """What a death between two steps leaves."""
    path = folder / "model.safetensors"
    for header in (b"", b"garbage", b"x" * 60):
        data = write(path, 1)
        undo_record(path, 0)
        with open(path, "r+b") as file:
            file.write(header)
        check(program, path, data, {"format": "np"})
    for header in (b"", b"garbage over the first bytes"):
        data = write(path, 1)
        undo_record(path, 4096)
        inserted = subprocess.run(["fallocate", "--insert-range", "--offset", "0", "--length", "4096", path],
                                  stderr=subprocess.DEVNULL)
        if inserted.returncode != 0:
            (path.parent / f".{path.name}.weighlock-undo").unlink()
            continue
        with open(path, "r+b") as file:
            file.write(header)
        check(program, path, data, {"format": "np", "license": "x" * 300})
    # A record that does not fit the file is no reason to touch it.
    data = write(path, 1)
    undo_record(path, 0)
    with open(path, "ab") as file:
        file.write(b"more")
    before = path.read_bytes()
    done = subprocess.run(arguments(program, path, {"a": "b"}), stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and "undo record" in done.stderr, done
    assert path.read_bytes() == before
    (path.parent / f".{path.name}.weighlock-undo").unlink()
    path.unlink()


def kills(program, folder, rounds):
    path, ways = folder / "model.safetensors", set()
    data = write(path, 8)
    start = time.perf_counter()
    ways.add(check(program, path, data, {"first": "1"}).split(": ")[1])
    took = time.perf_counter() - start
    for i in range(rounds):
        # Longer every time, so that each must make room again.
        metadata = {f"key{i}": "v" * RANDOM.choice([1, 5000])}
        process = subprocess.Popen(arguments(program, path, metadata), stdout=subprocess.DEVNULL)
        time.sleep(RANDOM.random() * took * 1.3)
        process.kill()
        process.wait()
        ways.add(check(program, path, data, metadata).split(": ")[1].strip())
    return ways


def main():
    program = os.path.realpath(sys.argv[1])
    for parent in (None, "/dev/shm"):
        if parent and not os.access(parent, os.W_OK):
            continue
        folder = pathlib.Path(tempfile.mkdtemp(dir=parent))
        try:
            states(program, folder)
            ways = kills(program, folder, 60)
            print(f"{folder.parent}: whole after every kill; {len(ways)} ways seen")
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
