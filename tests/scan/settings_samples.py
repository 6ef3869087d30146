"""What servers, libraries and tools are told to call, render or run: harmless() yields (name, bytes), evil() (name, bytes, least level)."""
import base64
import collections
import json
import pickle
import struct

MIB = 1 << 20
REACHES = "{{ ''.__class__.__mro__ }}"


def gguf(*pairs):
    """A file without tensors: each value is a text, or a list of texts."""
    def string(value):
        return struct.pack("<Q", len(value.encode())) + value.encode()
    out = b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs))
    for key, value in pairs:
        out += string(key)
        if isinstance(value, str):
            out += struct.pack("<I", 8) + string(value)
        else:
            out += struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(string, value))
    return out + bytes(-len(out) % 32)


def serialized(code):
    """As Stable-Baselines3 keeps what is no JSON."""
    return {":type:": "<class 'x'>", ":serialized:": base64.b64encode(code).decode()}


# A space of gymnasium, and a class by its name.
SPACE = b"\x80\x04\x8c\x14gymnasium.spaces.box\x8c\x03Box\x93)\x81}(\x8c\x06_shapeK\x03\x85ub."
POLICY = b"\x80\x04\x8c!stable_baselines3.common.policies\x8c\x11ActorCriticPolicy\x93."
RUNS = b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R."


def callees_harmless():
    yield "baselines/data", {"policy_class": serialized(POLICY), "observation_space": serialized(SPACE), "ep_info_buffer": serialized(pickle.dumps(collections.deque([1], 100)))}
    yield "rows.json", [{"text": "a call", "target": "os.system", "fn": "os.system"}, {"text": "b", "target": "acme.evil"}]
    yield "large/rows.json", [{"text": "x" * 90, "target": f"os.system {i}.", "func": "os.system"} for i in range(60_000)]
    for number, word in enumerate(("test.json", "cmd.exe", "code.org", "site.css", "trace.json", "queue.size", "io.weights")):
        yield f"words/{number}.json", {"a": {"target": word}, "b": {"cls": word, "args": []}}
    yield "ray/params.json", {"x": {"_type": "CLOUDPICKLE_FALLBACK", "value": pickle.dumps(collections.deque([1])).hex()}, "y": {"_type": "uniform", "value": 80}}
    yield "ray-large/values.json", [{"value": "80.5"}, {"_type": "a", "value": "80"}] * 200_000
    yield "logging.json", {"version": 1, "formatters": {"a": {"()": "logging.Formatter"}}, "handlers": {"b": {"class": "logging.StreamHandler", "args": []}}}
    yield "nni/trial.json", {"lr": {"__nni_type__": "bytes:" + base64.b64encode(pickle.dumps({1: 2})).decode()}}
    yield "calls.json", {"name": "os.path.join", "parameters": {"a": 1}, "args": ["x"], "function": "math.sqrt"}
    yield "mlserver/model-settings.json", {"name": "m", "implementation": "mlserver_sklearn.SKLearnModel"}
    yield "haystack/pipeline.json", {"components": {"llm": {"type": "haystack.components.generators.openai.OpenAIGenerator", "init_parameters": {"model": "m"}}}}
    yield "ldm/config.json", {"model": {"target": "ldm.models.autoencoder.AutoencoderKL", "params": {"lossconfig": {"target": "torch.nn.Identity"}}}}
    yield "hydra/config.json", {"act": {"_target_": "hydra.utils.get_class", "path": "torch.nn.ReLU"}, "path": "test.json"}
    yield "off/config.json", {"trust_remote_code": "false", "custom_pipelines": {}, "auto_map": {}, "custom_generate": None}
    yield "bundle/configs/inference.json", {
        "imports": ["$import glob", "$import os"], "bundle_root": ".", "device": "$torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')",
        "datalist": "$list(sorted(glob.glob(@dataset_dir + '/imagesTs/*.nii.gz')))", "output": "$os.path.join(@bundle_root, 'eval')",
        "network": {"_target_": "UNet", "channels": [16, 32]}, "run": ["$@evaluator.run()"], "price": "$5", "shell": "$HOME/x"}
    yield "money.json", {"a": "$(5)", "b": ["$x.y()", "$ __"], "c": "$eval(1)"}
    yield "servable/MAR-INF/MANIFEST.json", {"model": {"modelName": "m", "serializedFile": "m.pt", "handler": "image_classifier", "modelFile": ""}}
    yield "foundry/genai_config.json", {"model": {"decoder": {"filename": "model.onnx", "session_options": {"provider_options": []}}}}


def callees_evil():
    call = {"target": "os.system", "params": {"command": "true"}}
    for label, value, least in (
        ("target", {"a": call}, "critical"),
        ("target-alone", {"target": "os.system"}, "critical"),
        ("target-own", {"target": "acme.Net", "params": {}}, "medium"),
        ("cls", {"cls": "subprocess.Popen", "kwargs": {}}, "critical"),
        ("underscores", {"__target__": "os.system"}, "critical"),
        ("haystack", {"components": {"a": {"type": "subprocess.Popen", "init_parameters": {"args": "true"}}}}, "critical"),
        ("haystack-own", {"components": {"a": {"type": "acme.Thing", "init_parameters": {}}}}, "medium"),
        ("console", {"target": "code.interact"}, "critical"),
        ("opened", {"cls": "io.open", "args": ["x"]}, "critical"),
        ("fn", {"fn": "os.system", "args": ["true"]}, "medium"),
        ("attribute", {"f": {"_target_": "hydra.utils.get_method", "path": "os.system"}}, "critical"),
        ("generate", {"custom_generate": "acme/decoder"}, "medium"),
        ("pipeline", {"_class_name": "DiffusionPipeline", "custom_pipeline": "acme/pipeline"}, "medium"),
        ("remote-text", {"trust_remote_code": "true"}, "medium"),
        ("remote-number", {"trust_remote_code": 1}, "medium"),
        ("adapter", {"auto_mapping": {"base_model_class": "system", "parent_library": "transformers.utils.os"}}, "medium"),
        ("imports", {"custom_imports": {"imports": ["acme"], "allow_failed_imports": False}}, "medium"),
        ("operators", {"model": {"decoder": {"session_options": {"custom_ops_library": "x.so"}}}}, "medium"),
        ("bundle", {"imports": ["$import os"], "run": ["$os.system('true')"]}, "critical"),
        ("bundle-own", {"network": {"_target_": "Net"}, "x": ["$__import__('os').system('true')"]}, "critical"),
        ("bundle-quiet", {"bundle_root": ".", "x": "$acme.call(1)"}, "medium"),
        ("tool", {"name": "t", "tool_class": "tool.Tool"}, "medium"),
        ("user-dir", {"common": {"user_dir": "acme"}}, "medium"),
        ("ray", {"a": [{"_type": "CLOUDPICKLE_FALLBACK", "value": RUNS.hex()}]}, "critical"),
        ("ray-broken", {"a": {"_type": "CLOUDPICKLE_FALLBACK", "value": 5}}, "inconclusive"),
        ("nni-bytes", {"__nni_type__": "bytes:" + base64.b64encode(RUNS).decode()}, "critical"),
        ("nni-path", {"__symbol__": "path:os.system", "__args__": ["true"]}, "critical"),
        ("factory", {"handlers": {"a": {"()": "subprocess.Popen", "args": "true"}}}, "critical"),
        ("parts", {"_class_name": "APipeline", "unet": ["diffusers", "X.os.system"]}, "medium"),
    ):
        yield f"{label}/config.json", json.dumps(value).encode(), least
        if label not in ("haystack-own", "parts", "bundle-quiet"):
            spelt = json.dumps({**value, "pad": "x" * 4 * MIB}) if label not in ("target-alone", "console") else json.dumps([value, "x" * 4 * MIB])
            yield f"{label}-large/weights.json", spelt.encode(), least
    yield "model-settings.json", b'{"name": "m", "implementation": "os.system"}', "critical"
    yield "baselines/data", json.dumps({"policy_class": serialized(RUNS)}).encode(), "critical"
    yield "baselines-large/data", json.dumps({"pad": "x" * 4 * MIB, "policy_class": serialized(RUNS)}).encode(), "critical"
    yield "baselines-broken/data", json.dumps({"policy_class": {":serialized:": "gAJj b3M"}}).encode(), "inconclusive"
    yield "own/model-settings.json", b'{"name": "m", "implementation": "acme.Runtime"}', "medium"
    yield "MAR-INF/MANIFEST.json", json.dumps({"model": {"handler": "image_classifier", "serializedFile": "../../x"}}).encode(), "high"
    yield "MANIFEST.json", json.dumps({"Engine": "MXNet", "Model": {"Service": "service.py"}}).encode(), "medium"
    for label, text, least in (
        ("imports", "custom_imports: {imports: [acme], allow_failed_imports: false}\n", "medium"),
        ("attribute", "f: {path: os.system, _target_: hydra.utils.get_method}\n", "critical"),
        ("factory", "handlers: {a: {(): subprocess.Popen, args: x}}\n", "critical"),
        ("user-dir", "common: {user_dir: acme}\n", "medium"),
        ("bundle", "network: {_target_: UNet}\nrun: [\"$__import__('os').system('true')\"]\n", "critical"),
    ):
        yield f"yaml-{label}/config.yaml", text.encode(), least
    yield "MLmodel", b"flavors:\n  langchain:\n    model_code_path: agent.py\n", "medium"
    yield "bento.yaml", b"service: service:svc\nname: x\n", "medium"
    yield "config.pbtxt", b'backend: "python"\nparameters: {key: "EXECUTION_ENV_PATH", value: {string_value: "/x.tar.gz"}}\n', "medium"


def templates_harmless():
    yield "vue.json", {"template": "<div>{{ item.name }}</div>", "x": "{{ y }}"}
    yield "handlebars.json", {"prompt_template": "{{#if system}}{{system}}{{/if}}"}
    yield "format.json", {"template": 'Answer in JSON: {{"a": {x}}}', "prompt": "{{{{"}
    yield "rows/prompts-of-code.json", [{"prompt": "x", "answer": "{{ x.__class__ }}"}]
    yield "plain/config.json", {"prompts": {"query": "query: "}, "system_prompt": "Write {{ name }}."}


def templates_evil():
    for name, key in (("processor_config.json", "chat_template"), ("chat_template.json", "default"), ("x.json", "template"), ("tokenizer_config.json", "jinja_template"),
                      ("x.json", "instruction_template"), ("config.json", "system_prompt"), ("generation_config.json", "prompt"), ("mlc-chat-config.json", "conv_template"),
                      ("prompts.json", "prompt"), ("config.json", "chatTemplate")):
        yield f"{key}/{name}", json.dumps({"a": [{key: REACHES}]}).encode(), "high"
    yield "text/chat_template.json", json.dumps(REACHES).encode(), "high"
    yield "list/chat_template.json", json.dumps([REACHES]).encode(), "high"
    kind = ("general.architecture", "llama")
    for label, pair in (("list", ("tokenizer.chat_template", ["a", REACHES])), ("other", ("acme.prompt_template", REACHES)),
                        ("tokenizer", ("tokenizer.huggingface.json", json.dumps({"chat_template": REACHES})))):
        yield f"{label}/model.gguf", gguf(kind, pair), "high"


def tools_harmless():
    yield "clone/.gitmodules", b'[submodule "x"]\n\tpath = x\n\turl = https://example.org/x\n'
    yield "editor/.vscode/tasks.json", b'{"version": "2.0.0", "tasks": [{"label": "x", "type": "shell"}]} // a remark'
    yield "editor/.vscode/settings.json", b'{"editor.tabSize": 4}'
    yield "tasks.json", b'{"tasks": [{"runOn": "folderOpen"}]}'
    yield "encoded/notes.txt", "a: text\n".encode("utf-16")
    yield "encoded/README.md", "Write !!python/object here.\n".encode("utf-16")
    yield "python/config.json", b"{}"
    for name in ("__init__", "io", "types", "logging", "sub/__init__", "sub/json"):
        yield f"python/acme/{name}.py", b"X = 1\n"
    yield "pip/requirements.txt", b"--pre\n--no-binary :all:\ntorch==2.1 --hash=sha256:00\nacme[all]>=1; python_version<'3.9'\n# mail@example.org: me\n"
    yield "poetry/pyproject.toml", b'[tool.poetry]\nauthors = ["A <a@example.org>"]\n'
    yield "words.yaml", b"data: [{name: test.json}, {name: cmd.exe, params: {}}, {type: code.org}, {target: site.css}]\n"


def tools_evil():
    yield "sitecustomize/__init__.py", b"X = 1\n", "high"
    for module in ("yaml", "string", "flask", "urllib"):
        yield f"code/{module}.py", b"X = 1\n", "high"
    yield "code/PIL/__init__.py", b"X = 1\n", "high"
    yield "code/__init__.py", b"X = 1\n", "medium"
    for name in (".bashrc", ".profile", ".envrc", "run.ipy", "run.fish", "run.hta"):
        yield name, b"true\n", "medium"
    for label, line in (("url", "\turl = ext::sh -c true"), ("update", "\tupdate = !true")):
        yield f"{label}/.gitmodules", f'[submodule "x"]\n\tpath = x\n{line}\n'.encode(), "medium"
    task = {"version": "2.0.0", "tasks": [{"label": "x", "type": "shell", "command": "true", "runOptions": {"runOn": "folderOpen"}}]}
    yield ".vscode/tasks.json", json.dumps(task).encode(), "medium"
    yield ".devcontainer/devcontainer.json", b'{"image": "x", "postCreateCommand": "true"}', "medium"
    yield ".vscode/launch.json", b'{"configurations": [{"program": "x.py"}]}', "low"
    yield "pip.conf", b"[global]\nindex-url = http://example.org/\n", "medium"
    yield "uv.toml", b'[[index]]\nurl = "http://example.org"\n', "medium"
    for line in ("./wheels/acme.whl", "wheels/acme.whl", "acme.tar.gz ; python_version>'3'", ".", "--index-u http:/x", "--ed x", "-ex", "acme@file:/x", "acme @hg+ssh:/x",
                 "-f wheels", "/opt/acme"):
        yield "requirements.txt", f"numpy\n{line}\n".encode(), "medium"
    for name, words in (("requirements.txt", "git+https://example.org/x"), ("a.txt", "a: !!python/object/apply:os.system [true]")):
        yield f"encoded/{name}", words.encode("utf-16"), "inconclusive"
    yield "latin/a.txt", "# \xe9\n_target_: os.system\n".encode("latin-1"), "inconclusive"
    yield "x.gin", b"import acme\n", "low"
    yield "requirements/base.txt", b"git+https://example.org/x\n", "medium"


def harmless():
    for part in (callees_harmless, templates_harmless):
        for name, value in part():
            yield f"settings/{name}", json.dumps(value).encode()
    for name, data in tools_harmless():
        yield f"settings/{name}", data


def evil():
    yield from callees_evil()
    yield from templates_evil()
    yield from tools_evil()
