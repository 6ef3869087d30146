"""Files that real libraries write, none of which does anything when it is loaded.

samples() yields (name, bytes). Made anew by torch, numpy, scikit-learn, joblib and pandas as they are
installed: a scan that rings for one of them is a scan that gets switched off.
"""
import array
import collections
import datetime
import decimal
import fractions
import io
import json
import pathlib
import pickle
import struct
import tarfile
import uuid
import zipfile

import archive_samples
import booster_samples
import hdf5_samples
import hidden_samples
import json_samples
import library_samples
import pickle_tricks
import recorded_samples
import settings_samples
import table_samples
import tensorflow_samples
import text_samples
import torch_package_samples
import joblib
import numpy as np
import pandas as pd
import torch
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import (AdaBoostClassifier, GradientBoostingClassifier, HistGradientBoostingClassifier,
                              IsolationForest, RandomForestClassifier, VotingClassifier)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import ElasticNet, LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def torch_objects():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.LayerNorm(3), torch.nn.ReLU(), torch.nn.BatchNorm1d(3))
    for optimizer in (torch.optim.Adam(model.parameters()), torch.optim.AdamW(model.parameters()),
                      torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), torch.optim.RMSprop(model.parameters())):
        model(torch.zeros(2, 4)).sum().backward()
        optimizer.step()
        yield f"optimizer-{type(optimizer).__name__}", optimizer.state_dict()
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
        yield f"scheduler-{type(optimizer).__name__}", scheduler.state_dict()
    yield "lambda-scheduler", torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0).state_dict()
    yield "state-dict", model.state_dict()
    yield "checkpoint", {"epoch": 3, "model": model.state_dict(), "best": 0.5, "args": {"lr": 1e-3, "names": ["a", "b"]}}
    yield "module", model
    yield "rng", {"python": __import__("random").getstate(), "numpy": np.random.get_state(), "cpu": torch.get_rng_state()}
    for dtype in (torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.uint8, torch.int64, torch.bool,
                  torch.complex64):
        yield f"tensor-{dtype}", torch.zeros(3, 2).to(dtype)
    base = torch.arange(12.0).reshape(3, 4)
    yield "views", {"t": base.t(), "row": base[1], "tied": base, "empty": torch.empty(0), "scalar": torch.tensor(1.0)}
    yield "sparse", torch.eye(3).to_sparse()
    yield "quantised", torch.quantize_per_tensor(base, 0.1, 0, torch.qint8)
    yield "parameter", torch.nn.Parameter(base)
    yield "size-device-dtype", [torch.Size([1, 2]), torch.device("cpu"), torch.float32, torch.strided]


def plain_objects():
    yield "dict", {"a": [1, 2.5, None, True, "text", b"bytes", (1,), {3}, frozenset([4])]}
    yield "big", {f"key.{i}": i for i in range(2000)}
    yield "numbers", [10 ** 30, -1, 1e308, complex(1, 2), bytearray(b"x"), range(3), slice(1, 2)]
    yield "collections", [collections.OrderedDict(a=1), collections.Counter("abc"), collections.defaultdict(list, a=[1]),
                          collections.deque([1, 2])]
    yield "times", [datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc), datetime.date(2020, 1, 2),
                    datetime.timedelta(1), decimal.Decimal("1.5"), fractions.Fraction(1, 3)]
    yield "paths", [pathlib.PurePosixPath("a/b"), uuid.UUID(int=5), array.array("d", [1.0])]
    shared = [1]
    yield "shared", [shared, shared, {"again": shared}]
    yield "numpy", [np.zeros((2, 3)), np.float32(1), np.arange(3)[::-1], np.array(["a"]), np.dtype("f8"),
                    np.array([1, None], dtype=object), np.datetime64("2020-01-01"), np.ma.masked_array([1, 2], [0, 1]),
                    np.zeros(2, dtype=[("a", "f4"), ("b", "i8")]), np.bool_(True), np.asfortranarray(np.ones((2, 2)))]
    yield "numpy-random", [np.random.RandomState(1), np.random.default_rng(1)]


def estimators():
    rng = np.random.RandomState(0)
    x, y = rng.rand(40, 4), rng.randint(0, 2, 40)
    texts = ["a model of words", "words of a model", "other words"]
    for estimator in (LogisticRegression(), Ridge(), LinearRegression(), ElasticNet(), SGDClassifier(), SVC(), LinearSVC(),
                      DecisionTreeClassifier(), RandomForestClassifier(3), GradientBoostingClassifier(n_estimators=3),
                      HistGradientBoostingClassifier(max_iter=3), AdaBoostClassifier(n_estimators=3), IsolationForest(n_estimators=3),
                      KNeighborsClassifier(), GaussianNB(), MultinomialNB(), KMeans(2, n_init=1), PCA(2), TruncatedSVD(2),
                      StandardScaler(), MinMaxScaler(), OneHotEncoder(), PolynomialFeatures(), SimpleImputer(),
                      MLPClassifier((3,), max_iter=5), GaussianMixture(2), GaussianProcessRegressor(), SelectKBest(k=2),
                      CalibratedClassifierCV(LogisticRegression(), cv=2),
                      VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())]),
                      ColumnTransformer([("s", StandardScaler(), [0, 1])]),
                      make_pipeline(StandardScaler(), LogisticRegression())):
        yield type(estimator).__name__, estimator.fit(x, y)
    yield "IsotonicRegression", IsotonicRegression().fit(x[:, 0], y)
    yield "LabelEncoder", LabelEncoder().fit(["a", "b"])
    yield "CountVectorizer", CountVectorizer().fit(texts)
    yield "TfidfVectorizer", TfidfVectorizer().fit(texts)


def arrays():
    for name, value in (("float", np.zeros((3, 4))), ("text", np.array(["ab", "c"])), ("empty", np.zeros((0, 3))),
                        ("fields", np.zeros(3, dtype=[("a", "<f4"), ("b", "<i4", (2,))])), ("scalar", np.array(3)),
                        ("time", np.array(["2020-01-01"], dtype="M8[D]")), ("objects", np.array([1, None], dtype=object))):
        out = io.BytesIO()
        np.save(out, value, allow_pickle=True)
        yield f"array-{name}.npy", out.getvalue()
    for name, write in (("stored", np.savez), ("packed", np.savez_compressed)):
        out = io.BytesIO()
        write(out, a=np.zeros(3), b=np.ones((2, 2)))
        yield f"arrays-{name}.npz", out.getvalue()


def scripted():
    class Twice(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.ones(2))

        def forward(self, x):
            return x * self.w * 2

    for name, module in (("script", torch.jit.script(Twice())), ("trace", torch.jit.trace(Twice(), torch.zeros(2)))):
        out = io.BytesIO()
        torch.jit.save(module, out)
        yield f"{name}.pt", out.getvalue()


def texts():
    yield "vocab.txt", "[PAD]\n[UNK]\nconfig\nthe\n##s\n".encode()
    yield "merges.txt", "#version: 0.2\nĠ t\nh e\ni n\n".encode()
    yield "README.md", b"---\nlicense: mit\n---\n# A model\n\nimport nothing.\n"
    yield "config.json", json.dumps({"model_type": "bert", "hidden_size": 3, "id2label": {"0": "a"}}).encode()
    yield "empty", b""
    yield "notes.txt", b"copyright\nnobody\nI am a text. Nothing. In it.\n"
    yield "config.yaml", b"model:\n  hidden: 3\n  names: [a, b]\n"
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    yield "model.safetensors", struct.pack("<Q", len(header)) + header + bytes(8)


def archives(members):
    members = list(members)
    for name, mode in (("all.tar", "w"), ("all.tar.gz", "w:gz"), ("all.tar.bz2", "w:bz2"), ("all.tar.xz", "w:xz")):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode) as archive:
            for member, data in members:
                info = tarfile.TarInfo(member)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        yield name, out.getvalue()
    for name, method in (("stored.zip", zipfile.ZIP_STORED), ("packed.zip", zipfile.ZIP_DEFLATED)):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            for member, data in members:
                archive.writestr(member, data)
        yield name, out.getvalue()


def joblib_dump(value, **options):
    out = io.BytesIO()
    joblib.dump(value, out, **options)
    return out.getvalue()


def samples():
    for name, value in torch_objects():
        yield f"{name}.pt", saved(value)
        yield f"{name}.legacy.pt", saved(value, _use_new_zipfile_serialization=False)
        for protocol in (3, 4, 5):
            yield f"{name}.p{protocol}.pt", saved(value, pickle_protocol=protocol)
    for name, value in plain_objects():
        for protocol in range(6):
            yield f"{name}.{protocol}.pkl", pickle.dumps(value, protocol)
    for name, value in estimators():
        for protocol in (0, 2, 4, 5):
            yield f"{name}.{protocol}.pkl", pickle.dumps(value, protocol)
        yield f"{name}.joblib", joblib_dump(value)
    for compress in (3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)):
        label = compress[0] if isinstance(compress, tuple) else "zlib"
        yield f"forest.{label}.joblib", joblib_dump(list(estimators())[8][1], compress=compress)
        yield f"arrays.{label}.joblib", joblib_dump({"a": np.arange(1000.0), "b": ["x"] * 10}, compress=compress)
    yield "arrays.joblib", joblib_dump([np.arange(6.0).reshape(2, 3), {"o": np.array([1, "a"], dtype=object)}, np.zeros(0)])
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": pd.to_datetime(["2020-01-01", "2021-01-01"])})
    for protocol in (2, 4, 5):
        yield f"frame.{protocol}.pkl", pickle.dumps(frame, protocol)
        yield f"series.{protocol}.pkl", pickle.dumps(frame["a"], protocol)
    yield from hdf5_samples.harmless()
    yield from hidden_samples.harmless()
    yield from json_samples.harmless()
    yield from tensorflow_samples.harmless()
    yield from pickle_tricks.harmless()
    yield from text_samples.harmless()
    yield from settings_samples.harmless()
    yield from library_samples.harmless()
    yield from booster_samples.harmless()
    yield from table_samples.harmless()
    yield from recorded_samples.harmless()
    yield from torch_package_samples.harmless()
    yield from archive_samples.harmless()
    yield from arrays()
    yield from scripted()
    yield from texts()
    yield from archives([*texts(), ("w.pt", saved({"w": torch.zeros(3)})), ("a.npy", list(arrays())[0][1])])
