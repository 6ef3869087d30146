"""JSON by which libraries import and call: harmless() yields (name, bytes), evil() (name, bytes, least level)."""
import io
import json
import zipfile

MIB = 1 << 20
LAMBDA = {"class_name": "Lambda", "config": {"function": ["4wEAAAAAAAAA", None, None]}}
MODEL = {"class_name": "Sequential", "config": {"name": "s", "layers": [LAMBDA]}}


def keras_zip(config):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.4.1"}')
        archive.writestr("config.json", json.dumps(config))
    return out.getvalue()


def layer(module, name, config=None, **more):
    return {"module": module, "class_name": name, "config": {} if config is None else config, "registered_name": None, **more}


def function(module, name):
    return {"module": module, "class_name": "function", "config": name, "registered_name": "function"}


def functional(*layers):
    return layer("keras", "Functional", {"name": "f", "layers": list(layers), "input_layers": [], "output_layers": []})


def nested(value, depth, opening="[", closing="]"):
    return opening * depth + json.dumps(value) + closing * depth


def ordinary_keras():
    yield functional(
        layer("keras.layers", "InputLayer", {"batch_shape": [None, 4], "dtype": "float32", "name": "i"}, build_config={"input_shape": [None, 4]}),
        layer("keras.layers", "Dense", {
            "units": 4, "activation": function("keras.activations", "gelu"),
            "kernel_initializer": layer("keras.initializers", "GlorotUniform", {"seed": None}),
            "dtype": layer("keras", "DTypePolicy", {"name": "float32"})},
            inbound_nodes=[{"args": [{"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "keras_history": ["i", 0, 0]}}], "kwargs": {}}]),
        layer("keras.src.ops.numpy", "Add", {"name": "add"}),
        layer("keras.layers", "TextVectorization", {"vocabulary": None, "standardize": "lower_and_strip_punctuation"}),
        layer("keras.layers", "StringLookup", {"vocabulary": ["/etc", "a", "b"], "name": "l"}),
        layer("builtins", "__tuple__", [1, 2]),
        layer("keras_hub.src.models.gpt2.gpt2_backbone", "GPT2Backbone", {"vocabulary_size": 9}, registered_name="keras_hub>GPT2Backbone"),
        layer("keras_nlp.src.models.bert.bert_tokenizer", "BertTokenizer", {"lowercase": True}),
    )
    yield {"class_name": "Sequential", "config": {"name": "s", "layers": [
        {"class_name": "Dense", "config": {"units": 2, "activation": "relu", "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}}}}]},
        "keras_version": "2.15.0", "backend": "tensorflow"}


def harmless():
    for i, config in enumerate(ordinary_keras()):
        yield f"json/keras-{i}/model.json", json.dumps(config).encode()
        yield f"json/keras-{i}/model.keras", keras_zip(config)
    for name, text in (("prose", "{\\bf a} [b, {c"), ("log", "[INFO] {a"), ("lines", '{"a": 1}\n{"b": 2')):
        yield f"json/{name}", text.encode()
    vocabulary = {f"Ġtoken{i}": i for i in range(120_000)}
    tokenizer = {
        "version": "1.0", "added_tokens": [{"id": 0, "content": "<s>", "special": True}],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "ByteLevel"}, "decoder": {"type": "ByteLevel"},
        "model": {"type": "BPE", "vocab": vocabulary, "merges": [f"Ġ t{i}" for i in range(90_000)]}}
    yield "json/large/tokenizer.json", json.dumps(tokenizer).encode()
    yield "json/words/tokenizer.json", json.dumps({"model": {"type": "BPE", "vocab": {
        w: i for i, w in enumerate(("class_name", "module", "config", "_target_", "auto_map", "os.system", "type", "py/object", "Lambda", "function"))}}}).encode()
    labels = {"annotations": [{"class_name": "cat", "type": "box", "bbox": [1, 2, 3, i]} for i in range(90_000)]}
    yield "json/labels.json", json.dumps(labels).encode()
    yield "json/classes.json", json.dumps([{"class_name": "function", "count": 3}, {"class_name": "Lambda", "count": 1}]).encode()
    yield "json/deep.json", nested({"a": 1}, 300).encode()
    yield "json/deep-objects.json", nested(1, 300, '{"a": ', "}").encode()
    yield "json/twice.json", b'{"a": 1, "a": 2, "NaN": NaN, "class_name": "x", "class_name": "y"}'
    yield "json/rows.json", b"\n".join(json.dumps({"text": f"row {i}", "type": "a"}).encode() for i in range(100))
    yield "json/gluonts/predictor.json", json.dumps({
        "__kind__": "instance", "class": "gluonts.torch.model.predictor.PyTorchPredictor", "args": [], "kwargs": {
            "prediction_length": 24, "freq": {"__kind__": "type", "class": "gluonts.time_feature._base.hour_of_day"},
            "dtype": {"__kind__": "type", "class": "numpy.float32"},
            "input_transform": {"__kind__": "instance", "class": "gluonts.transform._base.Chain", "kwargs": {"transformations": []}}}}).encode()
    yield "json/st/modules.json", json.dumps([
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]).encode()
    yield "json/st/2_Dense/config.json", b'{"in_features": 2, "out_features": 2, "bias": true, "activation_function": "torch.nn.modules.activation.Tanh"}'
    yield "json/st/router_config.json", b'{"types": {"query_0_Dense": "sentence_transformers.models.Dense"}, "structure": {"query": ["query_0_Dense"]}}'
    yield "json/st/wordembedding_config.json", b'{"tokenizer_class": "sentence_transformers.models.tokenizer.WhitespaceTokenizer.WhitespaceTokenizer"}'
    yield "json/llama/tokenizer_config.json", b'{"tokenizer_class": "LlamaTokenizer", "model_max_length": 5}'
    yield "json/torchtune/config.json", b'{"model": {"_component_": "torchtune.models.llama3.llama3_8b"}, "optimizer": {"_component_": "torch.optim.AdamW"}}'
    yield "json/types.js.json", b'{"types": {"node": "1.0.2", "a": "b"}, "type": "module"}'
    yield "json/ce/config.json", b'{"model_type": "bert", "sentence_transformers": {"activation_fn": "torch.nn.modules.activation.Sigmoid"}, "sbert_ce_default_activation_function": "torch.nn.modules.linear.Identity"}'
    yield "json/gpt2/config.json", b'{"model_type": "gpt2", "activation_function": "gelu_new"}'
    yield "json/allennlp/config.json", json.dumps({
        "dataset_reader": {"type": "snli", "tokenizer": {"type": "spacy"}},
        "model": {"type": "basic_classifier", "initializer": {"regexes": [["a.*", {"type": "xavier_uniform"}]]}},
        "trainer": {"optimizer": {"type": "huggingface_adamw"}}}).encode()
    yield "json/diffusers/model_index.json", json.dumps({
        "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30.0", "requires_safety_checker": False,
        "feature_extractor": [None, None], "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
        "scheduler": ["diffusers", "PNDMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
        "image_size": [512, 512], "names": ["a", "b"][:1], "unet": ["diffusers", "UNet2DConditionModel"]}).encode()
    yield "json/unet/config.json", json.dumps({"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.6.0", "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"], "center_input_sample": False}).encode()
    yield "json/pickled.json", json.dumps({"py/object": "collections.OrderedDict", "a": {"py/tuple": [1, 2]}, "b": {"py/type": "numpy.float32"}}).encode()
    yield "json/schema.json", json.dumps({"type": "object", "properties": {"a.b": {"type": "string", "format": "date"}}}).encode()
    yield "json/site/manifest.json", b'{"name": "app", "icons": [{"src": "a.png", "type": "image/png"}]}'
    yield "json/blank.txt", b"\n" * 5000 + b"a text\n"
    yield "json/types.json", json.dumps([{"type": f"com.example.Event{i}", "config": None} for i in range(250_000)]).encode()
    yield "json/index/model.safetensors.index.json", json.dumps({"metadata": {}, "weight_map": {f"model.layers.{i}.w": "model-00001-of-00002.safetensors" for i in range(70_000)}}).encode()


def padded(value, size=4 * MIB):
    return json.dumps({**value, "pad": "x" * size}).encode()


def evil():
    yield "large/model.json", padded(MODEL), "critical"
    yield "large-first/model.json", json.dumps({"pad": ["x" * 100] * 50_000, **MODEL}).encode(), "critical"
    yield "large-list/model.json", json.dumps(list(range(700_000)) + [MODEL]).encode(), "critical"
    yield "large-target/weights.json", padded({"_target_": "os.system", "command": "true"}), "critical"
    yield "large-escaped/weights.json", padded({"x": 1}).replace(b'"x"', b'"_\\u0074arget_"').replace(b": 1", b': "os.\\u0073ystem"'), "critical"
    yield "large-template/tokenizer.json", padded({"chat_template": "{{ x.__class__ }}"}), "high"
    yield "large-template-named/tokenizer.json", padded({"chat_template": [{"name": "d", "template": "{{ x.__class__ }}"}]}), "high"
    yield "large-map/tokenizer.json", padded({"auto_map": {"AutoTokenizer": ["x.Y", None]}}), "medium"
    yield "large-remote/tokenizer.json", padded({"model_kwargs": {"trust_remote_code": True}}), "medium"
    yield "large-out/model.safetensors.index.json", padded({"weight_map": {"w": "../../x"}}), "high"
    yield "large-bound/a.json", padded({"_target_": "x" * 2 * MIB}), "inconclusive"
    yield "large-cut/model.json", padded(MODEL)[:-1], "critical"
    yield "deep/model.json", json.dumps({**MODEL, "pad": "@"}).replace('"@"', nested(1, 80)).encode(), "critical"
    yield "deeper/model.json", json.dumps({**MODEL, "pad": "@"}).replace('"@"', nested(1, 9000)).encode(), "critical"
    yield "inside/model.json", nested(MODEL, 900).encode(), "critical"
    yield "inside-objects/model.json", nested(MODEL, 900, '{"a": ', "}").encode(), "critical"
    yield "deepest/model.json", nested(MODEL, 20_000).encode(), "inconclusive"
    yield "deep/config.json", json.dumps({"a": "@"}).replace('"@"', nested(1, 80)).encode(), "inconclusive"
    twice = json.dumps(MODEL).replace('"class_name": "Lambda"', '"class_name": "%s", "class_name": "%s"')
    for label, names in (("last", ("Dense", "Lambda")), ("first", ("Lambda", "Dense"))):
        for name in ("architecture.txt", "model.json"):
            yield f"twice-{label}/{name}", (twice % names).encode(), "critical"
    yield "twice-target.json", b'{"_target_": "torch.nn.Linear", "_target_": "os.system"}', "critical"
    yield "twice-many.json", b'{"class_name": "Sequential", "config": {}, ' + b'"class_name": "x", ' * 20 + b'"a": 1}', "inconclusive"
    yield "twice-template/tokenizer_config.json", b'{"chat_template": "{{ a }}", "chat_template": "{{ a.__class__ }}"}', "high"
    yield "broken/model.json", json.dumps(MODEL)[:-1].encode(), "critical"
    yield "blank/architecture.txt", b" " * 5000 + json.dumps(MODEL).encode(), "critical"
    yield "wrapped/model_config.json", json.dumps({"model": MODEL}).encode(), "critical"
    yield "listed/model_config.json", json.dumps([1, [MODEL]]).encode(), "critical"

    calls = {
        "load-model": function("keras.models", "load_model"), "load-saving": function("keras.saving", "load_model"),
        "load-src": function("keras.src.saving.saving_api", "load_model"), "from-json": function("keras.src.models.model", "model_from_json"),
        "hub": function("keras_hub.src.utils.preset_utils", "load_json"), "nlp": function("keras_nlp.src.models.task", "load_json"),
        "get-file": function("keras.utils", "get_file"), "deserialize": function("keras.layers", "deserialize"),
        "deserialize-loss": function("keras.losses", "deserialize"), "builtins": function("builtins", "eval"),
        "class": layer("keras.utils", "get_file"), "hub-class": layer("keras_hub.src.utils.preset_utils", "PresetLoader"),
        "lower": layer("keras.models", "load_model"), "dotted": layer("keras.layers", "core.Dense"),
    }
    for label, call in calls.items():
        call = {**call, "name": "l", "inbound_nodes": [{"args": ["hf://acme/repo"], "kwargs": {"safe_mode": False}}]}
        yield f"{label}/model.json", json.dumps(functional(call)).encode(), "high"
        yield f"{label}/model.keras", keras_zip(functional(call)), "high"
    yield "alone/model.json", json.dumps(calls["load-model"]).encode(), "high"
    for path, least in (("/etc/passwd", "high"), ("../x", "high"), ("hf://acme/x", "high"), ("words.txt", "medium")):
        for name in ("StringLookup", "TextVectorization"):
            yield f"{name}-{least}-{len(path)}/model.keras", keras_zip(functional(layer("keras.layers", name, {"vocabulary": path}))), least
    yield "remote/model.keras", keras_zip({**functional(), "auto_map": {"A": "x.Y"}}), "medium"

    yield "gluonts/predictor.json", json.dumps({"__kind__": "instance", "class": "os.system", "args": ["true"], "kwargs": {}}).encode(), "critical"
    yield "gluonts-type/predictor.json", json.dumps({"a": [{"__kind__": "type", "class": "acme.Thing"}]}).encode(), "high"
    yield "gluonts-serde/predictor.json", json.dumps({"__kind__": "instance", "class": "gluonts.core.serde.load_json"}).encode(), "high"
    yield "jsonpickle/model.json", json.dumps({"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["true"]}]}).encode(), "critical"
    yield "jsonpickle-type/model.json", json.dumps({"py/reduce": [{"py/type": "subprocess.Popen"}, {"py/tuple": ["true"]}]}).encode(), "critical"
    yield "jsonpickle-object/model.json", json.dumps([{"py/object": "acme.Thing"}]).encode(), "high"
    yield "jsonpickle-repr/model.json", json.dumps({"py/repr": "os/os.system('true')"}).encode(), "critical"
    yield "st/2_Dense/config.json", b'{"in_features": 2, "activation_function": "code.interact"}', "critical"
    yield "st-function/2_Dense/config.json", b'{"in_features": 2, "activation_function": "torch.nn.functional.glu"}', "low"
    yield "ce/config.json", b'{"sbert_ce_default_activation_function": "code.interact"}', "critical"
    yield "ce-4/config.json", b'{"sentence_transformers": {"activation_fn": "acme.Act"}}', "high"
    yield "st-router/router_config.json", b'{"types": {"query_0_Dense": "os.system"}, "structure": {}}', "critical"
    yield "st-router-own/router_config.json", b'{"types": {"query_0_Dense": "acme.Dense"}, "structure": {}}', "medium"
    yield "st-words/wordembedding_config.json", b'{"tokenizer_class": "os.system", "max_seq_length": 5}', "critical"
    yield "torchtune/config.json", b'{"model": {"_component_": "os.system"}}', "critical"
    yield "lightning/config.json", b'{"model": {"class_path": "subprocess.Popen", "init_args": {"args": "true"}}}', "critical"
    yield "registered/model.json", json.dumps(functional(layer("keras.layers", "Dense", registered_name="keras>Lambda"))).encode(), "critical"
    yield "st-modules/modules.json", b'[{"idx": 0, "name": "0", "path": "", "type": "os.system"}]', "critical"
    yield "st-own/modules.json", b'[{"idx": 0, "name": "0", "path": "", "type": "acme.Transformer"}]', "medium"
    yield "st-util/modules.json", b'[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.util.http_get"}]', "medium"
    yield "allennlp/config.json", json.dumps({"model": {"type": "os.system", "command": "true"}}).encode(), "critical"
    yield "allennlp-own/config.json", json.dumps({"dataset_reader": {"type": "snli"}, "model": {"type": "acme.models.Thing"}}).encode(), "medium"
    yield "diffusers/model_index.json", json.dumps({"_class_name": "StableDiffusionPipeline", "unet": ["os", "system"]}).encode(), "critical"
    yield "diffusers-own/model_index.json", json.dumps({"_class_name": "P", "unet": ["my_unet", "MyUNet"]}).encode(), "medium"
    yield "diffusers-function/model_index.json", json.dumps({"_class_name": "P", "unet": ["transformers", "pipeline"]}).encode(), "medium"
    yield "diffusers-elsewhere/index.json", json.dumps({"_diffusers_version": "0.1", "unet": ["os", "system"]}).encode(), "critical"
    yield "torchserve/MANIFEST.json", json.dumps({"model": {"modelName": "m", "handler": "handler.py"}}).encode(), "medium"
    yield "cut/settings", b'{"a": [1, {"b": "c', "low"
    yield "cut-list/settings.txt", b'[\n  {"a": 1}, {"b": ', "low"
    yield "cut-large/settings", b'{"a": ["' + b"x" * 5_000_000, "low"
    skops = {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"}
    yield "skops/schema.json", json.dumps(skops).encode(), "critical"
