"""Tars whose entries unpackers take differently, and members under names that deceive: harmless() yields (name, bytes),
evil() (name, bytes, least level)."""
import gzip
import io
import struct
import tarfile
import zipfile

EVIL = b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R."
TEXT_EVIL = b"cos\nsystem\n(Vtrue\ntR."
LINK = dict(type=tarfile.SYMTYPE, linkname="a.txt")


def entry(name, data=b"", size=None, **fields):
    """One entry as it stands in a tar, of a size that may be a lie."""
    info = tarfile.TarInfo(name)
    info.size = len(data) if size is None else size
    for key, value in fields.items():
        setattr(info, key, value)
    head = info.tobuf(tarfile.PAX_FORMAT)
    return head + data + bytes(-len(data) % 512)


def pax(kind, **records):
    """An extended header of the kind "x" or "g"."""
    data = b""
    for key, value in records.items():
        body = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(body) + 1
        while len(str(length)) + len(body) != length:
            length = len(str(length)) + len(body)
        data += str(length).encode() + body
    return entry("pax", data, type=kind.encode())


def v7(data):
    """One entry as Unix V7 wrote it: without magic, owners' names and devices."""
    head = bytearray(data[:257] + bytes(255))
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + data[512:]


def long_name(kind, text):
    return entry("././@LongLink", text.encode() + b"\0", type=kind.encode())


END = bytes(1024)
FIRST = entry("a.txt", b"words\n") + entry("b.txt", **LINK)  # what the strict reader refuses comes first


def sparse_text():
    """Raw, it is a text; put together by its map, the second half alone."""
    head = b"1\n0\n%d\n" % len(TEXT_EVIL)
    return head + b"\n" * (512 - len(head)) + TEXT_EVIL


def tars_evil():
    yield "kind-unknown", entry("a.pkl", EVIL, type=b"Z") + END, "critical"
    yield "kind-label", FIRST + entry("a.pkl", EVIL, type=b"V") + END, "critical"
    yield "kind-other", entry("a.txt", b"x", type=b"Q") + END, "high"
    yield "target-pax", pax("x", linkpath="/etc") + entry("a", **LINK) + END, "high"
    yield "target-gnu", long_name("K", "/etc") + entry("a", **LINK) + END, "high"
    yield "target-global", pax("g", linkpath="/etc") + entry("a", **LINK) + END, "high"
    yield "target-solaris", pax("X", linkpath="../../x") + entry("a", **LINK) + END, "high"
    yield "target-beside-others", pax("x", linkpath="/etc", SCHILY__xattr__user__a="b") + entry("a", **LINK) + END, "high"
    hidden = entry("b.pkl", EVIL)
    yield "size-pax", FIRST + pax("x", size=0) + entry("c.txt", hidden) + END, "high"
    yield "size-global", FIRST + pax("g", size=0) + entry("c.txt", hidden) + END, "high"
    yield "size-folder", FIRST + entry("c", hidden, type=tarfile.DIRTYPE) + END, "high"
    yield "size-link", FIRST + entry("c", hidden, type=tarfile.LNKTYPE, linkname="a.txt") + END, "high"
    yield "header-none", FIRST + b"x" * 512 + hidden + END, "critical"
    yield "header-only", FIRST + b"x" * 512 + END, "inconclusive"
    yield "header-large", FIRST + entry("pax", bytes(2 << 20), type=b"x") + hidden + END, "inconclusive"
    yield "map", pax("x", GNU__sparse__major=1, GNU__sparse__minor=0, GNU__sparse__name="b.pkl", GNU__sparse__realsize=len(TEXT_EVIL)) + entry("a.txt", sparse_text()) + END, "inconclusive"
    yield "name-beside-others", FIRST + pax("x", path="../../x", acme__key="y") + entry("c.txt", b"x") + END, "high"
    yield "v7", v7(entry("a.pkl", EVIL)) + END, "critical"
    yield "owner", entry("run", b"words\n", mode=0o4755) + END, "medium"


def zip_of(*names, content=b"words\n"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return out.getvalue()


def directory_of(data):
    """Where the directory of a zip begins."""
    return struct.unpack("<I", data[-6:-2])[0]


def with_unlisted(data, unlisted):
    """A zip with bytes before its directory that belong to no member."""
    at = directory_of(data)
    return data[:at] + unlisted + data[at:-6] + struct.pack("<IH", at + len(unlisted), 0)


def evil():
    for label, data, least in tars_evil():
        yield f"{label}.tar", data, least
        yield f"{label}.tar.gz", gzip.compress(data), least
    for label, name in (("turned", "a\u202egpj.txt"), ("unseen", "con\u200bfig.txt"), ("device", "aux.txt"), ("dot", "config.json."), ("blank", "a.txt "), ("stream", "a.txt:x.txt")):
        yield f"{label}.zip", zip_of(name), "medium"
    hidden = zip_of("model.bin", content=EVIL)
    yield "unlisted-member.zip", with_unlisted(zip_of("config.txt"), hidden[: directory_of(hidden)]), "critical"
    yield "unlisted-bytes.zip", with_unlisted(zip_of("config.txt"), EVIL), "critical"


def harmless():
    yield "archives/long.tar", long_name("L", "a" * 120 + ".txt") + entry("a" * 100, b"words\n") + END
    yield "archives/padded.zip", with_unlisted(zip_of("a.txt"), bytes(64))
    yield "archives/v7.tar", v7(entry("b.txt", b"words\n")) + END
    yield "archives/top.tar", entry("/", type=tarfile.DIRTYPE) + entry("b.txt", b"words\n") + END
    yield "archives/pax.tar", pax("g", comment="abc") + pax("x", path="b.txt", mtime="1.5") + entry("b.txt", b"words\n") + END
    yield "archives/names.zip", zip_of("auxiliary.txt", "console.log", "a b/c.d.txt", "\u65e5\u672c.txt", "caf\u00e9.txt", "nul/x.txt".replace("nul", "null"))
