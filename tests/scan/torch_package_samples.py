"""Archives of torch.package, put together as PackageExporter does: harmless() yields (name, bytes), evil() (name,
bytes, least level)."""
import io
import struct
import zipfile


def glob(name):
    module, _, last = name.rpartition(".")
    return f"c{module}\n{last}\n".encode()


def text(value):
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def tensor(key="0", ending="", count=4):
    pid = b"(" + text("storage") + glob("torch.FloatStorage") + text(key + ending) + text("cpu") + b"K" + bytes([count]) + b"tQ"
    return glob("torch._utils._rebuild_tensor_v2") + b"(" + pid + b"K\x00K" + bytes([count]) + b"\x85K\x01\x85\x89" + glob("collections.OrderedDict") + b")RtR"


def pickled(value):
    return b"\x80\x03" + value + b"."


def reduced(function, arguments=b")"):
    """An id for which the importer calls the function, with itself before the arguments."""
    return b"(" + text("reduce_package") + b"K\x00" + glob(function) + arguments + b"tQ"


def package(members, storages=1):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for key in range(storages):
            archive.writestr(f"p/.data/{key}.storage", struct.pack("<4f", *range(4)))
        for name, content in members.items():
            archive.writestr(f"p/{name}", content)
        archive.writestr("p/.data/extern_modules", "torch\ncollections\ntorch._utils\n")
        archive.writestr("p/.data/python_version", "3.11.7")
        archive.writestr("p/.data/version", "6\n")
    return out.getvalue()


MODULE = "import torch\n\n\nclass Net(torch.nn.Module):\n    pass\n"


def harmless():
    yield "packages/weights.pt", package({"model/weights.pkl": pickled(tensor()), "config/notes.txt": "hello", "config/words.csv": "a,b\n"})


def evil():
    made = glob("acme.net.Net") + b")\x81}b"
    yield "code.pt", package({"model/model.pkl": pickled(made), "acme/net.py": MODULE, "acme/__init__.py": ""}), "high"
    yield "code-alone.pt", package({"acme/net.py": MODULE}, storages=0), "high"
    # Modules of the archive stand before those that are installed.
    yield "shadow.pt", package({"model/model.pkl": pickled(tensor()), "collections.py": "OrderedDict = print\n"}), "high"
    for name in ("model/model.pkl", "model/model.bin", ".data/ts_code/0/data.pkl"):
        yield "calls.pt", package({name: pickled(glob("os.system") + text("true") + b"\x85R")}), "critical"
    yield "reduced.pt", package({"model/model.pkl": pickled(reduced("os.system", b"(" + text("true") + b"t"))}), "critical"
    yield "reduced-graph.pt", package({"model/model.pkl": pickled(reduced("torch.fx.graph_module.reduce_package_graph_module"))}), "high"
    yield "reduced-data.pt", package({"model/model.pkl": pickled(reduced("collections.OrderedDict"))}), "high"
    script = reduced("torch.jit._script.unpackage_script_module", b"(" + text("0") + b"t")
    graph = {".data/ts_code/0/data.pkl": pickled(tensor("0", ".storage")), ".data/ts_code/code/__torch__/net.py": "class Net(Module):\n  __parameters__ = []\n"}
    yield "script.pt", package({"model/model.pkl": pickled(script), **graph}), "medium"
    yield "script.pkl", pickled(script), "high"
    yield "script-called.pt", package({"model/model.pkl": pickled(glob("torch.jit._script.unpackage_script_module") + b")R")}), "high"
    yield "missing.pt", package({"model/weights.pkl": pickled(tensor("7"))}), "inconclusive"
    yield "short.pt", package({"model/weights.pkl": pickled(tensor("0", count=9))}), "inconclusive"
    yield "unclaimed.pt", package({"model/weights.pkl": pickled(tensor())}, storages=2), "inconclusive"
