"""Links in folders and archives: which lead out, which give other files the names of code, which are harmless.

    links_test.py PROGRAM
"""
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

SOFT, HARD = tarfile.SYMTYPE, tarfile.LNKTYPE

# Links of a folder and what they lead to; the worst finding, and whether all of it was judged.
FOLDERS = [
    ({"a.json": "config.json"}, None, True),
    ({"latest": "checkpoint-1"}, "info", True),
    ({"up": "."}, "info", True),
    ({"x.txt": "{out}/x.txt"}, "medium", True),
    ({"z.zip": "{out}/z.zip"}, "medium", True),  # whose members are files of the report, too
    ({"sub": "{out}"}, "medium", False),
    ({"code": "checkpoint-1"}, "medium", True),
    ({".vscode": "checkpoint-1"}, "medium", True),
    ({"torch": "checkpoint-1"}, "high", True),
    ({"json.py": "config.json"}, "high", True),
    ({"gone": "missing"}, "inconclusive", False),
    ({"self": "self"}, "inconclusive", False),
]

# Members of an archive, in their order: content, or the kind of a link and its target; the worst finding.
ARCHIVES = [
    ([("a.json", b"{}"), ("b.json", (SOFT, "a.json"))], "medium"),
    ([("blobs/ab", b"{}"), ("snapshots/r/config.json", (SOFT, "../../blobs/ab"))], "medium"),
    ([("a.json", b"{}"), ("./b.json", (HARD, "./a.json"))], "medium"),
    ([("a.json", b"{}"), ("b.json", (HARD, "c.json"))], "high"),
    ([("a.json", b"{}"), ("b.json", (HARD, "../a.json"))], "high"),
    ([("a.json", b"{}"), ("b.json", (SOFT, "../a.json"))], "high"),
    ([("a.json", b"{}"), ("d/b.json", (SOFT, "../x/../../a.json"))], "high"),
    ([("a.json", b"{}"), ("b", (SOFT, "/etc"))], "high"),
    ([("a.json", b"{}"), ("b", (SOFT, "C:\\x"))], "high"),
    ([("a", (SOFT, ".")), ("b", (SOFT, "a/../x"))], "high"),
    ([("a", (SOFT, ".")), ("a/b", (SOFT, "../x"))], "high"),
    ([("a.txt", b"import os\n"), ("code/json.py", (SOFT, "../a.txt"))], "high"),
    ([("a.txt", b"import os\n"), ("run.py", (HARD, "a.txt"))], "high"),
    ([("x/__init__.txt", b""), ("code/torch", (SOFT, "../x"))], "high"),
]


def tar_of(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content
                archive.addfile(info)
    return out.getvalue()


def zip_of(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (0o120777 if isinstance(content, tuple) else 0o100644) << 16
            archive.writestr(info, content[1] if isinstance(content, tuple) else content)
    return out.getvalue()


def scan(program, path):
    done = subprocess.run([program, "scan", "--all", "--format", "json", path], capture_output=True, timeout=60)
    report = json.loads(done.stdout)
    worst = next((f["level"] for f in report["findings"] if f["rule"] != "WL-S-402"), None)
    return worst, report["coverage"] == "complete"


def folders(program, root):
    out = root / "out"
    out.mkdir()
    (out / "x.txt").write_text("x")
    (out / "z.zip").write_bytes(zip_of([("a.txt", b"x")]))
    for number, (links, level, is_complete) in enumerate(FOLDERS):
        folder = root / str(number)
        (folder / "checkpoint-1").mkdir(parents=True)
        for name in ("config.json", "checkpoint-1/a.json"):
            (folder / name).write_text("{}")
        for name, target in links.items():
            os.symlink(target.format(out=out), folder / name)
        got = scan(program, folder)
        if got != (level, is_complete):
            yield f"{links}: {got}, wanted {level}, {is_complete}"


def archives(program, root):
    for members, level in ARCHIVES:
        packs = [("m.tar.gz", tar_of(members))]
        if not any(content[0] == HARD for _, content in members if isinstance(content, tuple)):
            packs.append(("m.zip", zip_of(members)))
        for name, data in packs:
            (root / name).write_bytes(data)
            got = scan(program, root / name)
            if got[0] != level:
                yield f"{name}, {members}: {got}, wanted {level}"


def main(program):
    with tempfile.TemporaryDirectory() as root:
        failures = [*folders(program, pathlib.Path(root)), *archives(program, pathlib.Path(root))]
    print("\n".join(failures) or "all links told of")
    return 1 if failures else 0


sys.exit(main(sys.argv[1]))
