"""Files of TensorFlow: harmless() yields (name, bytes), evil() (name, bytes, least level).

The harmless ones are TensorFlow's own; the evil ones are put together field by field.
"""
import json
import pathlib
import random

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "tensorflow"

LAMBDA = json.dumps({"class_name": "Lambda", "name": "l", "config": {"function": ["4wEAAAAAAAAA", None, None]}}).encode()


def field(number, value):
    """A field of protocol buffers: an integer below 128, or bytes."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    size, left = b"", len(value)
    while left > 127:
        size, left = size + bytes([left & 127 | 128]), left >> 7
    return bytes([number << 3 | 2]) + size + bytes([left]) + value


def saved_model(graph=b"", objects=b""):
    return field(1, 1) + field(2, field(2, graph) + (field(7, objects) if objects else b""))


def node(op, *attributes):
    return field(1, field(1, b"n") + field(2, op) + b"".join(field(5, field(1, k) + field(2, field(2, v))) for k, v in attributes))


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def harmless():
    for path in sorted(DATA.rglob("*")):
        if path.is_file():
            yield f"tensorflow/{path.relative_to(DATA)}", path.read_bytes()
    yield "tensorflow/graph.pb", node(b"MatMul") + node(b"PrintV2", (b"output_stream", b"stderr"))
    # A node that names a function of its own graph for its operator, as TensorFlow 1 wrote it.
    function = field(2, field(1, field(1, field(1, b"Mine")) + field(3, node(b"_FusedMatMul")[2:])))
    yield "tensorflow/function.pb", node(b"Mine") + function
    yield "tensorflow/function.pbtxt", b"node { name: 'n' op: 'Mine' }\nlibrary { function { signature { name: 'Mine' } node_def { op: 'Const' } } }\n"
    yield "tensorflow/graph.pbtxt", b"node {\n  name: \"ReadFiles\"  # \"ReadFile\"\n  op: 'MatMul'\n  input: \"Read\", 'File'\n}\n"


def evil():
    yield "lambda/keras_metadata.pb", field(1, field(2, 1) + field(3, b"root.layer-1") + field(5, LAMBDA)), "critical"
    yield "lambda-bent/keras_metadata.pb", field(1, field(2, 1) + field(5, LAMBDA[:-1])), "inconclusive"
    user = field(4, field(1, b"_tf_keras_layer") + field(3, b" \n" + LAMBDA))
    yield "lambda/saved_model.pb", saved_model(objects=field(1, field(1, b"")) + field(1, user)), "critical"
    for op in (b"ReadFile", b"DebugIdentityV3", b"CreateSummaryFileWriter", b"SqlDataset", b"LMDBReader"):
        yield f"{op.decode()}/saved_model.pb", saved_model(node(op)), "high"
        yield f"{op.decode()}.meta", field(1, b"") + field(2, node(op)), "high"
        function = field(2, field(1, field(1, field(1, b"f")) + field(3, node(op)[2:])))
        yield f"{op.decode()}-in-function.pb", node(b"Const") + function, "high"
    for op in (b"WordpieceTokenizeWithOffsets", b"Addons>ResamplerGrad", b"MatMul\t"):
        yield f"own-{op[:4].decode()}/saved_model.pb", saved_model(node(b"Const") + node(op)), "medium"
    yield "own/graph.pbtxt", b"node { name: 'n' op: # none\n 'Mine' } library { function { signature { name: 'Other' } } }\n", "medium"
    yield "print/saved_model.pb", saved_model(node(b"PrintV2", (b"output_stream", b"file:///x"))), "high"
    for label, data in (("behind", saved_model(node(b"ReadFile")) + field(9, b"x")), ("before", field(9, b"x") + saved_model(node(b"ReadFile")))):
        yield f"field-{label}/saved_model.pb", data, "high"  # all of it is text, too
        yield f"field-{label}.pb", data, "inconclusive"

    text = 'saved_model_schema_version: 1 meta_graphs { graph_def { node { name: "n" op: %s } } }\n'
    for label, op in (
        ("plain", '"ReadFile"'), ("single", "'ReadFile'"), ("octal", r'"Read\106ile"'), ("hex", r'"\x52eadFile"'),
        ("unicode", r'"\u0052ead\U00000046ile"'), ("joined", "\"Read\" # \"\n 'File'"), ("close", 'op:"ReadFile"'),
    ):
        yield f"{label}/saved_model.pbtxt", (text % op).encode(), "high"
    yield "print/saved_model.pbtxt", (text % '"PrintV2" attr { key: "output_stream" value { s: "file:///x" } }').encode(), "high"
    yield "asset/saved_model.pbtxt", (text % '"Const" } } asset_file_def { filename: "../../x"').encode(), "high"
    metadata = "object_graph_def { nodes { user_object { metadata: %s } } }" % quoted(LAMBDA.decode())
    yield "lambda/saved_model.pbtxt", (text % '"Const"' + metadata).encode(), "critical"

    index = (DATA / "checkpoint-1" / "model.ckpt.index").read_bytes()
    yield "alone/model.ckpt.data-00000-of-00001", (DATA / "checkpoint-1" / "model.ckpt.data-00000-of-00001").read_bytes(), "inconclusive"
    for at in random.Random(1).sample(range(len(index)), 60) + list(range(len(index) - 60, len(index))):
        bent = bytearray(index)
        bent[at] ^= 0x10
        yield f"bent-{at}/model.ckpt.index", bytes(bent), "inconclusive"
