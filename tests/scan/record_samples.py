"""Writes tests/data/scan/recorded.tar.xz anew: harmless files of libraries that the tests do not install.

    record_samples.py OUT.tar.xz

Run where these are installed; what is not is left out, and said:
    pip install statsmodels pmdarima sktime lifelines river networkx shap prophet torchmetrics torch catboost pyarrow
        scipy pandas onnx
Each file is what the library's own users write: pickle, joblib, torch.save, save_model, to_parquet.
"""
import io
import pathlib
import pickle
import sys
import tarfile
import tempfile
import warnings

import joblib
import numpy as np
import pandas as pd

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(40, 4)).round(2)
VALUES = FEATURES @ [1, 2, 3, 4.0]
FRAME = pd.DataFrame(FEATURES, columns=list("abcd")).assign(y=VALUES, T=np.abs(VALUES) + 0.1, E=1)
MONTHS = pd.Series(RANDOM.normal(size=48).cumsum().round(2), index=pd.date_range("2020", periods=48, freq="MS"))


def statsmodels_results():
    import statsmodels.api as sm
    import statsmodels.formula.api as smf
    from statsmodels.tsa.arima.model import ARIMA
    yield "arima", ARIMA(MONTHS, order=(1, 1, 1)).fit(method_kwargs={"maxiter": 2})
    yield "sarimax", sm.tsa.SARIMAX(MONTHS, order=(1, 0, 0)).fit(disp=0, maxiter=2)
    yield "ols", sm.OLS(VALUES, FEATURES).fit()
    yield "ols-formula", smf.ols("y ~ a + b", FRAME).fit()


def pmdarima_models():
    import pmdarima
    yield "pmdarima", pmdarima.ARIMA((1, 0, 0), maxiter=2).fit(MONTHS.values)


def sktime_models():
    from sktime.forecasting.compose import TransformedTargetForecaster
    from sktime.forecasting.naive import NaiveForecaster
    from sktime.transformations.series.detrend import Detrender
    months = MONTHS.to_period("M")
    yield "naive", NaiveForecaster(sp=12).fit(months, fh=[1, 2])
    yield "target", TransformedTargetForecaster([("detrend", Detrender()), ("forecast", NaiveForecaster())]).fit(months, fh=[1])


def lifelines_fitters():
    import lifelines
    yield "cox", lifelines.CoxPHFitter().fit(FRAME, "T", "E", formula="a + b")
    yield "aft", lifelines.WeibullAFTFitter().fit(FRAME, "T", "E")
    yield "aalen", lifelines.NelsonAalenFitter().fit(FRAME["T"])


def river_models():
    from river import compose, linear_model, preprocessing, tree
    model = compose.Pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())
    hoeffding = tree.HoeffdingTreeClassifier(grace_period=5)
    for row in FEATURES:
        for learner in (model, hoeffding):
            learner.learn_one(dict(enumerate(row.tolist())), bool(row[0] > 0))
    yield "river", model
    yield "hoeffding", hoeffding


def graphs():
    import networkx
    graph = networkx.path_graph(4)
    yield "graph", [graph, networkx.MultiDiGraph(graph), graph.subgraph([1, 2]), graph.nodes, graph.edges]


def prophets():
    import prophet
    yield "prophet", prophet.Prophet()


def frames():
    columns = {"number": [1, 2], "word": ["a", "b"], "category": pd.Categorical(["a", "b"]), "day": pd.date_range("2020", periods=2, tz="UTC"),
               "text": pd.array(["a", None], "string"), "count": pd.array([1, None], "Int64"), "sparse": pd.arrays.SparseArray([0, 1]),
               "span": pd.interval_range(0, 2), "month": pd.period_range("2020", periods=2, freq="M")}
    frame = pd.DataFrame(columns)
    yield "frame", [frame, frame.set_index(["number", "word"]), frame.groupby("word")]


def explainers():
    import onnx
    yield "onnx", onnx.helper.make_model(onnx.helper.make_graph([], "g", [], []))


def torch_files():
    import torch
    import torchmetrics
    out = io.BytesIO()
    torch.save(torchmetrics.MetricCollection([torchmetrics.MeanSquaredError(), torchmetrics.Accuracy(task="binary")]), out)
    yield "metrics.pt", out.getvalue()


def binary_files():
    import catboost
    import scipy.io
    rows = pd.DataFrame({"a": RANDOM.normal(size=200), "c": [f"k{i % 23}" for i in range(200)]})
    model = catboost.CatBoostClassifier(iterations=2, depth=2, verbose=0, allow_writing_files=False)
    model.fit(rows, RANDOM.integers(0, 2, 200), cat_features=["c"])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model.save_model(str(folder / "categories.cbm"))
        scipy.io.savemat(folder / "plain.mat", {"a": FEATURES, "s": "text"})
        scipy.io.savemat(folder / "packed.mat", {"a": FEATURES, "c": np.array([1, "x"], dtype=object)}, do_compression=True)
        plain = FRAME.assign(word="x")
        plain.to_parquet(folder / "train.parquet")
        plain.to_parquet(folder / "groups.parquet", row_group_size=10, compression="gzip")
        plain.to_feather(folder / "train.feather")
        for path in sorted(folder.iterdir()):
            yield path.name, path.read_bytes()


OBJECTS = (statsmodels_results, pmdarima_models, sktime_models, lifelines_fitters, river_models, graphs, prophets, frames, explainers)


def files():
    for make in OBJECTS:
        try:
            for name, value in make():
                for protocol in (2, 4):
                    yield f"{name}-{protocol}.pkl", pickle.dumps(value, protocol)
                out = io.BytesIO()
                joblib.dump(value, out)
                yield f"{name}.joblib", out.getvalue()
        except ImportError as error:
            print(f"{make.__name__}: {error}")
    for make in (torch_files, binary_files):
        try:
            yield from make()
        except ImportError as error:
            print(f"{make.__name__}: {error}")


def main():
    warnings.filterwarnings("ignore")
    with tarfile.open(sys.argv[1], "w:xz") as archive:
        for name, data in files():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


if __name__ == "__main__":
    main()
