"""A format within another: harmless() yields (name, bytes), evil() (name, bytes, least level).

What lies there names a layer of code, which nobody loads here, or calls `true`.
"""
import binascii
import gzip
import io
import json
import pickle
import random
import struct
import tarfile
import zipfile

import h5py
import numpy as np
import torch

LAMBDA = {"class_name": "Sequential", "config": {"name": "m", "layers": [
    {"class_name": "Lambda", "config": {"function": ["4wEAAAAAAAAA", None, None]}}]}}
DENSE = {"class_name": "Sequential", "config": {"name": "m", "layers": [{"class_name": "Dense", "config": {"units": 2}}]}}


def hdf5(config, form="earliest", block=0):
    out = io.BytesIO()
    with h5py.File(out, "w", libver=form, userblock_size=block) as file:
        file.attrs["model_config"] = json.dumps(config)
    return out.getvalue()


def zip_of(*members, comment=b"", method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
        archive.comment = comment
    return out.getvalue()


def tar_of(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def keras(config):
    return zip_of(("metadata.json", b"{}"), ("config.json", json.dumps(config)))


def as_zip64(data, start=0):
    """The same zip with its directory told of by records of zip64 alone."""
    record = data[-22:]
    count, size, offset = struct.unpack("<HII", record[10:20])
    at = len(data) - 22
    large = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, start + at, 1)
    return data[:at] + large + locator + record[:8] + b"\xff" * 12 + b"\0\0"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", binascii.crc32(kind + data))


def png(*chunks):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", b"x\x9cc`\0\0\0\2\0\1") + chunk(b"IEND", b"")


def wav(data):
    data += bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", 4 + 8 + len(data)) + b"WAVE" + b"data" + struct.pack("<I", len(data)) + data


def npy(data, room=118):
    head = str({"descr": "|u1", "fortran_order": False, "shape": (len(data),)}).ljust(room - 1) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data


def safetensors(data, room):
    head = json.dumps({"w": {"dtype": "U8", "shape": [len(data)], "data_offsets": [0, len(data)]}})
    return struct.pack("<Q", room - 8) + head.ljust(room - 8).encode() + data


def field(number, data):
    size, left = b"", len(data)
    while left > 127:
        size, left = size + bytes([left & 127 | 128]), left >> 7
    return bytes([number << 3 & 127 | 2 | (128 if number > 15 else 0)]) + (bytes([number >> 4]) if number > 15 else b"") + size + bytes([left]) + data


def external(location):
    """A tensor of ONNX that lies in another file."""
    return field(13, field(1, b"location") + field(2, location))


def onnx(graph=b"", rest=b""):
    return b"\x08\x08" + field(2, b"t") + field(7, graph + field(2, b"g")) + rest


def beside(name, data):
    return zip_of(("model.onnx", onnx(field(5, external(name.encode())))), (name, data))


def storage(data):
    out = io.BytesIO()
    torch.save({"w": torch.tensor(list(data), dtype=torch.uint8)}, out)
    return out.getvalue()


ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHI", 3, 62, 1) + bytes(200)
MACHO = b"\xcf\xfa\xed\xfe" + struct.pack("<III", 0x01000007, 3, 6) + bytes(200)
PE = b"MZ" + bytes(58) + struct.pack("<I", 128) + bytes(64) + b"PE\0\0" + bytes(100)


def harmless():
    yield "hidden/h5-first.tar", tar_of(("model.h5", hdf5(DENSE)), ("a.txt", b"a"))
    yield "hidden/zip-last.tar", tar_of(("a.txt", b"a"), ("model.pt", storage(b"12345678")))
    yield "hidden/keras-only.tar", tar_of(("model.keras", keras(DENSE)))
    yield "hidden/zip64.keras", as_zip64(keras(DENSE))
    yield "hidden/padded.keras", keras(DENSE) + bytes(300)
    yield "hidden/padded64.keras", as_zip64(keras(DENSE)) + bytes(300)
    yield "hidden/stored.zip", zip_of(("model.h5", hdf5(DENSE)), ("model.npz", zip_of(("a.npy", npy(b"abc")))))
    yield "hidden/user-block-of-text.txt", b"signatures: PK\x01\x02 and PK\\5\\6 end zips\n" * 100
    yield "hidden/paper.pdf", b"%PDF-1.4\n" + bytes(range(128, 256)) * 9 + b"\nstartxref\n0\n%%EOF\n"
    yield "hidden/attached.pdf", b"%PDF-1.4\n" + zip_of(("a.txt", b"a")) + b"\nstartxref\n0\n%%EOF\n"
    yield "hidden/icon.png", png(chunk(b"tEXt", b"x" * 2000))
    yield "hidden/sound.wav", wav(b"\1\2" * 4000)
    rng = random.Random(7)
    noise = rng.randbytes(300_000)
    yield "hidden/external.zip", beside("weights.bin", b"\xff\xfe" + noise)
    for at in range(40):  # external data that begins as opcodes do
        first = b"BXTUC8LS\x8c\x8d"[at % 10 : at % 10 + 1]
        yield f"hidden/external-{at}.zip", beside("weights.bin", first + rng.randbytes(3) + bytes([at % 3]) + rng.randbytes(90_000))
    yield "hidden/numbers-of-code.pt", storage(b"\x7fELF" + rng.randbytes(600))
    yield "hidden/numbers-of-dos.pt", storage(b"MZ" + rng.randbytes(600))
    yield "hidden/code-in-the-middle.pt", storage(rng.randbytes(64) + ELF)
    yield "hidden/zip-in-pickle.pkl", pickle.dumps({"archive": zip_of(("a.txt", b"a")), "rest": b"x" * 70_000})
    yield "hidden/train.prototxt", b'layer { name: "Python" type: "Convolution" bottom: "x" }\n'
    for name, data in (("hidden/stored.tar.gz", tar_of(("a.npz", zip_of(("a.npy", npy(noise)))))), ("hidden/stored.npz.gz", zip_of(("a.npy", npy(noise))))):
        yield name, gzip.compress(data)
    yield "hidden/many.npz", zip_of(*((f"a{i}.npy", npy(b"abc")) for i in range(30)))


def user_blocks():
    for form in ("earliest", "latest"):
        bare, based = hdf5(LAMBDA, form), hdf5(LAMBDA, form, 512)[512:]
        yield f"npy.{form}.hdf5", npy(bare, 512 - 10)
        yield f"npy-far.{form}.h5", npy(bare, 4096 - 10)
        yield f"safetensors.{form}.hdf5", safetensors(bare, 1024)
        yield f"safetensors.{form}.safetensors", safetensors(based, 512)
        yield f"pickle.{form}.hdf5", b"\x80\x03B" + struct.pack("<I", 505 + len(bare)) + bytes(505) + bare + b"."
        yield f"pdf.{form}.hdf5", b"%PDF-1.4\n".ljust(512) + based + b"\n%%EOF\n"
        for at in (512, 1024, 16384):
            yield f"text-{at}.{form}.h5", b"a text\n".ljust(at) + based
        yield f"png.{form}.h5", png(chunk(b"prVt", bytes(512 - 41) + bare))
        yield f"wav.{form}.h5", wav(bytes(512 - 20) + bare)
        yield f"external.{form}.zip", beside("weights.hdf5", b"\x00\xff" * 256 + bare)
        yield f"zip.{form}.h5", zip_of(("a", bytes(512 - 31) + bare))
        yield f"tar.{form}.tar", tar_of(("model.txt", b"a"), ("b", bytes(0)), ("c", b"x"))[:1024].ljust(2048, b"\0") + bare


def zips():
    zipped = keras(LAMBDA)
    for name in ("model.keras", "model.skops", "model.pt", "icon.png"):
        yield f"png/{name}", png(chunk(b"prVt", zipped))
        yield f"png64/{name}", png(chunk(b"prVt", as_zip64(zipped)))
    yield "behind/model64.keras", as_zip64(keras(DENSE)) + b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R."
    yield "pdf/model.keras", b"%PDF-1.4\n" + zipped + b"\n%%EOF\n"
    yield "pdf/paper.pdf", b"%PDF-1.4\n" + zipped + b"\n%%EOF\n"
    yield "pickle/model.keras", pickle.dumps({"archive": zipped}, 4)
    yield "npy/model.keras", npy(zipped + bytes(5000))
    yield "npy/model64.keras", npy(as_zip64(zipped) + bytes(5000))
    yield "wav/sound.wav", wav(zipped)
    yield "text/model.keras", b"a text\n" * 100 + zipped + b"\nmore\n"
    packed = gzip.compress(b"a text")
    yield "gzip/model.keras", packed[:3] + b"\x04" + packed[4:10] + struct.pack("<H", len(zipped)) + zipped + packed[10:]
    yield "comment-too-long/model.keras", png(chunk(b"prVt", zipped[:-2] + b"\xff\x7f"))
    yield "comment/model.keras", b"a text\n" + zip_of(("metadata.json", b"{}"), ("config.json", json.dumps(LAMBDA)), comment=b"c" * 900)
    moved = bytearray(b"a text\n" + zipped)  # offsets that count from the start of the file
    for at in [i for i in range(len(moved)) if moved[i : i + 4] == b"PK\x01\x02"]:
        moved[at + 42 : at + 46] = struct.pack("<I", struct.unpack("<I", moved[at + 42 : at + 46])[0] + 7)
    moved[-6:-2] = struct.pack("<I", struct.unpack("<I", moved[-6:-2])[0] + 7)
    yield "moved/model.keras", bytes(moved)
    yield "across/model.tar", tar_of(("a.npy", npy(zipped[:600], 502)), ("b", zipped[600:]))
    skops = {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"}
    yield "skops/model.skops", png(chunk(b"prVt", zip_of(("schema.json", json.dumps(skops)))))


def evil():
    for name, data in user_blocks():
        yield name, data, "critical" if not name.startswith("tar") else "low"
    for name, data in zips():
        yield name, data, "critical" if not name.startswith("across") else "high"
    yield "many/model.keras", b"text" + b"".join(b"PK\x01\x02" + bytes(42) + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 46, 0, 0) for _ in range(20)), "high"
    for name in ("model.keras", "model.h5", "model.hdf5", "model.skops", "model.pkl", "model.pt", "model.bin"):
        yield f"picture/{name}", png(), "inconclusive"
        yield f"sound/{name}", wav(b"ab"), "inconclusive"
        yield f"paper/{name}", b"%PDF-1.4\n%%EOF\n", "inconclusive"
    yield "cut.pdf", b"%PDF-1.4\n1 0 obj\n" + b"\xff" * 100, "inconclusive"

    late = b"0cos\nsystem\n(Vtrue\ntR."
    size = 1_100_000
    yield "late-bytes.zip", beside("embeddings.v", b"B" + struct.pack("<I", size) + bytes(size) + late), "critical"
    yield "late-text.zip", beside("embeddings.v", b"X" + struct.pack("<I", size) + b"x" * size + late), "critical"
    yield "late-named.zip", beside("embeddings.v", b"B" + struct.pack("<I", size) + bytes(size) + b"0\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R."), "critical"
    yield "late-many.zip", beside("embeddings.v", b"C\x01\xff0" * 300_000 + late[1:]), "critical"

    for name, code in (("elf", ELF), ("macho", MACHO), ("pe", PE)):
        yield f"storage-{name}.pt", storage(code), "high"
        yield f"storage-{name}/model.pt2", storage(code), "high"
    body = b"import os\nos.system('true')\n"
    manifest = json.dumps({"model": {"modelName": "m", "handler": "data/handler.py"}})
    tensor = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nByteStorage\nX\x0a\0\0\0handler.pyX\x03\0\0\0cpuK" + bytes([len(body)]) + b"tQK\0K" + bytes([len(body)]) + b"\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR."
    yield "two-formats/model.mar", zip_of(("data.pkl", tensor), ("data/handler.py", body), ("MAR-INF/MANIFEST.json", manifest)), "high"
    skops = {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"}
    yield "two-formats/model.skops", zip_of(("data.pkl", b"\x80\x02}."), ("schema.json", json.dumps(skops))), "critical"
    yield "script/model.mar", zip_of(("constants.pkl", b"\x80\x02)."), ("code/handler.py", body), ("MAR-INF/MANIFEST.json", manifest)), "high"

    lost = external(b"../../etc/passwd")
    yield "sparse-attribute.onnx", onnx(field(1, field(4, b"Constant") + field(5, field(1, b"sparse_value") + field(22, field(1, lost))))), "high"
    yield "sparse-attributes.onnx", onnx(field(1, field(4, b"Constant") + field(5, field(1, b"sparse_value") + field(23, field(2, lost))))), "high"
    yield "function-default.onnx", onnx(rest=field(25, field(1, b"f") + field(11, field(1, b"a") + field(5, lost)))), "high"
    for label, path, least in (("out", b"../../evil.bin", "high"), ("beside", b"engine.bin", "medium"), ("root", b"/tmp/evil.bin", "high")):
        attribute = field(5, field(4, path) + field(1, b"ep_cache_context"))
        yield f"context-{label}.onnx", onnx(field(1, field(5, field(4, b"./x")) + attribute + field(4, b"EPContext") + field(7, b"com.microsoft"))), least
    yield "python-op.onnx", onnx(field(1, field(4, b"PythonOp") + field(7, b"com.microsoft"))), "high"
    yield "train.prototxt", b'layer { name: "x" type: "Python" python_param { module: "os" layer: "system" param_str: "true" } }\n', "high"
    yield "escaped.prototxt", b'layer { type: "Py" "t\\150on" python_param { module: "os" layer: "system" } }\n', "high"
    for op in (b"CacheDatasetV2", b"DecodeProtoV2", b"TRTEngineOp", b"InitializeTRTResource", b"DatasetFromGraph"):
        node = field(1, field(1, b"n") + field(2, op))
        yield f"{op.decode()}/saved_model.pb", b"\x08\x01" + field(2, field(2, node)), "high"
