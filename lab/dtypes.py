"""Every dtype of safetensors, converted and loaded by the newest torch of the lab, bit for bit.

Debian's torch knows the old dtypes only (tests/torch/converted_loads.py); here the same is asked of the
float8s, the unsigned integers and the packed float4. Called by lab/crossing.py as the cell `dtypes`.
"""
import hashlib
import json
import random
import struct

# Name in safetensors: bits of an element, its name in torch, elements that one element of torch holds.
OLD = {
    "BOOL": (8, "bool", 1), "U8": (8, "uint8", 1), "I8": (8, "int8", 1), "I16": (16, "int16", 1),
    "F16": (16, "float16", 1), "BF16": (16, "bfloat16", 1), "I32": (32, "int32", 1), "F32": (32, "float32", 1),
    "C64": (64, "complex64", 1), "F64": (64, "float64", 1), "I64": (64, "int64", 1),
}
NEW = {
    "F4": (4, "float4_e2m1fn_x2", 2), "F8_E5M2": (8, "float8_e5m2", 1), "F8_E4M3": (8, "float8_e4m3fn", 1),
    "F8_E8M0": (8, "float8_e8m0fnu", 1), "F8_E4M3FNUZ": (8, "float8_e4m3fnuz", 1),
    "F8_E5M2FNUZ": (8, "float8_e5m2fnuz", 1), "U16": (16, "uint16", 1), "U32": (32, "uint32", 1), "U64": (64, "uint64", 1),
}


def write(path, dtypes):
    """Writes a matrix, a scalar and an empty tensor of each dtype; returns what torch must say of them."""
    noise, header, data, wanted = random.Random(5), {}, b"", {}
    for dtype, (bits, torch_name, packed) in dtypes.items():
        for name, shape in (("matrix", [3, 6]), ("scalar", []), ("empty", [0, 4])):
            if packed > 1 and not shape:
                continue  # half a byte has no scalar
            count = 1
            for n in shape:
                count *= n
            raw = bytes(noise.getrandbits(1 if dtype == "BOOL" else 8) for _ in range(count * bits // 8))
            key = f"{name}.{dtype}"
            header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
            data += raw
            seen = shape[:-1] + [shape[-1] // packed] if shape else shape
            wanted[key] = [torch_name, seen, hashlib.sha256(raw).hexdigest()]
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return wanted


def cases(convert, work):
    """(label, converted file, what torch must say), for each container that can hold the dtypes."""
    for label, dtypes, container in (("old dtypes, zip", OLD, "zip"), ("old dtypes, legacy", OLD, "legacy"),
                                     ("newer dtypes, zip", NEW, "zip")):
        source, output = work / "dtypes.safetensors", work / f"{label.replace(', ', '-').replace(' ', '-')}.bin"
        wanted = write(source, dtypes)
        convert(source, output, container)
        yield label, output, wanted
