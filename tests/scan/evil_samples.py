"""Files that a scanner must not call clean, assembled opcode by opcode and record by record.

samples() yields (row, name, bytes, least): the row of the catalogue that it stands for, and the least
level that its findings must have ("critical", "high", "medium"; "inconclusive": not clean is enough).
Payloads are harmless, and nothing of this is ever loaded: os.system is called with "true".
"""
import binascii
import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib

import archive_samples
import booster_samples
import hdf5_samples
import hidden_samples
import json_samples
import library_samples
import pickle_tricks
import settings_samples
import table_samples
import tensorflow_samples
import text_samples
import torch_package_samples

REDUCE, BUILD, STOP, POP, TUPLE1, TUPLE2, EMPTY_TUPLE, EMPTY_DICT, NONE = b"R", b"b", b".", b"0", b"\x85", b"\x86", b")", b"}", b"N"
PROTO2, PROTO4 = b"\x80\x02", b"\x80\x04"


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def glob(module, name):
    return f"c{module}\n{name}\n".encode()


def stacked(module, name):
    return text(module) + text(name) + b"\x93"


def call(module="os", name="system", argument="true"):
    return glob(module, name) + text(argument) + TUPLE1 + REDUCE


EVIL = PROTO2 + call() + STOP
TEXT_EVIL = b"cos\nsystem\n(Vtrue\ntR."
PLAIN = PROTO2 + EMPTY_DICT + STOP

# A few of each family of gadgets, as the module and name of a call.
GADGETS = """os.system posix.system nt.system subprocess.Popen builtins.eval builtins.exec builtins.compile builtins.__import__
builtins.getattr builtins.open builtins.map builtins.type __builtin__.eval __builtin__.reduce importlib.import_module
operator.attrgetter operator.methodcaller _operator.itemgetter functools.partial functools.reduce itertools.starmap
codecs.decode marshal.loads types.CodeType types.FunctionType pickle.loads _pickle.loads cPickle.loads dill.loads
cloudpickle.loads torch.load torch.hub.load torch.jit.load torch.serialization.load torch._inductor.codecache.compile_file
torch.utils.collect_env.run torch.utils.bottleneck.__main__.run_autograd_prof torch._dynamo.guards.GuardBuilder
torch.fx.experimental.symbolic_shapes.ShapeEnv numpy.load numpy.memmap numpy.vectorize numpy.f2py.crackfortran.getlincoef
numpy.testing._private.utils.runstring numpy.lib.npyio.load joblib.load pandas.read_pickle sklearn.externals.joblib.load
pip.main pip._internal.main pydoc.locate pydoc.pipepager timeit.timeit cProfile.run profile.run trace.Trace.run doctest.debug_script
asyncio.unix_events._UnixSubprocessTransport logging.FileHandler logging.config.dictConfig socket.create_connection ssl.get_server_certificate
http.client.HTTPConnection urllib.request.urlopen urllib.urlopen webbrowser.open smtplib.SMTP imaplib.IMAP4_stream ftplib.FTP shutil.rmtree
shutil.move tempfile.mktemp ctypes.CDLL _ctypes.dlopen multiprocessing.util.spawnv_passfds runpy.run_path runpy.run_module
code.interact codeop.compile_command idlelib.pyshell.main lib2to3.pgen2.pgen.ParserGenerator pkgutil.resolve_name uuid._get_command_stdout
_osx_support._read_output _aix_support._read_cmd_output test.support.script_helper.assert_python_ok distutils.spawn.spawn
ensurepip._run_pip pty.spawn commands.getoutput popen2.popen2 sys.exit sys.settrace io.FileIO _io.FileIO gc.get_objects
inspect.getsource site.addsitedir venv.create zipimport.zipimporter sqlite3.connect threading.Thread signal.signal
weakref.finalize atexit.register contextlib.ExitStack copyreg.add_extension copy_reg.add_extension keras.models.load_model
tensorflow.py_function transformers.dynamic_module_utils.get_class_from_dynamic_module datasets.load_dataset IPython.embed
jinja2.Template yaml.unsafe_load fsspec.open execnet.makegateway nltk.data.load numba.jit sympy.sympify numexpr.evaluate
picklescan.scanner.scan_file_path fickling.always_check_safety modelscan.scanners.scan""".split()


def forms(module, name):
    """The same call in every form that pickles have."""
    argument = text("true")
    yield "reduce", PROTO2 + glob(module, name) + argument + TUPLE1 + REDUCE + STOP
    yield "stack-global", PROTO4 + stacked(module, name) + argument + TUPLE1 + REDUCE + STOP
    yield "inst", PROTO2 + b"(" + argument + b"i" + glob(module, name)[1:] + STOP
    yield "obj", PROTO2 + b"(" + glob(module, name) + argument + b"o" + STOP
    yield "newobj", PROTO2 + glob(module, name) + argument + TUPLE1 + b"\x81" + STOP
    yield "newobj-ex", PROTO4 + stacked(module, name) + argument + TUPLE1 + EMPTY_DICT + b"\x92" + STOP
    yield "popped", PROTO2 + glob(module, name) + argument + TUPLE1 + REDUCE + POP + NONE + STOP
    yield "text", b"c" + f"{module}\n{name}\n".encode() + b"(Vtrue\ntR."
    yield "import-only", PROTO2 + glob(module, name) + STOP


def pickles():
    for gadget in GADGETS:
        module, name = gadget.rsplit(".", 1)
        kept = gadget in ("functools.partial", "numpy.vectorize")  # on the list, but not for what they are given here
        yield "gadgets", f"gadget-{gadget}.pkl", PROTO2 + call(module, name) + STOP, "high" if kept else "critical"
    for label, data in forms("os", "system"):
        yield "call forms", f"form-{label}.pkl", data, "critical"
    for label, data in forms("acme.tools", "run"):
        yield "unknown callables", f"unknown-{label}.pkl", data, "medium" if label == "import-only" else "high"
    vm = "pickle machine"
    yield vm, "narrow-names.pkl", PROTO2 + b"U\x02osU\x06system\x93" + text("true") + TUPLE1 + REDUCE + STOP, "critical"
    yield vm, "memo-after-neutral-pair.pkl", (PROTO4 + text("os") + NONE + POP + b"\x94" + text("system") + b"\x94h\x00h\x01\x93"
                                              + text("true") + TUPLE1 + REDUCE + STOP), "critical"
    yield vm, "memo-sparse-memoize.pkl", (PROTO4 + text("os") + b"r\xe8\x03\x00\x00" + text("system") + b"\x94"
                                          + b"j\xe8\x03\x00\x00h\x01\x93" + text("true") + TUPLE1 + REDUCE + STOP), "critical"
    yield vm, "memo-of-another-stream.pkl", PROTO2 + text("os") + b"q\x01." + PROTO4 + b"h\x01" + text("system") + b"\x93.", "inconclusive"
    yield vm, "second-stream.pkl", PLAIN + EVIL, "critical"
    yield vm, "then-garbage.pkl", PROTO2 + call() + b"\xff\xff\xff", "critical"
    yield vm, "no-stop.pkl", PROTO2 + call(), "critical"
    yield vm, "bad-utf8.pkl", PROTO2 + call() + b"X\x01\x00\x00\x00\xff.", "critical"
    yield vm, "missing-memo.pkl", PROTO2 + call() + b"h\x63.", "critical"
    yield vm, "dotted.pkl", PROTO4 + stacked("pathlib", "os.system") + text("true") + TUPLE1 + REDUCE + STOP, "high"
    yield vm, "dotted-builtins.pkl", PROTO4 + stacked("collections", "OrderedDict.__init__.__globals__") + STOP, "high"
    yield vm, "computed-name.pkl", PROTO4 + text("os") + glob("acme", "name") + EMPTY_TUPLE + REDUCE + b"\x93" + STOP, "critical"
    yield vm, "call-of-call.pkl", PROTO2 + call("builtins", "getattr") + EMPTY_TUPLE + REDUCE + STOP, "critical"
    yield vm, "extension.pkl", PROTO2 + b"\x82\x07" + EMPTY_TUPLE + REDUCE + STOP, "high"
    yield vm, "extension-4.pkl", PROTO2 + b"\x84\x07\x00\x00\x00" + STOP, "high"
    yield vm, "persistent.pkl", PROTO2 + text("anything") + b"Q" + STOP, "high"
    yield vm, "persistent-text.pkl", b"Panything\n.", "high"
    yield vm, "state-on-function.pkl", PROTO2 + glob("acme", "f") + EMPTY_DICT + text("__code__") + NONE + b"sb" + STOP, "critical"
    yield vm, "state-on-module-class.pkl", PROTO2 + glob("collections", "OrderedDict") + EMPTY_DICT + text("x") + NONE + b"sb" + STOP, "critical"
    yield vm, "slots-dunder.pkl", (PROTO2 + glob("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE + NONE + EMPTY_DICT
                                   + text("__class__") + NONE + b"s" + TUPLE2 + BUILD + STOP), "critical"
    yield vm, "items-in-list.pkl", PROTO2 + b"]K\x01K\x02s.", "high"
    yield vm, "items-in-object.pkl", PROTO2 + glob("datetime", "timedelta") + EMPTY_TUPLE + REDUCE + text("k") + text("v") + b"s" + STOP, "high"
    yield vm, "append-to-object.pkl", PROTO2 + glob("datetime", "timedelta") + EMPTY_TUPLE + REDUCE + text("k") + b"a" + STOP, "high"
    yield vm, "factory.pkl", PROTO2 + glob("collections", "defaultdict") + glob("os", "getcwd") + TUPLE1 + REDUCE + STOP, "critical"
    yield vm, "factory-unknown.pkl", PROTO2 + glob("collections", "defaultdict") + glob("acme", "f") + TUPLE1 + REDUCE + STOP, "high"
    yield vm, "codec.pkl", PROTO2 + glob("_codecs", "encode") + text("x") + text("zlib") + TUPLE2 + REDUCE + STOP, "high"
    yield vm, "out-of-band.pkl", b"\x80\x05\x97.", "inconclusive"
    yield vm, "nested-pickle.pkl", PROTO2 + call("pickle", "loads") + STOP, "critical"
    yield vm, "long-prefix.pkl", PROTO2 + (b"K\x010" * 400_000) + call() + STOP, "critical"
    yield vm, "large-bytes-first.pkl", b"\x80\x03B" + struct.pack("<I", 4 << 20) + bytes(4 << 20) + POP + call() + STOP, "critical"
    yield vm, "deep-lists.pkl", PROTO2 + b"]" * 3000 + b"a" * 2999 + POP + call() + STOP, "critical"
    yield vm, "reconstructor.pkl", PROTO2 + glob("copyreg", "_reconstructor") + b"(" + glob("acme", "C") + glob("builtins", "object") + NONE + b"t" + REDUCE + STOP, "high"
    yield vm, "init-of-library.pkl", PROTO2 + glob("transformers.training_args", "TrainingArguments") + text("out") + TUPLE1 + REDUCE + STOP, "high"
    frames = "frames"
    body = text("os") + text("system") + b"\x93" + text("true") + TUPLE1 + REDUCE + STOP
    for label, size in (("short", 3), ("one", 1)):
        yield frames, f"frame-{label}.pkl", PROTO4 + b"\x95" + struct.pack("<Q", size) + body, "critical"
    yield frames, "frame-long.pkl", PROTO4 + b"\x95" + struct.pack("<Q", len(body) + 50) + body, "inconclusive"
    inner = b"K\x01" + STOP
    yield frames, "frame-in-frame.pkl", PROTO4 + b"\x95" + struct.pack("<Q", 30) + b"\x95" + struct.pack("<Q", 3) + inner + bytes(30), "critical"
    yield frames, "frame-stop-early.pkl", PROTO4 + b"\x95" + struct.pack("<Q", 40) + NONE + STOP + bytes(38), "critical"
    names = "names tell nothing"
    for name in ("model.safetensors", "config.json", "vocab.txt", "weights.onnx", "weights.gguf", "model.h5", "x", "A.PKL", "a.dill",
                 "model.bin", "model.pt", "model.pth", "model.ckpt", "a.npy", "README.md"):
        yield names, f"named-{name}", EVIL, "critical"
        yield names, f"text-named-{name}", TEXT_EVIL, "critical"


def zip_of(*members, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def patched(data, signature, offset, value, occurrence=0):
    """`data` with bytes set behind the nth record of a signature."""
    at = -1
    for _ in range(occurrence + 1):
        at = data.index(signature, at + 1)
    return data[:at + offset] + value + data[at + offset + len(value):]


LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def torch_zip(pickle=PLAIN, extra=(), root="archive"):
    return zip_of((f"{root}/data.pkl", pickle), (f"{root}/version", b"3\n"), *extra)


def storage(count, size=None):
    """A persistent id of `count` floats."""
    return (b"(" + text("storage") + glob("torch", "FloatStorage") + text("0") + text("cpu") + b"M" + struct.pack("<H", count) + b"tQ")


def tensor(first=0, shape=2, stride=1, count=2):
    return (glob("torch._utils", "_rebuild_tensor_v2") + b"(" + storage(count) + b"M" + struct.pack("<H", first) + b"M"
            + struct.pack("<H", shape) + TUPLE1 + b"M" + struct.pack("<H", stride) + TUPLE1 + b"\x89"
            + glob("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE + b"t" + REDUCE)


def zips():
    row = "zips"
    yield row, "torch.pt", torch_zip(EVIL), "critical"
    yield row, "torch-deflated.pt", zip_of(("a/data.pkl", EVIL), ("a/version", b"3\n"), method=zipfile.ZIP_DEFLATED), "critical"
    yield row, "other-member.pt", torch_zip(extra=[("archive/notes", EVIL)]), "critical"
    yield row, "other-member-text.pt", torch_zip(extra=[("archive/notes", TEXT_EVIL)]), "critical"
    yield row, "unclaimed-storage.pt", torch_zip(extra=[("archive/data/7", EVIL)]), "critical"
    yield row, "case-twin.pt", torch_zip(extra=[("archive/DATA.PKL", TEXT_EVIL)]), "critical"
    yield row, "duplicate.pt", torch_zip(extra=[("archive/data.pkl", EVIL)]), "critical"
    for flag in (0x1, 0x20, 0x40):
        yield row, f"local-flag-{flag:x}.pt", patched(torch_zip(EVIL), LOCAL, 6, struct.pack("<H", flag)), "high"
        both = patched(patched(torch_zip(EVIL), LOCAL, 6, struct.pack("<H", flag)), CENTRAL, 8, struct.pack("<H", flag))
        yield row, f"flag-{flag:x}.pt", both, "critical"
    yield row, "local-name.pt", patched(torch_zip(EVIL), LOCAL, 30, b"archive/xxxx.pkl"[:16]), "critical"
    yield row, "crc.pt", patched(patched(torch_zip(EVIL), LOCAL, 14, b"\x07\0\0\0"), CENTRAL, 16, b"\x07\0\0\0"), "critical"
    yield row, "crc-deflated.zip", patched(patched(zip_of(("x.pkl", EVIL), method=8), LOCAL, 14, b"\x07\0\0\0"), CENTRAL, 16, b"\x07\0\0\0"), "critical"
    yield row, "method.zip", patched(patched(zip_of(("x", b"data")), LOCAL, 8, b"\x63\0"), CENTRAL, 10, b"\x63\0"), "inconclusive"
    yield row, "one-broken-member.zip", patched(patched(zip_of(("a", b"data"), ("x.pkl", EVIL)), LOCAL, 8, b"\x63\0"), CENTRAL, 10, b"\x63\0"), "critical"
    good, bad = torch_zip(PLAIN + b""), torch_zip(EVIL)
    yield row, "concatenated.pt", bad + good, "critical"
    yield row, "prefix.pt", b"#!/bin/sh\n" + torch_zip(EVIL), "high"
    yield row, "pickle-then-zip.pt", EVIL + torch_zip(), "critical"
    yield row, "plain-pickle-then-zip.pt", PLAIN + torch_zip(EVIL), "critical"
    yield row, "trailing.pt", torch_zip(EVIL) + b"trailing", "critical"
    yield row, "trailing-evil.pt", torch_zip(PLAIN) + EVIL, "critical"
    yield row, "trailing-bytes.zip", torch_zip(PLAIN) + bytes(range(256)), "inconclusive"
    yield row, "trailing-text.pt", torch_zip(PLAIN) + b"trailing", "low"
    yield row, "no-directory.pt", torch_zip(EVIL)[:torch_zip(EVIL).index(CENTRAL)], "critical"
    for label, method in (("bzip2", zipfile.ZIP_BZIP2), ("lzma", zipfile.ZIP_LZMA)):
        yield row, f"{label}.npz", zip_of(("a.npy", npy("|O", EVIL)), method=method), "critical"
        yield row, f"{label}.pt", zip_of(("archive/data.pkl", EVIL), ("archive/version", b"3"), method=method), "critical"
    for name in ("cut.bz2", "cut.xz", "cut.tar.gz", "cut.nemo"):
        yield row, name, b"BZh91AY", "inconclusive"
    yield row, "nested.zip", zip_of(("inner.zip", zip_of(("x.pkl", EVIL)))), "critical"
    yield row, "nested-in-torch.pt", torch_zip(extra=[("archive/extra/inner.zip", zip_of(("x.pkl", EVIL)))]), "critical"
    yield row, "traversal.zip", zip_of(("../../x", b"data")), "high"
    yield row, "absolute.zip", zip_of(("/etc/x", b"data")), "high"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    yield row, "link.zip", out.getvalue(), "high"
    yield row, "encrypted.zip", patched(patched(zip_of(("x", b"data" * 5)), LOCAL, 6, b"\x01\0"), CENTRAL, 8, b"\x01\0"), "inconclusive"
    yield row, "bomb.zip", zip_of(("x", bytes(300 << 20)), method=zipfile.ZIP_DEFLATED), "inconclusive"
    yield row, "npz-objects.npz", zip_of(("a.npy", npy("|O", EVIL))), "critical"
    yield row, "keras-asset.keras", zip_of(("config.json", b"{}"), ("metadata.json", b"{}"), ("assets/x", EVIL)), "critical"
    for name in ("model.mar", "model.nemo", "model.skops", "model.zip"):
        yield row, f"hidden-{name}", zip_of(("weights.ckpt", torch_zip(EVIL))), "critical"
    geometry = "geometry"
    for label, pid in (("beyond", tensor(shape=9)), ("offset", tensor(first=9)), ("stride", tensor(stride=99))):
        yield geometry, f"tensor-{label}.pt", torch_zip(PROTO2 + pid + STOP, [("archive/data/0", bytes(8))]), "high"
    yield geometry, "storage-short.pt", torch_zip(PROTO2 + tensor() + STOP, [("archive/data/0", bytes(4))]), "inconclusive"
    yield geometry, "storage-missing.pt", torch_zip(PROTO2 + tensor() + STOP), "inconclusive"
    yield geometry, "pid-not-storage.pt", torch_zip(PROTO2 + text("x") + b"Q" + STOP), "high"
    yield "torchscript", "code.pt", torch_zip(extra=[("archive/constants.pkl", PLAIN), ("archive/code/__torch__.py", b"x = 1\n")]), "medium"
    yield "torchscript", "constants.pt", torch_zip(extra=[("archive/constants.pkl", EVIL)]), "critical"


def npy(descr, data, shape=(1,)):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


MAGIC = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
LEGACY = [MAGIC, PROTO2 + b"M\xe9\x03.", PROTO2 + EMPTY_DICT + STOP, PLAIN, PROTO2 + b"]."]


def legacy():
    for place, label in enumerate(("magic", "version", "system", "object", "keys")):
        streams = list(LEGACY)
        streams[place] = EVIL
        yield "torch's older stream", f"legacy-{label}.pt", b"".join(streams), "critical"
        streams[place] = PROTO2 + call() + POP + LEGACY[place][2:]
        yield "torch's older stream", f"legacy-{label}-popped.pt", b"".join(streams), "critical"
    yield "torch's older stream", "zeros-between.pkl", PLAIN + bytes(64) + EVIL, "critical"
    yield "torch's older stream", "legacy-behind.pt", b"".join(LEGACY) + EVIL, "critical"
    yield "torch's older stream", "legacy-cut.pt", b"".join(LEGACY)[:-3], "inconclusive"


def tar_of(*members, kind=tarfile.REGTYPE, link=""):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, link, len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def tars():
    row = "tars and packings"
    archive = tar_of(("m/model.pkl", EVIL))
    yield row, "model.tar", archive, "critical"
    yield row, "text-in.tar", tar_of(("m/notes", TEXT_EVIL)), "critical"
    for name, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress),
                       ("lzma", lambda d: lzma.compress(d, lzma.FORMAT_ALONE)), ("zlib", zlib.compress)):
        yield row, f"model.tar.{name}", pack(archive), "critical"
        yield row, f"model.pkl.{name}", pack(EVIL), "critical"
        yield row, f"no-ending-{name}", pack(archive), "critical"
    yield row, "twice.tar.gz.gz", gzip.compress(gzip.compress(archive)), "critical"
    yield row, "members.gz", gzip.compress(PLAIN) + gzip.compress(EVIL), "critical"
    yield row, "zip-in.tar.gz", gzip.compress(tar_of(("a.zip", zip_of(("x.pkl", EVIL))))), "critical"
    yield row, "torch-in.tar.gz", gzip.compress(tar_of(("pytorch_model.bin", torch_zip(EVIL)))), "critical"
    yield row, "concatenated.tar", tar_of(("a", b"x")) + archive, "critical"
    yield row, "duplicate.tar", tar_of(("a.pkl", PLAIN), ("a.pkl", EVIL)), "critical"
    yield row, "case-twins.tar", tar_of(("a.pkl", PLAIN), ("A.pkl", EVIL)), "critical"
    yield row, "traversal.tar", tar_of(("../x", b"data")), "high"
    yield row, "absolute.tar", tar_of(("/x", b"data")), "high"
    yield row, "symlink.tar", tar_of(("x", b""), kind=tarfile.SYMTYPE, link="/etc/passwd"), "high"
    yield row, "hardlink.tar", tar_of(("x", b""), kind=tarfile.LNKTYPE, link="y"), "high"
    yield row, "fifo.tar", tar_of(("x", b""), kind=tarfile.FIFOTYPE), "high"
    yield row, "link-then-evil.tar", tar_of(("x", b""), kind=tarfile.SYMTYPE, link="y")[:512] + archive, "critical"
    yield row, "trailing.tar.gz", gzip.compress(archive) + b"trailing", "critical"
    yield row, "cut.tar.gz", gzip.compress(tar_of(("a", bytes(range(256)) * 99)))[:-200], "inconclusive"
    yield row, "bomb.gz", gzip.compress(bytes(1200 << 20), 1), "inconclusive"
    yield row, "model.7z", b"7z\xbc\xaf\x27\x1c" + bytes(60), "inconclusive"
    yield row, "model.rar", b"Rar!\x1a\x07\x01\x00" + bytes(60), "inconclusive"
    yield "torch's tar of 0.1", "old.tar", tar_of(("sys_info", PLAIN), ("pickle", EVIL), ("tensors", PLAIN), ("storages", PLAIN)), "critical"
    yield "torch's tar of 0.1", "old-inert.tar", tar_of(("sys_info", PLAIN), ("pickle", PLAIN), ("tensors", PLAIN), ("storages", PLAIN)), "high"


def wrapper(dtype="f8", shape=1):
    """An array as joblib has it, up to where its bytes begin."""
    return (stacked("joblib.numpy_pickle", "NumpyArrayWrapper") + EMPTY_TUPLE + b"\x81" + EMPTY_DICT + b"("
            + text("shape") + b"K" + bytes([shape]) + TUPLE1 + text("dtype") + stacked("numpy", "dtype") + text(dtype) + b"\x89\x88\x87" + REDUCE
            + text("order") + text("C") + text("allow_mmap") + b"\x88u" + BUILD)


def joblibs():
    row = "joblib"
    yield row, "behind-array.joblib", PROTO4 + b"(" + wrapper() + bytes(8) + call() + b"l" + STOP, "critical"
    yield row, "before-array.joblib", PROTO4 + b"(" + call() + wrapper() + bytes(8) + b"l" + STOP, "critical"
    yield row, "in-objects.joblib", PROTO4 + b"(" + wrapper("O") + EVIL + b"l" + STOP, "critical"
    yield row, "array-too-long.joblib", PROTO4 + b"(" + wrapper(shape=200) + bytes(8) + call() + b"l" + STOP, "inconclusive"
    packed = PROTO4 + b"(" + wrapper() + bytes(8) + call() + b"l" + STOP
    for name, pack in (("zlib", zlib.compress), ("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)):
        yield row, f"packed.{name}.joblib", pack(packed), "critical"
    yield "arrays", "objects.npy", npy("|O", EVIL), "critical"
    for number, code in enumerate(("object", "i4,O", "i4, object")):
        yield "arrays", f"objects-{number}.npy", npy(code, EVIL), "critical"
    yield "arrays", "trailing.npy", npy("<f8", bytes(8) + EVIL), "critical"
    yield "arrays", "header.npy", npy("<f8', 'x': __import__('os').system('true') or '", bytes(8)), "inconclusive"
    yield "arrays", "cut.npy", npy("<f8", bytes(8), (99,)), "inconclusive"


def safetensors(header, data=b"", size=None):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw) if size is None else size) + raw + data


def others():
    row = "safetensors"
    f32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    yield row, "overlap.safetensors", safetensors({"a": f32, "b": f32}, bytes(8)), "high"
    yield row, "gap.safetensors", safetensors({"a": {**f32, "data_offsets": [8, 16]}}, bytes(16)), "high"
    yield row, "trailing.safetensors", safetensors({"a": f32}, bytes(8) + EVIL), "high"
    yield row, "beyond.safetensors", safetensors({"a": {**f32, "data_offsets": [0, 80]}}, bytes(8)), "inconclusive"
    yield row, "reversed.safetensors", safetensors({"a": {**f32, "data_offsets": [8, 0]}}, bytes(8)), "high"
    yield row, "duplicate.safetensors", safetensors(b'{"a":' + json.dumps(f32).encode() + b',"a":' + json.dumps(f32).encode() + b"}", bytes(8)), "high"
    yield row, "metadata.safetensors", safetensors({"__metadata__": {"a": 1}, "a": f32}, bytes(8)), "high"
    yield row, "dtype.safetensors", safetensors({"a": {**f32, "dtype": "X9"}}, bytes(8)), "inconclusive"
    yield row, "broken.safetensors", safetensors(b'{"a":', bytes(8)), "inconclusive"
    yield row, "huge.safetensors", safetensors(b"{}", size=1 << 40), "inconclusive"
    zipped = zip_of(("x.pkl", EVIL))
    yield row, "zip-tail.safetensors", safetensors({"a": {"dtype": "U8", "shape": [len(zipped)], "data_offsets": [0, len(zipped)]}}, zipped), "critical"
    row = "models of other libraries"
    layers = {"class_name": "Functional", "config": {"layers": [{"class_name": "TimeDistributed", "config": {"layer": {"class_name": "Lambda", "config": {}}}}]}}
    yield row, "lambda.keras", zip_of(("metadata.json", b"{}"), ("config.json", json.dumps(layers).encode())), "critical"
    foreign = {"class_name": "function", "module": "builtins", "config": "eval", "registered_name": "function"}
    yield row, "foreign.keras", zip_of(("metadata.json", b"{}"), ("config.json", json.dumps({"fn": foreign}).encode())), "high"
    fetch = {"class_name": "get_file", "module": "keras.utils", "config": {}}
    yield row, "get-file.keras", zip_of(("metadata.json", b"{}"), ("config.json", json.dumps({"fn": fetch}).encode())), "high"
    yield row, "no-hdf5.h5", b"\x89HDF\r\n\x1a\n" + bytes(100) + json.dumps(layers).encode(), "critical"
    for title, module in (("HDF5", hdf5_samples), ("formats within others", hidden_samples), ("JSON that names classes", json_samples),
                          ("TensorFlow", tensorflow_samples), ("arguments and states", pickle_tricks), ("text", text_samples), ("settings", settings_samples), ("libraries", library_samples), ("boosters", booster_samples),
                          ("torch.package", torch_package_samples), ("tables and pictures", table_samples), ("entries", archive_samples)):
        for name, data, least in module.evil():
            yield title, name, data, least
    skops = {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"}
    yield row, "model.skops", zip_of(("schema.json", json.dumps(skops).encode())), "critical"
    for location in ("../../etc/passwd", "/etc/passwd", "a/../../x"):
        entry = b"\x0a\x08location\x12" + bytes([len(location)]) + location.encode()
        initializer = b"\x6a" + bytes([len(entry)]) + entry
        graph = b"\x2a" + bytes([len(initializer)]) + initializer
        yield row, f"external-{location.count('.')}-{len(location)}.onnx", b"\x08\x08" + b"\x3a" + bytes([len(graph)]) + graph, "high"
    node = b"\x22\x06Custom\x3a\x04acme"
    graph = b"\x0a" + bytes([len(node)]) + node
    yield row, "operators.onnx", b"\x08\x08\x3a" + bytes([len(graph)]) + graph, "medium"
    for op in (b"ReadFile", b"PyFunc", b"WriteFile"):
        node = b"\x0a\x01n\x12" + bytes([len(op)]) + op
        graph = b"\x0a" + bytes([len(node)]) + node
        meta = b"\x12" + bytes([len(graph)]) + graph
        yield row, f"{op.decode()}/saved_model.pb", b"\x08\x01\x12" + bytes([len(meta)]) + meta, "high"
    yield row, "target.yaml", b"model:\n  _target_: os.system\n  command: 'true'\n", "critical"
    yield row, "unknown-target.yaml", b"model: {_target_: acme.run, x: 1}\n", "high"
    yield row, "tag.yaml", b"a: !!python/object/apply:os.system ['true']\n", "critical"
    yield row, "nemo.nemo", gzip.compress(tar_of(("model_config.yaml", b"_target_: subprocess.run\n"))), "critical"
    yield row, "mlflow/MLmodel", b"flavors:\n  python_function:\n    loader_module: acme.loader\n    data: ../../outside\n", "high"
    row = "templates"
    for label, template in (("class", "{{ ''.__class__.__mro__[1].__subclasses__() }}"), ("attr", "{{ x|attr('__init__') }}"),
                            ("subscript", "{{ x['__globals__'] }}"), ("import", "{% import 'os' as os %}"),
                            ("escape", "{{ x['\\x5f\\x5fclass\\x5f\\x5f'] }}"), ("lipsum", "{{ lipsum.__globals__.os }}")):
        yield row, f"{label}/tokenizer_config.json", json.dumps({"chat_template": template}).encode(), "high"
        yield row, f"{label}/chat_template.jinja", template.encode(), "high"
        value = template.encode()
        key = b"tokenizer.chat_template"
        gguf = (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", len(key)) + key + struct.pack("<I", 8)
                + struct.pack("<Q", len(value)) + value)
        yield row, f"{label}/model.gguf", gguf + bytes(-len(gguf) % 32), "high"
    row = "code"
    yield row, "inference.py", b"def model_fn(d):\n    return None\n", "medium"
    yield row, "hostile.py", b"import os\nos.system('true')\n", "high"
    yield row, "evaluated.py", b"eval('1')\n", "high"
    yield row, "torch/__init__.py", b"x = 1\n", "high"
    yield row, "collections.py", b"x = 1\n", "high"
    yield row, "code/sitecustomize.py", b"x = 1\n", "high"
    yield row, "evil.pth", b"import os; os.system('true')\n", "high"
    yield row, "requirements.txt", b"--extra-index-url http://example.org/simple\nacme\n", "medium"
    yield row, "run.sh", b"#!/bin/sh\ntrue\n", "medium"
    yield row, "lib.so", b"\x7fELF\x02\x01\x01" + bytes(60), "high"
    yield row, "kernel.cubin", b"\x7fELF\x02\x01\x01\x33" + bytes(60), "high"
    yield row, "a.dll", b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(40), "high"
    yield row, "module.pyc", b"\xa7\x0d\r\n" + bytes(12) + b"\xe3", "high"
    yield row, "aot.pt2", zip_of(("m/data/aotinductor/model.so", b"\x7fELF\x02\x01\x01" + bytes(60))), "high"
    yield "not what they seem", "model.bin", b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n", "inconclusive"
    yield "not what they seem", "unknown.bin", b"\x01\x02\x03\x04\xfe\xff" * 20, "inconclusive"
    yield "secrets", ".env", b"HF_TOKEN=hf_" + b"a1B2" * 9 + b"\n", "medium"
    yield "auto_map", "auto_map/config.json", b'{"auto_map": {"AutoModel": "modeling_x.Model"}}', "medium"


def samples():
    for part in (pickles, zips, legacy, tars, joblibs, others):
        yield from part()
