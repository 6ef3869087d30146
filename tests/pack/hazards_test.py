"""What unpackers do with archives that mean harm, or meet something that is there.

    hazards_test.py PROGRAM            our columns must be as promised
    hazards_test.py PROGRAM --table    all columns, in Markdown (docs/packaging.md)

Every archive is made here and holds a few harmless bytes. Each is unpacked in a folder of its own,
beside a folder that nobody may touch.
"""
import gzip
import io
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import warnings
import zipfile
import zlib

warnings.simplefilter("ignore")  # zipfile warns of the names that are there twice on purpose
PYTHON = sys.executable
PYTHON_TAR = "import sys, tarfile; t = tarfile.open(sys.argv[1]); t.extractall(sys.argv[2]{})"
PYTHON_ZIP = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])"


def tar(*members, raw=b""):
    """A plain tar of (name, what) with bytes for files; or ready TarInfos."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, what in members:
            info = what if isinstance(what, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.name = name
            content = what if isinstance(what, bytes) else b""
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue() + raw


def info(kind, linkname="", mode=0o644):
    made = tarfile.TarInfo()
    made.type, made.linkname, made.mode = kind, linkname, mode
    made.devmajor, made.devminor = 1, 3
    return made


def zip_of(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content, mode in members:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return out.getvalue()


def sparse(name, content, size):
    """A member of GNU's old sparse form: `content` at the beginning of `size` bytes."""
    block = bytearray(info(tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT))
    number = lambda n: b"%011o\0" % n
    block[0:len(name)] = name.encode()
    block[124:136] = number(len(content))
    block[386:434] = number(0) + number(len(content)) + number(size) + number(0)
    block[483:495] = number(size)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + content + b"\0" * (-len(content) % 512)


def bomb(size):
    """A gzip of a tar of `size` zeros, most of it one packed megabyte again and again."""
    head = info(tarfile.REGTYPE)
    head.name, head.size = "zeros", size
    zeros = b"\0" * (1 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(head.tobuf(tarfile.USTAR_FORMAT)) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    crc = zlib.crc32(head.tobuf(tarfile.USTAR_FORMAT))
    for _ in range(size >> 20):
        crc = zlib.crc32(zeros, crc)
    crc = zlib.crc32(zeros[:10240], crc)
    last = packer.compress(zeros[:10240]) + packer.flush()
    trailer = struct.pack("<II", crc, (512 + size + 10240) & 0xFFFFFFFF)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + first + piece * (size >> 20) + last + trailer


def zip_parts(archive):
    """(bytes up to the directory, its records)."""
    count, size, offset = struct.unpack("<HII", archive[-12:-2])
    records, at = [], offset
    for _ in range(count):
        name, extra, comment = struct.unpack("<HHH", archive[at + 28:at + 34])
        end = at + 46 + name + extra + comment
        records.append(archive[at:end])
        at = end
    return archive[:offset], records


def zip_from(body, records):
    directory = b"".join(records)
    return body + directory + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(records), len(records),
                                          len(directory), len(body), 0)


def unlisted():
    body, records = zip_parts(zip_of(("a", "1", 0o100644), ("b", "2", 0o100644)))
    return zip_from(body, records[:1])


def overlapping():
    """`b` lies within the content of `a`."""
    inner, inner_records = zip_parts(zip_of(("b", "2", 0o100644)))
    body, records = zip_parts(zip_of(("a", inner, 0o100644)))
    second = bytearray(inner_records[0])
    second[42:46] = struct.pack("<I", body.index(inner))
    return zip_from(body, records + [bytes(second)])


def two_names():
    """`a` in the directory, `b` where it lies."""
    body, records = zip_parts(zip_of(("a", "1", 0o100644)))
    return zip_from(body[:30] + b"b" + body[31:], records)


def wrong_checksum():
    body, records = zip_parts(zip_of(("a", "1", 0o100644)))
    return zip_from(body[:-1] + b"2", records)


def pax_tar(headers, *members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers) as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def cases(outside):
    """(name, ending, archive, what is there before, what we promise: "refused" or "done")."""
    plain = {"config.json": b"mine"}
    yield "a file of that name is there", "tar", tar(("config.json", b"theirs"), ("new", b"1")), plain, "refused"
    yield "the same name twice", "tar", tar(("a", b"first"), ("a", b"second")), {}, "refused"
    yield "`Model.bin`, `model.bin`", "tar", tar(("Model.bin", b"1"), ("model.bin", b"2")), {}, "refused"
    yield "`a`, then `a/b`", "tar", tar(("0", b"0"), ("a", b"1"), ("a/b", b"2")), {}, "refused"
    yield "`../x`", "tar", tar(("0", b"0"), ("../outside/x", b"1")), {}, "refused"
    yield "an absolute name", "tar", tar(("0", b"0"), (f"{outside}/x", b"1")), {}, "refused"
    yield "a link, and a file through it", "tar", tar(("d", info(tarfile.SYMTYPE, str(outside))), ("d/x", b"1")), {}, "refused"
    yield "a link is there, a file through it", "tar", tar(("d/x", b"1")), {"d": outside}, "refused"
    yield "a hard link to elsewhere, and its content", "tar", tar(("h", info(tarfile.LNKTYPE, f"{outside}/victim")), ("h", b"changed")), {}, "refused"
    yield "a FIFO", "tar", tar(("0", b"0"), ("p", info(tarfile.FIFOTYPE))), {}, "refused"
    yield "a device", "tar", tar(("0", b"0"), ("d", info(tarfile.CHRTYPE))), {}, "refused"
    yield "mode 6755", "tar", tar(("a", info(tarfile.REGTYPE, mode=0o6755))), {}, "done"
    yield "cut off", "tar", tar(("a", b"1"), ("b", b"2" * 2000))[:2000], {}, "refused"
    yield "a second archive behind the first", "tar", tar(("a", b"1"), raw=tar(("b", b"2"))), {}, "refused"
    yield "bytes behind the gzip", "tar.gz", gzip.compress(tar(("a", b"1")), mtime=0) + b"more", {}, "refused"
    yield "two gzip members", "tar.gz", gzip.compress(tar(("a", b"1"))[:512], mtime=0) + gzip.compress(tar(("a", b"1"))[512:], mtime=0), {}, "done"
    yield "more than a GiB of zeros in a MiB", "tar.gz", bomb(1100 << 20), {}, "refused"
    yield "names that differ in Unicode form only", "tar", tar(("caf\u00e9", b"1"), ("cafe\u0301", b"2")), {}, "refused"
    yield "a sparse file", "tar", sparse("a", b"1", 1 << 20) + tar(), {}, "refused"
    yield "a PAX name for all that follow", "tar", pax_tar({"path": "x"}, ("a", b"1"), ("b", b"2")), {}, "refused"
    yield "zip: the same name twice", "zip", zip_of(("a", "1", 0o100644), ("a", "2", 0o100644)), {}, "refused"
    yield "zip: `../x`", "zip", zip_of(("0", "0", 0o100644), ("../outside/x", "1", 0o100644)), {}, "refused"
    yield "zip: a link, and a file through it", "zip", zip_of(("d", str(outside), 0o120777), ("d/x", "1", 0o100644)), {}, "refused"
    yield "zip: a file that the directory does not list", "zip", unlisted(), {}, "refused"
    yield "zip: a file within another", "zip", overlapping(), {}, "refused"
    yield "zip: another name in the directory", "zip", two_names(), {}, "refused"
    yield "zip: a wrong checksum", "zip", wrong_checksum(), {}, "refused"
    yield "zip: a file of that name is there", "zip", zip_of(("config.json", "theirs", 0o100644)), plain, "refused"


def ours(program):
    return {"weighlock unpack --into": lambda path, to: [program, "unpack", path, to, "--into"]}


def others():
    columns = {
        "GNU tar": lambda path, to: ["tar", "xf", path, "-C", to],
        "GNU tar -k": lambda path, to: ["tar", "xkf", path, "-C", to],
        "bsdtar": lambda path, to: ["bsdtar", "xf", path, "-C", to],
        "bsdtar -k": lambda path, to: ["bsdtar", "xkf", path, "-C", to],
        "unzip -o": lambda path, to: ["unzip", "-qqo", path, "-d", to],
        "Python": lambda path, to: [PYTHON, "-c", PYTHON_ZIP if path.endswith("zip") else PYTHON_TAR.format(""), path, to],
    }
    knows = subprocess.run([PYTHON, "-c", "import tarfile; tarfile.data_filter"], stderr=subprocess.DEVNULL)
    if knows.returncode == 0:
        columns["Python, filter='data'"] = lambda path, to: [PYTHON, "-c", PYTHON_TAR.format(", filter='data'"), path, to]
    return columns


def fits(column, ending):
    if ending == "zip":
        return column.startswith(("weighlock", "bsdtar", "unzip")) or column == "Python"
    return column != "unzip -o"


def tree(path):
    found = {}
    for p in sorted(path.rglob("*")):
        name = p.relative_to(path).as_posix()
        if p.is_symlink():
            found[name] = f"-> {os.readlink(p)}"
        elif p.is_file():
            found[name] = p.read_bytes()
        else:
            found[name] = "folder" if p.is_dir() else "special"
    return found


def contents(path):
    """What a patient reader finds in the archive, whatever is wrong with it: [(name, content)]."""
    if path.suffix == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                return [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
        except zipfile.BadZipFile:
            return []
    found = []
    try:
        with tarfile.open(path, ignore_zeros=True) as archive:
            for member in archive:
                found.append((member.name, archive.extractfile(member).read() if member.isreg() else b""))
    except (tarfile.TarError, EOFError, OSError):
        pass
    return found


def done_how(after, members):
    """How an unpacker that found nothing to say treated the members."""
    one_form = lambda name: unicodedata.normalize("NFC", name)
    for name, _ in members:
        versions = [content for other, content in members if one_form(other) == one_form(name)]
        there = [content for other, content in after.items() if one_form(other) == one_form(name)]
        if len(versions) > 1 and len(there) == 1:
            return "**the last wins**" if there[0] == versions[-1] else "**the first wins**"
    if all(after.get(name) == content for name, content in members):
        return "done"
    names = [name for name, _ in members]
    if all(after.get(name) == content for name, content in members if name in after):
        known = len([name for name in names if name in after])
        renamed = len(after) > known
        return "under another name" if renamed else "**a part of it, without a word**"
    return "**kept, without a word**"


def outcome(ending, archive, there, command, root):
    """What became of it, in a few words."""
    outside, to = root / "outside", root / "to"
    for folder in (outside, to):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    (outside / "victim").write_bytes(b"precious")
    for name, what in there.items():
        (to / name).write_bytes(what) if isinstance(what, bytes) else (to / name).symlink_to(what)
    path = root / f"archive.{ending}"
    path.write_bytes(archive)
    members = contents(path)
    before = tree(to)
    done = subprocess.run(command(str(path), str(to)), capture_output=True, cwd=root,
                          env=os.environ | {"LC_ALL": "C.UTF-8"})
    after = tree(to)
    words = []
    if tree(outside) != {"victim": b"precious"}:
        words.append("**writes elsewhere**")
    if any(after.get(name) != before[name] for name in before):
        words.append("**overwrites**")
    new = [name for name in after if name not in before]
    special = [name for name in new if after[name] == "special"]
    if special:
        words.append("creates it")
    if any((to / name).is_file() and (to / name).lstat().st_mode & 0o6000 for name in new):
        words.append("set-id kept")
    if done.returncode != 0:
        words.append("error, half unpacked" if new else "refused")
    elif not words:
        words.append(done_how(after, members))
    return ", ".join(words)


def main():
    program = os.path.abspath(sys.argv[1])
    table = "--table" in sys.argv
    columns = ours(program) | (others() if table else {})
    wrong = []
    if table:
        print("| archive | " + " | ".join(columns) + " |")
        print("|---" * (len(columns) + 1) + "|")
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, ending, archive, there, promised in cases(root / "outside"):
            row = [outcome(ending, archive, there, command, root) if fits(column, ending) else ""
                   for column, command in columns.items()]
            if row[0] != promised:
                wrong.append(f"{name}: {row[0]}, promised: {promised}")
            if table:
                print(f"| {name} | " + " | ".join(row) + " |")
    print("\n".join(wrong), end="\n" if wrong else "")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
