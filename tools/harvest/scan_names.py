#!/usr/bin/env python3
"""Writes kb/scan/libraries.tsv: classes of ML libraries that pickles hold, read from their wheels.

    scan_names.py WHEELS OUT.tsv [FOLDER...]

WHEELS is a folder of wheels, any number of releases of each library; a FOLDER is an unpacked
library. Nothing of them is run: classes are found in the syntax of the sources. A class that is
derived from Enum is called with its value, all others are made without their __init__ (rule
"object"). Classes that keep a function which runs when they are used have the rule "callable".
Functions and compiled classes that pickles call are listed below by hand, each seen in real files.
"""
import ast
import pathlib
import re
import sys
import zipfile

# Library: what of it counts (a pattern of modules), and what does not.
LIBRARIES = {
    "sklearn": (r"sklearn\.(?!datasets|externals|utils\._testing|_build_utils|conftest)", None),
    "imblearn": (r"imblearn\.(?!datasets|utils\.testing)", None),
    "lightgbm": (r"lightgbm\.(basic|sklearn)$", r"Booster|LGBM\w+|_LGBM\w+"),
    "transformers": (r"transformers\.(training_args\w*|trainer_utils|trainer_pt_utils|trainer_callback|integrations\.\w+"
                     r"|deepspeed|debug_utils|(models\.(deprecated\.)?\w+\.)?(configuration|tokenization)_\w+|file_utils|utils\.generic"
                     r"|generation\.configuration_utils|feature_extraction_utils)$",
                     r"\w*(TrainingArguments|Strategy|SchedulerType|OptimizerNames|Option|Config|Tokenizer\w*|Hf\w+"
                     r"|TrainerState|TrainerControl|DebugOption|TensorType|PaddingStrategy|ExplicitEnum|AddedToken"
                     r"|BatchEncoding|BatchFeature|TruncationStrategy|EvalPrediction|TrainOutput|Callback|FSDP\w*|Sharded\w*)"),
    "torch": (r"torch\.(nn\.modules\.\w+|nn\.parallel\.(data_parallel|distributed)|optim(\.\w+)*|utils\.data\.dataset"
              r"|nn\.utils\.(weight_norm|spectral_norm|parametrize)|cuda\.amp\.grad_scaler|amp\.grad_scaler)$", None),
    "accelerate": (r"accelerate\.(state|utils\.dataclasses|utils\.deepspeed|scheduler|optimizer)$", None),
    "peft": (r"peft\.", r"\w*(Config|Type)"),
    "trl": (r"trl\.", r"\w*(Config|Type|Arguments)"),
    "sentence_transformers": (r"sentence_transformers\.(training_args|similarity_functions|models\.\w+|SentenceTransformer"
                              r"|sparse_encoder\.training_args|cross_encoder\.training_args)$", None),
    "setfit": (r"setfit\.", r"\w*(Arguments|Head|Config)"),
    "omegaconf": (r"omegaconf\.(\w+)$", r"\w*(Config|Node|Metadata|Container|Flags)"),
    "pytorch_lightning": (r"pytorch_lightning\.(callbacks\.\w+|utilities\.parsing|core\.\w+|trainer\.states)$", None),
    "lightning": (r"lightning\.(pytorch|fabric)\.(callbacks\.\w+|utilities\.\w+|core\.\w+|trainer\.states)$", None),
    "ultralytics": (r"ultralytics\.(nn\.(modules\.\w+|tasks)|utils\.(loss|tal))$", None),
}
FAMILIES = ("albert|bart|beit|bert|blip|bloom|camembert|clip|convnext|deberta|deberta_v2|deit|detr|distilbert|electra|gpt2|gpt_neo"
            "|gpt_neox|gptj|layoutlm|layoutlmv2|layoutlmv3|llama|longformer|marian|mbart|mistral|mpnet|opt|pegasus|phi|qwen2|resnet|roberta"
            "|segformer|swin|t5|vit|wav2vec2|whisper|xlm_roberta|xlnet")
# Libraries whose classes are taken only where the source shows that to make one without its __init__
# and to set its attributes runs nothing.
PROVEN = {
    "torchvision": r"torchvision\.(models|ops|transforms)\b",
    "timm": r"timm\.(models|layers)\b",
    "transformers": rf"transformers\.(models\.({FAMILIES})\.modeling_(?!tf_|flax_)\w+|activations|pytorch_utils)$",
    "statsmodels": r"statsmodels\.(?!datasets|graphics|sandbox|iolib|compat|tools\.(print_version|web))",
    "category_encoders": r"category_encoders\.",
    "hmmlearn": r"hmmlearn\.",
    "mlxtend": r"mlxtend\.(classifier|cluster|feature_extraction|feature_selection|preprocessing|regressor|_base|frequent_patterns)\b",
    "imblearn": r"imblearn\.pipeline$",
    "pyod": r"pyod\.models\.",
    "pmdarima": r"pmdarima\.(?!datasets|context_managers|utils)",
    "skbase": r"skbase\.base\b",
    "sktime": r"sktime\.(base|forecasting|transformations|classification|regression|clustering|param_est|dists_kernels|detection|annotation"
              r"|datatypes\._dtypekind|pipeline|registry\._base_classes)\b",
    "torchmetrics": r"torchmetrics\.",
    "formulaic": r"formulaic\.(?!utils)",
    "lifelines": r"lifelines\.(fitters|utils)\b",
    "shap": r"shap\.(explainers|maskers|models|_explanation|utils\._legacy|links)\b",
    "slicer": r"slicer\.slicer_internal$",
    "river": r"river\.(?!datasets|evaluate|api|stream|dummy|checks)",
    "prophet": r"prophet\.(forecaster|models)$",
    "cmdstanpy": r"cmdstanpy\.(model|compilation|compiler_opts|cmdstan_args|stanfit\.(metadata|runset))$",
    "stanio": r"stanio\.reshape$",
    "networkx": r"networkx\.classes\.(coreviews|reportviews|filters|graph|digraph|multigraph|multidigraph)$",
}
# Packages whose classes those of a library are derived from.
PARTS = {"skbase": "sktime"}
# What an unpickler, or Python behind its back, would run of a class.
RUNS = {"__new__", "__setstate__", "__reduce__", "__reduce_ex__", "__getattr__", "__getattribute__", "__del__", "__setattr__"}
# And of a container, which is filled and asked for its items.
FILLS = {"__getitem__", "__setitem__", "__missing__", "__iter__", "items", "keys", "update", "append", "extend"}
# Read by hand: they set attributes, and look no further. (Of ModelData in scan/pickle/state_rules.cc.)
# ARIMA is pmdarima's, Metric torchmetrics'; the scalers are river's, the views networkx'.
READ = {"ResultsWrapper", "ModelData", "ARIMA", "Metric", "StandardScaler", "MinMaxScaler", "MaxAbsScaler", "AtlasView", "NodeView",
        "NodeDataView", "OutEdgeView", "InEdgeView", "OutEdgeDataView", "OutMultiEdgeDataView", "InMultiEdgeView", "UnionAtlas",
        "UnionAdjacency", "Graph", "DiGraph", "MultiGraph", "MultiDiGraph"}
# They look at classes, not at what is made of them; river's only draws its own as HTML.
METACLASSES = {"ABCMeta", "EstimatorMeta"}
# Bases from other libraries that run nothing of the kind. (_BaseObject and _BaseEstimator are skbase's.)
BASES = {"object", "Module", "ABC", "Generic", "dict", "BaseEstimator", "Sequential", "ModuleList", "ModuleDict", "Protocol",
         "OrderedDict", "PreTrainedModel", "GenerationMixin", "Linear", "Conv1d", "Conv2d", "Conv3d", "LayerNorm", "Embedding", "GroupNorm",
         "BatchNorm2d", "MaxPool2d", "AvgPool2d", "Identity", "BaseModelOutput", "CrossEntropyLoss", "Pipeline", "Bunch", "_BaseComposition", "Enum", "IntEnum", "StrEnum", "ExplicitEnum", "Flag", "str", "int", "SiLU", "GELU", "ReLU",
         "_BaseObject", "_BaseEstimator", "UserList", "Mapping", "MutableMapping", "BaseForest", "ForestClassifier", "ForestRegressor", "ReLU6", "Tanh", "Dropout", "Softmax", "BatchNorm1d", "AdaptiveAvgPool2d", "ZeroPad2d", "ConvTranspose2d", "Flatten"}
NOT = re.compile(r"\.tests?\b|\.test_|\.conftest|\.setup$|\._vendor")
# They call a function of the file's choice.
CALLABLE = {"FunctionTransformer", "LambdaLR", "MultiplicativeLR", "LambdaCallback"}
# Dictionaries whose attributes are their items: BUILD would find a __setstate__ among them.
MAPPINGS = {"AttributeDict"}
# Loading these does more than to set attributes: their __setstate__ opens the files that it names, starts a
# program, fetches data or listens, their __del__ removes a folder, calls an attribute or frees an address, or they
# hand what is asked of them on to an attribute, __setstate__ too.
LEFT_OUT = {"Memory", "SentenceTransformer", "BaggingDataset", "AlbertTokenizer", "BarthezTokenizer", "BertGenerationTokenizer",
            "BertJapaneseTokenizer", "BigBirdTokenizer", "CamembertTokenizer", "CpmTokenizer", "ErnieMTokenizer", "FNetTokenizer",
            "FastSpeech2ConformerTokenizer", "GPTSw3Tokenizer", "M2M100Tokenizer", "MBart50Tokenizer", "MarianTokenizer",
            "PegasusTokenizer", "ReformerTokenizer", "RemBertTokenizer", "RoFormerTokenizerFast", "SPMTokenizer", "SiglipTokenizer", "Speech2TextTokenizer",
            "SpeechT5Tokenizer", "T5Tokenizer", "UdopTokenizer", "XLMProphetNetTokenizer", "XLNetTokenizer",
            "ScoringMonitor", "MockDataFrame", "_LazyLoadingUnpickler", "_NotYetLoadedTensor", "_TrainerFabricShim",
            "LightningOptimizer", "_DatasetSamplerWrapper", "DistributedSamplerWrapper", "_InfiniteBarrier", "_EmptyInit",
            "_restricted_classmethod_impl", "_WrapAttrTag"}

BY_HAND = """
sklearn.tree._tree Tree function
sklearn.neighbors._kd_tree KDTree,KDTree32,KDTree64,newObj function
sklearn.neighbors._ball_tree BallTree,BallTree32,BallTree64,newObj function
sklearn.neighbors.kd_tree KDTree,newObj function
sklearn.neighbors.ball_tree BallTree,newObj function
sklearn.neighbors._dist_metrics newObj,EuclideanDistance,ManhattanDistance,MinkowskiDistance,ChebyshevDistance,HammingDistance function
sklearn.metrics._dist_metrics newObj,newObj32,newObj64 function
sklearn.metrics._dist_metrics EuclideanDistance,EuclideanDistance64,EuclideanDistance32,ManhattanDistance,ManhattanDistance64,MinkowskiDistance,MinkowskiDistance64,ChebyshevDistance,ChebyshevDistance64,HammingDistance,HammingDistance64,HaversineDistance,HaversineDistance64,CanberraDistance64,BrayCurtisDistance64,JaccardDistance64,SEuclideanDistance64,MahalanobisDistance64 function
sklearn._loss._loss CyHalfSquaredError,CyHalfPoissonLoss,CyHalfGammaLoss,CyHalfTweedieLoss,CyHalfTweedieLossIdentity,CyHalfBinomialLoss,CyHalfMultinomialLoss,CyAbsoluteError,CyPinballLoss,CyHuberLoss,CyExponentialLoss function
sklearn._loss._loss __pyx_unpickle_CyHalfSquaredError,__pyx_unpickle_CyHalfBinomialLoss,__pyx_unpickle_CyHalfMultinomialLoss,__pyx_unpickle_CyAbsoluteError,__pyx_unpickle_CyPinballLoss,__pyx_unpickle_CyHalfPoissonLoss,__pyx_unpickle_CyHalfGammaLoss,__pyx_unpickle_CyHuberLoss,__pyx_unpickle_CyExponentialLoss,__pyx_unpickle_CyHalfTweedieLoss,__pyx_unpickle_CyHalfTweedieLossIdentity function
sklearn.linear_model._sgd_fast Hinge,SquaredHinge,Log,ModifiedHuber,SquaredLoss,Huber,EpsilonInsensitive,SquaredEpsilonInsensitive,LossFunction,Regression,Classification function
sklearn.metrics._dist_metrics BrayCurtisDistance,BrayCurtisDistance32,BrayCurtisDistance64,CanberraDistance,CanberraDistance32,CanberraDistance64,ChebyshevDistance,ChebyshevDistance32,ChebyshevDistance64,DiceDistance,DiceDistance32,DiceDistance64,EuclideanDistance,EuclideanDistance32,EuclideanDistance64,HammingDistance,HammingDistance32,HammingDistance64,HaversineDistance,HaversineDistance32,HaversineDistance64,JaccardDistance,JaccardDistance32,JaccardDistance64,KulsinskiDistance,KulsinskiDistance32,KulsinskiDistance64,MahalanobisDistance,MahalanobisDistance32,MahalanobisDistance64,ManhattanDistance,ManhattanDistance32,ManhattanDistance64,MatchingDistance,MatchingDistance32,MatchingDistance64,MinkowskiDistance,MinkowskiDistance32,MinkowskiDistance64,RogersTanimotoDistance,RogersTanimotoDistance32,RogersTanimotoDistance64,RussellRaoDistance,RussellRaoDistance32,RussellRaoDistance64,SEuclideanDistance,SEuclideanDistance32,SEuclideanDistance64,SokalMichenerDistance,SokalMichenerDistance32,SokalMichenerDistance64,SokalSneathDistance,SokalSneathDistance32,SokalSneathDistance64,WMinkowskiDistance,WMinkowskiDistance32,WMinkowskiDistance64 function
sklearn.neighbors._dist_metrics BrayCurtisDistance,CanberraDistance,ChebyshevDistance,DiceDistance,EuclideanDistance,HammingDistance,HaversineDistance,JaccardDistance,KulsinskiDistance,MahalanobisDistance,ManhattanDistance,MatchingDistance,MinkowskiDistance,RogersTanimotoDistance,RussellRaoDistance,SEuclideanDistance,SokalMichenerDistance,SokalSneathDistance,WMinkowskiDistance function
_loss CyAbsoluteError,CyExponentialLoss,CyHalfBinomialLoss,CyHalfGammaLoss,CyHalfMultinomialLoss,CyHalfPoissonLoss,CyHalfSquaredError,CyHalfTweedieLoss,CyHalfTweedieLossIdentity,CyHuberLoss,CyPinballLoss,__pyx_unpickle_CyAbsoluteError,__pyx_unpickle_CyExponentialLoss,__pyx_unpickle_CyHalfBinomialLoss,__pyx_unpickle_CyHalfGammaLoss,__pyx_unpickle_CyHalfMultinomialLoss,__pyx_unpickle_CyHalfPoissonLoss,__pyx_unpickle_CyHalfSquaredError,__pyx_unpickle_CyHalfTweedieLoss,__pyx_unpickle_CyHalfTweedieLossIdentity,__pyx_unpickle_CyHuberLoss,__pyx_unpickle_CyPinballLoss function
sklearn._loss.link Interval function
sklearn.utils._random sample_without_replacement value
sklearn._isotonic _inplace_contiguous_isotonic_regression value
sklearn.cluster._hierarchical_fast WeightedEdge function
sklearn.metrics.pairwise euclidean_distances,cosine_similarity,rbf_kernel,linear_kernel,polynomial_kernel,sigmoid_kernel,laplacian_kernel,chi2_kernel,pairwise_distances value
sklearn.metrics._classification accuracy_score,f1_score,log_loss,precision_score,recall_score,balanced_accuracy_score,matthews_corrcoef value
sklearn.metrics._regression mean_squared_error,mean_absolute_error,r2_score,median_absolute_error,explained_variance_score value
sklearn.metrics._ranking roc_auc_score,average_precision_score value
sklearn.metrics._scorer _passthrough_scorer value
sklearn.feature_selection._univariate_selection f_classif,f_regression,chi2 value
sklearn.feature_selection.univariate_selection f_classif,f_regression,chi2 value
sklearn.feature_selection._mutual_info mutual_info_classif,mutual_info_regression value
sklearn.decomposition._fastica _logcosh,_exp,_cube value
pandas.core.frame DataFrame object
pandas.core.series Series object
pandas.core.internals.managers BlockManager,SingleBlockManager function
pandas.core.internals.blocks new_block function
pandas.core.indexes.base _new_Index function
pandas.core.indexes.base Index object
pandas.core.indexes.range RangeIndex object
pandas.core.indexes.multi MultiIndex object
pandas.core.indexes.numeric Int64Index,Float64Index,UInt64Index,NumericIndex object
pandas.core.indexes.datetimes DatetimeIndex object
pandas.core.indexes.datetimes _new_DatetimeIndex function
pandas.core.indexes.timedeltas TimedeltaIndex object
pandas.core.indexes.period PeriodIndex object
pandas.core.indexes.period _new_PeriodIndex function
pandas.core.indexes.interval IntervalIndex object
pandas.core.indexes.category CategoricalIndex object
pandas.core.arrays.categorical Categorical object
pandas.core.arrays.datetimes DatetimeArray object
pandas.core.arrays.timedeltas TimedeltaArray object
pandas.core.arrays.period PeriodArray object
pandas.core.arrays.integer IntegerArray,Int8Dtype,Int16Dtype,Int32Dtype,Int64Dtype,UInt8Dtype,UInt16Dtype,UInt32Dtype,UInt64Dtype object
pandas.core.arrays.floating FloatingArray,Float32Dtype,Float64Dtype object
pandas.core.arrays.boolean BooleanArray,BooleanDtype object
pandas.core.arrays.string_ StringArray object
pandas.core.arrays.string_ StringDtype function
pandas._libs.lib _NoDefault enum
pandas.core.arrays.numpy_ PandasArray,NumpyExtensionArray object
pandas.core.dtypes.dtypes CategoricalDtype,DatetimeTZDtype,PeriodDtype,IntervalDtype object
pandas._libs.internals _unpickle_block function
pandas._libs.internals BlockPlacement function
pandas._libs.arrays __pyx_unpickle_NDArrayBacked function
pandas._libs.tslibs.timestamps _unpickle_timestamp function
pandas._libs.tslibs.timedeltas _timedelta_unpickle function
pandas._libs.tslibs.nattype _nat_unpickle function
pandas._libs.tslibs.offsets Day,Hour,Minute,Second,MonthEnd,MonthBegin,YearEnd,QuarterEnd,BusinessDay,Week function
pandas._libs.missing NAType,_NAType function
pandas._libs.interval Interval function
pandas DataFrame,Series,Index,RangeIndex,MultiIndex,DatetimeIndex,TimedeltaIndex,PeriodIndex,IntervalIndex,CategoricalIndex,Categorical,NA,NaT,Timestamp,Timedelta,Interval,Period,StringDtype,CategoricalDtype,DatetimeTZDtype,PeriodDtype,IntervalDtype,SparseDtype,ArrowDtype,BooleanDtype,Int8Dtype,Int16Dtype,Int32Dtype,Int64Dtype,UInt8Dtype,UInt16Dtype,UInt32Dtype,UInt64Dtype,Float32Dtype,Float64Dtype function
pandas.arrays IntegerArray,FloatingArray,BooleanArray,StringArray,ArrowStringArray,DatetimeArray,TimedeltaArray,PeriodArray,IntervalArray,NumpyExtensionArray,SparseArray function
pandas.core.indexes.interval _new_IntervalIndex function
pandas._libs.tslibs.period Period,_period_unpickle function
pandas._libs.tslibs.timestamps Timestamp function
pandas._libs.tslibs.timedeltas Timedelta function
numpy mean,median,sum,min,max,amin,amax,average,std,var,prod,abs,absolute,exp,log,log1p,expm1,sqrt,square,sin,cos,tanh,sign,add,subtract,multiply,maximum,minimum,argmax,argmin,nanmean,nanmedian value
numpy.ma MaskedArray,MaskedConstant function
scipy._lib.array_api_compat.numpy._aliases asarray value
scipy.special expit,logit value
sklearn.cluster._kmeans _kmeans_single_lloyd,_kmeans_single_elkan,_labels_inertia_threadpool_limit value
sklearn.externals.array_api_compat.numpy._aliases asarray value
scipy._lib._bunch _make_tuple_bunch value
transformers.modeling_rope_utils _compute_default_rope_parameters,_compute_linear_scaling_rope_parameters,_compute_dynamic_ntk_parameters,_compute_yarn_parameters,_compute_longrope_parameters,_compute_llama3_parameters value
PIL.Image Image object
PIL.PngImagePlugin PngImageFile object
PIL.JpegImagePlugin JpegImageFile object
networkx.classes.reportviews NodeView,OutEdgeView,EdgeView,DegreeView object
networkx.classes.coreviews AtlasView,AdjacencyView object
networkx.classes.graph Graph object
networkx.classes.digraph DiGraph object
networkx.classes.multigraph MultiGraph object
networkx.classes.multidigraph MultiDiGraph object
pytz _UTC,_p function
dateutil.tz.tz tzutc,tzlocal,tzoffset function
dateutil.tz._common _tzinfo object
scipy.interpolate._bsplines BSpline object
scipy.interpolate._interpolate interp1d,PPoly object
scipy.interpolate interp1d object
scipy.interpolate.interpolate interp1d object
scipy.stats._distn_infrastructure rv_frozen,rv_continuous_frozen,rv_discrete_frozen object
xgboost.core Booster object
xgboost.sklearn XGBModel,XGBClassifier,XGBRegressor,XGBRanker,XGBRFClassifier,XGBRFRegressor object
catboost.core CatBoost,CatBoostClassifier,CatBoostRegressor,CatBoostRanker object
torch.nn.modules.normalization RMSNorm object
torch.optim.adafactor Adafactor object
torch.optim.nadam NAdam object
torch.nn.attention.bias CausalVariant enum
tokenizers Tokenizer,AddedToken object
tokenizers.models Model,BPE,WordPiece,WordLevel,Unigram object
transformers.tokenization_utils_base AddedToken,BatchEncoding object
alignment.configs SFTConfig,DPOConfig object
open_r1.configs SFTConfig,GRPOConfig object
hydra.core.hydra_config HydraConfig object
pyannote.audio.core.task Specifications object
pyannote.audio.core.task Problem,Resolution enum
pyannote.audio.core.model Introspection object
statsmodels.tsa.statespace._representation sStatespace,dStatespace,cStatespace,zStatespace function
statsmodels.tsa.statespace._initialization sInitialization,dInitialization,cInitialization,zInitialization function
statsmodels.tsa.statespace._kalman_filter sKalmanFilter,dKalmanFilter,cKalmanFilter,zKalmanFilter function
statsmodels.tsa.statespace._kalman_smoother sKalmanSmoother,dKalmanSmoother,cKalmanSmoother,zKalmanSmoother function
statsmodels.tsa.statespace._simulation_smoother sSimulationSmoother,dSimulationSmoother,cSimulationSmoother,zSimulationSmoother function
networkx.classes.filters no_filter value
networkx.classes.function frozen value
sktime.forecasting.base._fh ForecastingHorizon object
torchmetrics.metric jit_distributed_available value
torchmetrics.utilities.data dim_zero_cat,dim_zero_max,dim_zero_min,dim_zero_mean,dim_zero_sum value
slicer.slicer Slicer object
formulaic.formula SimpleFormula object
formulaic.materializers.base EncodedTermStructure result
onnx.onnx_ml_pb2 ModelProto,GraphProto,NodeProto,TensorProto function
formulaic.parser.types.factor Factor.EvalMethod,Factor.Kind enum
formulaic.parser.types.token Token.Kind enum
formulaic.utils.variables Variable object
formulaic.utils.variables Variable.Role enum
shap._explanation Explanation object
lifelines.fitters.coxph_fitter CoxPHFitter forwards
cmdstanpy.stanfit.mle CmdStanMLE forwards
river._river_rust.drift AdaptiveWindowing function
river._river_rust.stats RsQuantile function
river._river_rust.vectordict VectorDict function
river._river_rust.vectordict euclidean_distance_tuple value
river.naive_bayes.gaussian GaussianNB._make_gaussian value
fairseq.dataclass.configs FairseqConfig,CommonConfig,CheckpointConfig,OptimizationConfig,DatasetConfig,DistributedTrainingConfig object
"""


def sources(wheels, folders):
    """(module, text) of every Python file."""
    for wheel in sorted(pathlib.Path(wheels).glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.endswith(".py"):
                    yield name[:-3].replace("/", "."), archive.read(name).decode("utf-8", "replace")
    for folder in map(pathlib.Path, folders):
        for path in folder.rglob("*.py"):
            yield ".".join(path.relative_to(folder.parent).with_suffix("").parts), path.read_text(errors="replace")


def base_names(node):
    bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]  # Generic[T]
    return {base.attr if isinstance(base, ast.Attribute) else base.id for base in bases if isinstance(base, (ast.Attribute, ast.Name))}


def last_name(node):
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None


def runs_nothing(name, bases, runs, seen=()):
    """Whether neither a class nor what it is derived from has a method that loading would call."""
    if name in READ:
        return True
    if name in runs:
        return False
    if name not in bases:
        return name in BASES or name.endswith("Mixin")
    return all(runs_nothing(base, bases, runs, (*seen, name)) for base in bases[name] if base not in seen and len(seen) < 16)


def proven(wheels, folders):
    """(module, class) of the libraries of which a proof is wanted, and what classes are derived from."""
    found, bases, runs = {}, {}, {}
    for module, text in sources(wheels, folders):
        module = module.removesuffix(".__init__")
        package = module.split(".")[0]
        library = PARTS.get(package, package)
        if package not in PROVEN or NOT.search(module) or ".dummy_" in module:
            continue
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        for node in tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            plain = len(base_names(node)) == len(node.bases) and all(
                word.arg == "metaclass" and last_name(word.value) in METACLASSES for word in node.keywords)
            bases.setdefault(library, {}).setdefault(node.name, set()).update(base_names(node) if plain else {"?"})
            methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
            is_container = base_names(node) & {"dict", "OrderedDict", "UserDict", "list", "UserList"}
            if methods & RUNS or (is_container and methods & FILLS):
                runs.setdefault(library, set()).add(node.name)
            if re.match(PROVEN[package], module) and not node.name.endswith("Weights"):
                found[module, node.name] = library
    harmless = {key for key, library in found.items() if runs_nothing(key[1], bases[library], runs.get(library, set()))}
    return harmless, {name: names for library in bases.values() for name, names in library.items()}


def harvest(wheels, folders):
    found, bases = proven(wheels, folders)
    for module, text in sources(wheels, folders):
        module = module.removesuffix(".__init__")
        library = LIBRARIES.get(module.split(".")[0])
        if not library or NOT.search(module) or not re.match(library[0], module):
            continue
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                bases.setdefault(node.name, set()).update(base_names(node))
                is_left_out = node.name in LEFT_OUT or (".integrations." in module and node.name.endswith("Callback"))
                if not is_left_out and (not library[1] or re.fullmatch(library[1], node.name)):
                    found.add((module, node.name))
    def is_enum(name, seen=()):
        return name in ("Enum", "IntEnum", "StrEnum", "ExplicitEnum", "Flag") or any(
            is_enum(base, (*seen, name)) for base in bases.get(name, ()) if base not in seen and len(seen) < 8)
    rows = {}
    for module, name in found:
        rows[module, name] = ("callable" if name in CALLABLE else "mapping" if name in MAPPINGS
                              else "enum" if is_enum(name) else "object")
    for line in BY_HAND.strip().splitlines():
        module, names, rule = line.split()
        for name in names.split(","):
            rows[module, name] = rule
    return rows


def main():
    rows = harvest(sys.argv[1], sys.argv[3:])
    lines = sorted(f"{module}\t{name}\tlibrary\t{rule}\n".encode() for (module, name), rule in rows.items())
    pathlib.Path(sys.argv[2]).write_bytes(b"".join(lines))
    print(f"{len(lines)} names")


if __name__ == "__main__":
    main()
