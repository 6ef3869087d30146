"""Arrow, Parquet, MATLAB's arrays, bitmaps and icons, put together byte by byte: harmless() yields (name, bytes), evil()
(name, bytes, least level).

tests/scan/recorded_samples.py has some that pyarrow and scipy wrote.
"""
import base64
import struct
import zlib

EXTENSION = b"\x18\0\0\0ARROW:extension:name\0\0\0\0\x18\0\0\0arrow.py_extension_type\0"
EVIL = b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R."


def flat(fields, more=b""):
    """A table of FlatBuffers: (size, value) a field, size 0 where it has none."""
    places, body = [], b""
    for size, value in fields:
        body += bytes(-(len(body) + 4) % max(size, 1))
        places.append(len(body) + 4 if size else 0)
        body += value.to_bytes(size, "little")
    names = struct.pack("<HH", 4 + 2 * len(fields), 4 + len(body)) + b"".join(struct.pack("<H", place) for place in places)
    names += bytes(-len(names) % 4)
    return struct.pack("<I", 4 + len(names)) + names + struct.pack("<i", len(names)) + body + more


def message(kind, body=b"", more=b""):
    """Message { version, header type, header, bodyLength }, and what it is of."""
    head = flat([(2, 4), (1, kind), (0, 0), (8, len(body))], more)
    head += bytes(-len(head) % 8)
    return b"\xff\xff\xff\xff" + struct.pack("<I", len(head)) + head + body


END = b"\xff\xff\xff\xff\0\0\0\0"


def arrow(more=b"", footer=None):
    foot = flat([(2, 4)], more) if footer is None else footer
    return b"ARROW1\0\0" + message(1, more=more) + message(3, bytes(16)) + END + foot + struct.pack("<I", len(foot)) + b"ARROW1"


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def thrift(*fields):
    """A struct: (number, type, bytes) a field, numbers ascending."""
    out, last = b"", 0
    for number, kind, value in fields:
        out, last = out + bytes([(number - last) << 4 | kind]) + value, number
    return out + b"\0"


def number(value):
    return varint(value << 1)


def listed(kind, *items):
    return bytes([len(items) << 4 | kind]) + b"".join(items)


def word(value):
    return varint(len(value)) + value


def parquet(pages=b"pages...", at=4, schema=b"", path=None):
    column = thrift((1, 5, number(1)), (4, 5, number(0)), (7, 6, number(len(pages))), (9, 6, number(at)))
    chunk = thrift(*([(1, 8, word(path))] if path else []), (2, 6, number(at)), (3, 12, column))
    group = thrift((1, 9, listed(12, chunk)), (2, 6, number(len(pages))), (3, 6, number(1)))
    pairs = listed(12, thrift((1, 8, word(b"ARROW:schema")), (2, 8, word(base64.b64encode(schema + bytes(30))))))
    footer = thrift((1, 5, number(1)), (2, 9, listed(12, thrift((4, 8, word(b"schema"))))), (3, 6, number(1)), (4, 9, listed(12, group)), (5, 9, pairs))
    return b"PAR1" + pages + footer + struct.pack("<I", len(footer)) + b"PAR1"


def matlab(*elements, order=b"IM"):
    end = "<" if order == b"IM" else ">"
    head = b"MATLAB 5.0 MAT-file, made by a test".ljust(124) + struct.pack(end + "H", 0x0100) + order
    return head + b"".join(struct.pack(end + "II", kind, len(data)) + data + bytes(-len(data) % 8 if kind != 15 else 0) for kind, data in elements)


def bitmap(width=3, height=2, padding=b""):
    pixels = bytes((width * 3 + 3) // 4 * 4 * height)
    return b"BM" + struct.pack("<IIIIiiHHIIiiII", 54 + len(pixels) + len(padding), 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0) + pixels + padding


def icon(*pictures):
    at, entries = 6 + 16 * len(pictures), b""
    for picture in pictures:
        entries += struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(picture), at)
        at += len(picture)
    return struct.pack("<HHH", 0, 1, len(pictures)) + entries + b"".join(pictures)


def harmless():
    yield "tables/frame.arrow", arrow()
    yield "tables/frame.feather", arrow()
    yield "tables/stream/data-00000-of-00001.arrow", message(1) + message(3, bytes(8)) + END
    yield "tables/unended/data-00000-of-00001.arrow", message(1) + message(3, bytes(8))
    yield "tables/train.parquet", parquet()
    yield "tables/arrays.mat", matlab((14, bytes(17)), (15, zlib.compress(bytes(64))))
    yield "tables/swapped.mat", matlab((14, bytes(16)), order=b"MI")
    yield "tables/picture.bmp", bitmap()
    yield "tables/padded.bmp", bitmap(padding=bytes(2))
    yield "tables/favicon.ico", icon(b"one", b"two")


def evil():
    yield "typed.arrow", arrow(EXTENSION), "high"
    yield "typed/data-00000-of-00001.arrow", message(1, more=EXTENSION) + END, "high"
    yield "typed.parquet", parquet(schema=message(1, more=EXTENSION)), "high"
    for label, data in (("frame.arrow", arrow()), ("train.parquet", parquet()), ("arrays.mat", matlab((14, bytes(16)))), ("picture.bmp", bitmap()), ("favicon.ico", icon(b"one"))):
        for cut in (1, 7):
            yield f"cut-{cut}/{label}", data[:-cut], "inconclusive"
        yield f"behind/{label}", data + EVIL, "inconclusive"
    yield "behind.arrow", message(1) + END + EVIL, "inconclusive"
    yield "between.parquet", parquet(pages=EVIL, at=4 + len(EVIL)), "inconclusive"
    yield "hidden.parquet", b"PAR1" + EVIL + parquet(pages=b"12345678", at=4 + len(EVIL))[4:], "critical"
    yield "elsewhere.parquet", parquet(path=b"/etc/passwd"), "inconclusive"
    yield "footer.arrow", arrow(footer=b"\xff\xff\xff\x7f"), "inconclusive"
    yield "element.mat", matlab((9, bytes(8))), "inconclusive"
    yield "overlap.ico", icon(b"one")[:18] + struct.pack("<I", 6) + b"one", "inconclusive"
