"""Models of gradient boosting in their own binary forms: harmless() yields (name, bytes), evil()
(name, bytes, least level)."""
import struct

import recorded_samples


def count(number):
    return b"L" + struct.pack(">q", number)


def word(value):
    return count(len(value)) + value.encode()


def ubjson(value):
    """As XGBoost writes it: keys and texts with a count of eight bytes, numbers in arrays of a type."""
    if isinstance(value, dict):
        return b"{" + b"".join(word(key) + ubjson(item) for key, item in value.items()) + b"}"
    if isinstance(value, str):
        return b"S" + word(value)
    if isinstance(value, list) and all(isinstance(item, float) for item in value):
        return b"[$d#" + count(len(value)) + struct.pack(f">{len(value)}f", *value)
    if isinstance(value, list):
        return b"[#" + count(len(value)) + b"".join(map(ubjson, value))
    return b"T" if value is True else count(value)


TREES = {"learner": {"attributes": {}, "feature_names": [], "gradient_booster": {"model": {"trees": [{"base_weights": [0.5, 1.5], "id": 0}]}},
                     "objective": {"name": "reg:squarederror", "scaled": True}}, "version": [3, 2, 0]}


def catboost(version=b"FlabuffersModel_v1", parts=b""):
    """A table of FlatBuffers with a version and, if wanted, names of parts that follow it."""
    names = struct.pack("<HHHHHH", 12, 12, 4, 0, 0, 8 if parts else 0)  # their bytes, those of the root, then where each field stands in it
    root = struct.pack("<iII", 12, 8, 28)  # back to the names; where the text stands, and the parts
    text = struct.pack("<I", len(version)) + version.ljust(20, b"\0")
    table = struct.pack("<I", 16) + names + root + text + parts
    return b"CBM1" + struct.pack("<I", len(table)) + table


def packed(value):
    """MessagePack of small maps, texts, bytes and truths."""
    if isinstance(value, dict):
        return bytes([0x80 + len(value)]) + b"".join(packed(key) + packed(item) for key, item in value.items())
    if isinstance(value, str):
        return bytes([0xA0 + len(value)]) + value.encode()
    if isinstance(value, bytes):
        return bytes([0xC4, len(value)]) + value
    return b"\xc3" if value else b"\xc2"


def harmless():
    yield "boosters/spacy/tokenizer", packed({"exceptions": {"a.m.": {"norm": "am"}}, "faster": True})
    yield "boosters/xgboost.ubj", ubjson(TREES)
    yield "boosters/catboost.cbm", catboost()


def evil():
    pickled = b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R."
    model = ubjson(TREES)
    # msgpack-numpy unpickles the bytes of what it marks so.
    for key, kind in (("kind", "O"), (b"kind", b"O")):
        for name in ("objects.msgpack", "model"):
            yield name, packed({"x": {"nd": True, key: kind, "data": b"cos\nsystem\n(Vtrue\ntR."}}), "critical"
    yield "behind.ubj", model + pickled, "inconclusive"
    yield "cut.ubj", model[:-9], "inconclusive"
    yield "deep.ubj", b"{" + b"".join(word("a") + b"{" for _ in range(5000)), "inconclusive"
    yield "endless.ubj", b"{" + word("a") + b"[$D#L" + b"\x7f" + b"\xff" * 7 + b"}", "inconclusive"
    yield "below-zero.ubj", b"{L" + b"\xff" * 8 + b"}", "inconclusive"
    yield "behind.cbm", catboost() + pickled, "inconclusive"
    yield "parts.cbm", catboost(parts=struct.pack("<I", 1) + bytes(4)) + pickled, "inconclusive"
    yield "version.cbm", catboost(b"FlabuffersModel_v9"), "inconclusive"
    yield "cut.cbm", catboost()[:20], "inconclusive"
    yield "outside.cbm", catboost()[:8] + b"\xff\xff\xff\x7f" + catboost()[12:], "inconclusive"
    # Statistics of categories, as recorded.
    model = next(data for name, data in recorded_samples.harmless() if name.endswith("categories.cbm"))
    size = 8 + struct.unpack_from("<I", model, 4)[0]
    yield "statistics/behind.cbm", model + pickled, "inconclusive"
    yield "statistics/cut.cbm", model[:-1], "inconclusive"
    yield "statistics/more.cbm", model[:size] + struct.pack("<I", 9) + model[size + 4:], "inconclusive"
    yield "statistics/none.cbm", model[:size], "inconclusive"
    yield "statistics/long.cbm", model[:size + 4] + b"\xff\xff\xff\x7f" + model[size + 8:], "inconclusive"
    yield "statistics/outside.cbm", model[:size + 8] + b"\xff\xff\xff\x7f" + model[size + 12:], "inconclusive"
    yield "statistics/other.cbm", model.replace(b"static_provider_v1", b"static_provider_v9"), "inconclusive"
