"""YAML, templates, site files and code: harmless() yields (name, bytes), evil() (name, bytes, least level).

The harmless ones are written after the shapes of files that models are published with.
"""
import json

DATE = 'strftime_now("%d %b %Y")'


def yaml_harmless():
    yield "ldm/v1-inference.yaml", b"""model:
  base_learning_rate: 1.0e-04
  target: ldm.models.diffusion.ddpm.LatentDiffusion
  params:
    linear_start: 0.00085
    scheduler_config: # 10000 warmup steps
      target: ldm.lr_scheduler.LambdaLinearScheduler
      params:
        warm_up_steps: [ 10000 ]
        cycle_lengths: [ 10000000000000 ]
    unet_config:
      target: ldm.modules.diffusionmodules.openaimodel.UNetModel
      params:
        image_size: 32 # unused
        attention_resolutions: [ 4, 2, 1 ]
    first_stage_config:
      target: ldm.models.autoencoder.AutoencoderKL
      params:
        lossconfig:
          target: torch.nn.Identity
    cond_stage_config:
      target: ldm.modules.encoders.modules.FrozenCLIPEmbedder
"""
    yield "sgm/sd_xl_base.yaml", b"""model:
  target: sgm.models.diffusion.DiffusionEngine
  params:
    denoiser_config:
      target: sgm.modules.diffusionmodules.denoiser.DiscreteDenoiser
      params: {num_idx: 1000, scaling_config: {target: sgm.modules.diffusionmodules.denoiser_scaling.EpsScaling}}
    conditioner_config:
      target: sgm.modules.GeneralConditioner
      params:
        emb_models:
          - is_trainable: False
            input_key: txt
            target: sgm.modules.encoders.modules.FrozenCLIPEmbedder
            params: {layer: hidden, layer_idx: 11}
    own_config:
      target: aldm.models.first_stage.Autoencoder
      params: {}
"""
    yield "lightning/config.yaml", b"""seed_everything: true
trainer:
  logger:
    class_path: lightning.pytorch.loggers.TensorBoardLogger
    init_args: {save_dir: logs}
  callbacks:
  - class_path: pytorch_lightning.callbacks.ModelCheckpoint
    init_args:
      monitor: val_loss
  - class_path: lightning.pytorch.callbacks.LearningRateMonitor
model:
  class_path: vocos.experiment.VocosExp
  init_args:
    optimizer:
      class_path: torch.optim.AdamW
      init_args: {lr: 0.001}
ckpt_path: null
"""
    yield "nemo/model_config.yaml", b"""sample_rate: 16000
train_ds:
  manifest_filepath: ???
  labels: &labels [' ', a, b, "'"]
validation_ds:
  labels: *labels
preprocessor:
  _target_: nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor
  normalize: per_feature
encoder:
  _target_: nemo.collections.asr.modules.ConformerEncoder
  activation: relu
target: nemo.collections.asr.models.ctc_bpe_models.EncDecCTCModelBPE
nemo_version: 1.0.0
loss: ${encoder.loss}
"""
    yield "ultralytics/yolov8.yaml", b"""# Parameters
nc: 80 # number of classes
activation: torch.nn.LeakyReLU(negative_slope=0.1, inplace=True)
scales: # model compound scaling constants
  # [depth, width, max_channels]
  n: [0.33, 0.25, 1024]
backbone:
  # [from, repeats, module, args]
  - [-1, 1, Conv, [64, 3, 2]] # 0-P1/2
  - [-1, 1, SPPF, [1024, 5]] # 9
head:
  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]
  - [[-1, 6], 1, Concat, [1]] # cat backbone P4
  - [[15, 18, 21], 1, Detect, [nc]] # Detect(P3, P4, P5)
"""
    yield "yolov5/yolov5s.yaml", b"""nc: 80
act: nn.SiLU()
depth_multiple: 0.33
anchors:
  - [10,13, 16,30, 33,23]  # P3/8
backbone:
  [[-1, 1, Conv, [64, 6, 2, 2]],  # 0-P1/2
   [-1, 3, C3, [128]],
   [-1, 1, nn.Conv2d, [64, (3, 3)]],
   [-1, 1, SPPF, [1024, 5]],
  ]
head:
  [[-1, 1, nn.Upsample, [None, 2, 'nearest']],
   [[17, 20, 23], 1, Detect, [nc, anchors]],
  ]
"""
    yield "yolo/data.yaml", b"train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['a', 'b']\nroboflow: {url: https://example.org/a}\n"
    yield "pyannote/config.yaml", b"""version: 3.1.0
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    clustering: AgglomerativeClustering
    embedding: pyannote/wespeaker-voxceleb-resnet34-LM
params:
  clustering: {method: centroid, threshold: 0.7045654963945799}
preprocessors:
  audio: {name: pyannote.audio.utils.preprocessors.LowerTemporalResolution, params: {resolution: 0.1}}
"""
    yield "speechbrain/hyperparams.yaml", b"""# Feature parameters
pretrained_path: speechbrain/spkrec-ecapa-voxceleb
seed: 1234
__set_seed: !apply:torch.manual_seed [!ref <seed>]
n_mels: !ref <seed> // 2
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: !ref <n_mels>
embedding_model: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN
    channels: [1024, 1024]
    activation: !name:torch.nn.LeakyReLU
modules:
    compute_features: !ref <compute_features>
pretrainer: !new:speechbrain.utils.parameter_transfer.Pretrainer
    paths: {embedding_model: !ref <pretrained_path>/embedding_model.ckpt}
"""
    yield "mlflow/MLmodel", b"""artifact_path: model
flavors:
  python_function:
    env: {conda: conda.yaml, virtualenv: python_env.yaml}
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
  sklearn: {code: null, pickled_model: model.pkl, serialization_format: cloudpickle}
mlflow_version: 2.9.2
signature:
  inputs: '[{"type": "double", "name": "a \\"b\\""}]'
utc_time_created: '2023-01-01 00:00:00.000000'
"""
    yield "mlflow/python_env.yaml", b"python: 3.10.0\nbuild_dependencies:\n- pip==23\ndependencies:\n- -r requirements.txt\n"
    yield "mlflow/conda.yaml", b"channels:\n- conda-forge\ndependencies:\n- python=3.10\n- pip:\n  - mlflow==2.9.2\nname: mlflow-env\n"
    yield "lightning/hparams.yaml", b"betas: !!python/tuple\n- 0.9\n- 0.999\nname: a.b\ntarget: x\ntype: resnet.v1\n"
    yield "cards/meta.yaml", b"{% set version = '1.0' %}\npackage:\n  name: x\n  version: {{ version }}\n"
    yield "cards/about-tags.md", b"Do not use `!!python/object/apply:os.system`, nor\n\n_target_: os.system\n"
    yield "cards/comment.yaml", b"a: 1\nis_target_: 5  # once !!python/tuple\n# _target_: os.system\n# !!python/object/apply:os.system []\nb: 'it is !!python'\n"
    yield "cards/tags.txt", b"The tag !!python/name is of YAML: never load it\n%TAG is a directive\n\tand: that\n"
    yield "cards/wide.yaml", "a: 'caf\u00e9\u2028b'\nc: \"\\u00e9\\n\"\nd: |\n  x: {y\nlong: [%s]\n".encode() % b", ".join([b"1"] * 5000)
    yield "compose/docker-compose.yml", b"services:\n  a:\n    image: x:latest\n    build: {context: ., target: prod.stage}\n"


def yaml_evil():
    call = 'command: "true"\n'
    apply = "!!python/object/apply:os.system"
    for label, text in (
        ("next-line", f"m:\n  _target_:\n    os.system\n  {call}"),
        ("twice-in-a-line", "m: {a: {_target_: torch.nn.Linear}, b: {_target_: os.system, x: 1}}\n"),
        ("escaped-key", f'm:\n  "_\\x74arget_": os.system\n  {call}'),
        ("escaped-name", 'm:\r  _target_: "os.\\x73ystem"\r'),
        ("alias-of-key", f"k: &k _target_\nm:\n  *k : os.system\n  {call}"),
        ("alias-of-name", f"k: &k os.system\nm:\n  _target_: *k\n  {call}"),
        ("folded-key", f'm:\n  ? "_tar\\\n    get_"\n  : os.system\n  {call}'),
        ("twice", "m: {_target_: torch.nn.Linear, _target_: os.system}\n"),
        ("line-separator", '# c\u2028m: {"_\\x74arget_": os.system}\n'),
        ("next-line-character", '# c\u0085m: {"_\\x74arget_": "os.system"}\n'),
        ("json", '{"m": {"\\u005ftarget_": "os.system"}}'),
        ("attribute-of-a-library", "m: {_target_: nemo.core.classes.common.os.system}\n"),
        ("attribute-that-runs", "m: {_target_: enum.bltns.eval}\n"),
        ("built-in", "m: {_target_: eval}\n"),
        ("component", "m: {_component_: os.system}\n"),
        ("script", f"#!/bin/sh\nm: {{_target_: os.system}}\n"),
        ("ldm", f"model:\n  target: os.system\n  params:\n    {call}"),
        ("ldm-without-params", "model:\n  lossconfig: {target: os.getcwd}\n"),
        ("ldm-merged", "a: &a {target: subprocess.run}\nb: {<<: *a, params: {}}\n"),
        ("old-nemo", "model: {cls: os.system, params: {command: 'true'}}\n"),
        ("lightning", "model:\n  class_path: os.system\n  init_args:\n    command: 'true'\n"),
        ("pyannote", "pipeline: {name: a.B}\npreprocessors:\n  audio: {name: os.system, params: {command: 'true'}}\n"),
        ("haystack", "components: {a: {type: os.system, init_parameters: {command: 'true'}}}\n"),
        ("yolov5", "nc: 80\nbackbone:\n  [[-1, 1, \"__import__('os').system('true')\", [64]]]\nhead: []\n"),
        ("yolov5-arguments", "nc: 80\nbackbone: []\nhead: [[-1, 1, Conv, [\"eval('1')\"]]]\n"),
        ("ultralytics", "nc: 80\nactivation: __import__('os').system('true')\n"),
        ("hyperpyyaml-apply", "x: !apply:os.system ['true']\n"),
        ("hyperpyyaml-new", "x: !new:subprocess.Popen [['true']]\n"),
        ("hyperpyyaml-name", "x: !name:os.system\n"),
        ("hyperpyyaml-percent", "x: !%61pply:os.system ['true']\n"),
        ("hyperpyyaml-split", "%TAG !e! !ap\n---\nx: !e!ply:os.system ['true']\n"),
        ("tag-split", "%TAG !e! tag:yaml.org,2002:pyth\n---\nx: !e!on/object/apply:os.system ['true']\n"),
        ("tag-percent", "x: !!pyth%6fn/object/apply:os.system ['true']\n"),
        ("tag-verbatim", "x: !<tag:yaml.org,2002:python/object/apply:os.system> ['true']\n"),
        ("tag-redefined", "%TAG ! tag:yaml.org,2002:\n---\nx: !python/object/apply:os.system ['true']\n"),
        ("second-document", f"a: 1\n---\nx: {apply} ['true']\n"),
        ("behind-a-script", f"#!/bin/sh\nx: {apply} ['true']\n"),
    ):
        yield f"{label}/config.yaml", text.encode(), "critical"
    for name in ("conda.yaml", "environment.yml", "hparams.txt", "hparams", "requirements.yaml"):
        yield name, f"name: x\nx: {apply} ['true']\n".encode(), "critical"
    yield "split/hparams", b"%TAG !e! tag:yaml.org,2002:pyth\n---\nx: !e!on/object/apply:os.system ['true']\n", "critical"
    for label, text, least in (
        ("interpolated", "n: os.system\nm: {_target_: '${n}'}\n", "high"),
        ("interpolated-ldm", "n: os.system\nm: {target: '${n}', params: {}}\n", "high"),
        ("yolov5-call", "backbone: [[-1, 1, 'f(1)', []]]\n", "high"),
        ("ldm-unknown", "m: {target: acme.models.Net, params: {}}\n", "medium"),
        ("lightning-unknown", "m: {class_path: acme.Net}\n", "medium"),
        ("function-of-a-library", "m: {_target_: transformers.AutoModel.from_pretrained}\n", "medium"),
        ("remote-code", "handler: {trust_remote_code: true, model_path: a/b}\n", "medium"),
        ("other-tag", "a: !acme/thing {b: 1}\n", "medium"),
        ("tuple", "a: !!python/tuple [1]\n", "medium"),
        ("short-name", "m: {_target_: Compose}\n", "medium"),
        ("download", "train: x\ndownload: |\n  print(1)\n", "medium"),
        ("template", "chat_template: \"{{ ''['\\x5f_class__'] }}\"\n", "high"),
        ("control", "a: \x04\n_target_: os.system\n", "inconclusive"),
        ("standing-still", "]\n_target_: os.system\n", "high"),
        ("refused", "a: [b\n\"_\\x74arget_\": os.system\n", "inconclusive"),
    ):
        yield f"{label}/config.yaml", text.encode(), least
    yield "escaped/MLmodel", b'flavors:\n  python_function:\n    "loader_\\x6dodule": os\n    data: x\n', "medium"
    yield "python_env.yaml", b"python: 3.10.0\ndependencies:\n- acme @ git+https://example.org/x.git\n", "medium"
    yield "env.yaml", b"dependencies:\n- python\n- pip:\n  - git+https://example.org/x.git\n", "medium"
    yield "plain/env.yaml", b"dependencies:\n- python\n- pip:\n  - acme\n", "low"
    yield "many.yaml", b"#" + b"," * 600_000 + b'\nm: {"_\\x74arget_": os.system}\n', "inconclusive"


def templates_harmless():
    yield "templates/plain/chat_template.jinja", (
        "{%- set ns = namespace(text='', index=0, found=[]) %}{%- set roles = {'user': '__user__', 'bot': 'a_'} %}"
        "{%- for m in messages %}{%- set ns.text = ns.text ~ m.content ~ '\\n' %}{{ roles[m.role] }}{{ messages[ns.index].content }}"
        "{%- set ns.index = ns.index + 1 %}{%- endfor %}{%- if raise_exception is defined %}{%- endif %}"
        "{%- macro render(x, depth=0) %}{{ x.type ~ '(' }}{%- for k, v in x.items() %}{{ k ~ ': ' ~ v }}{%- endfor %}{%- endmacro %}"
        "{{ render(tools[0] | tojson) }}{%- for t in tools | map(attribute='function') | list %}{{ render(t, depth + 1) }}{%- endfor %}"
        "{{ names | map('trim') | map('replace', '_', ' ') | reject('equalto', x) | select('string') | join(', ') }}"
        "{%- if strftime_now is defined %}{{ " + DATE + " }}{%- endif %}"
        "{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | sort(true) | unique | join(sep) if 0 }}"
        "{%- for i in range(ns.index) %}{{ loop.index }}{{ messages[i].role }}{{ messages[loop.index0] }}{%- endfor %}"
    ).replace("join(sep)", "join('-')").encode()
    handlebars = b"{{#if system}}{{system}}{{/if}}\n{{#each messages}}{{this.content}}{{/each}}{{> part}}\n"
    yield "templates/handlebars/prompt_template.txt", handlebars
    yield "templates/handlebars/model_template.txt", b"{{{system}}} {{else}} {{/if}} {{^x}}"
    yield "templates/prose/model_template.txt", b"Write {% and then what you want %} with {{ braces\n"
    yield "templates/go/template", b"{{ if .System }}<|s|>{{ .System }}{{ end }}{{ .Prompt }}\n"
    yield "templates/prose/prompt.txt", b"You answer in JSON: {\"a\": {\"b\": 1}}. Do not write {% or {{.\n"


def templates_evil():
    tail = "{{ p('true') }}"
    for label, text, least in (
        ("map-by-name", "{% set f='at'~'tr' %}{% set u='_'~'_' %}{{ [lipsum]|map(f,u~'glo'~'bals'~u)|first }}" + tail, "high"),
        ("map-by-sum", "{{ ['']|map('at' ~ 'tr', x)|first }}", "high"),
        ("map-of-map", "{{ [['']]|map('map', 'at' ~ 'tr', x)|first }}", "high"),
        ("map-of-attr", "{{ [['']]|map('map', 'attr', x)|first }}", "high"),
        ("map-unpacked", "{{ ['']|map(*x)|first }}", "medium"),
        ("map-by-variable", "{{ ['']|map(f)|first }}", "medium"),
        ("select-by-variable", "{{ ['']|select(f)|first }}", "medium"),
        ("attribute-put-together", "{{ ['']|sort(attribute='a' ~ x) }}", "medium"),
        ("attribute-in-third-place", "{{ ['']|sort(false, false, x) }}", "medium"),
        ("attribute-unpacked", "{{ ['']|groupby(**x) }}", "medium"),
        ("loop", "{% set u='_'~'_' %}{% for c in [u~'glo'~'bals'~u] %}{% for i in [u~'in'~'it'~u] %}{{ cycler[i][c] }}{% endfor %}{% endfor %}", "high"),
        ("loop-alone", "{% set u='_'~'_' %}{% for c in [u~'cl'~x~'ss'~u] %}{{ ''[c] }}{% endfor %}", "medium"),
        ("dict", "{% set u='_'~'_' %}{% set d=dict(i=u~'in'~'it'~u) %}{% set f=cycler[d.i] %}", "high"),
        ("dict-alone", "{% set u='_'~'_' %}{% set d=dict(i=u~'cl'~x~u) %}{{ ''[d.i] }}", "medium"),
        ("dict-by-key", "{% set u='_'~'_' %}{% set d={'i': u~'cl'~x~u} %}{{ ''[d['i']] }}", "medium"),
        ("list", "{% set u='_'~'_' %}{% set l=[u~'cl'~x~u] %}{{ ''[l[0]] }}{{ ''[l|first] }}", "medium"),
        ("handed-on", "{% set u='_'~'_' %}{% set a=u~'cl'~x~u %}{% set b=a %}{% set c=b %}{{ ''[c] }}", "medium"),
        ("with", "{% set u='_'~'_' %}{% with b=1, a=u~'cl'~x~u %}{{ ''[a] }}{% endwith %}", "medium"),
        ("macro", "{% set u='_'~'_' %}{% macro m(k) %}{{ ''[k] }}{% endmacro %}{{ m(u~'cl'~x~u) }}", "medium"),
        ("call", "{% macro m() %}{{ caller('_'~x) }}{% endmacro %}{% call(k) m() %}{{ ''[k] }}{% endcall %}", "medium"),
        ("with-letters", "{% set u='a_b'[1] %}{% with k=u~u~'cl'~x~u~u %}{{ ''[k] }}{% endwith %}", "medium"),
        ("counter", "{% set c=cycler('_'~'_cl'~x) %}{% set k=c.next() %}{{ ''[k] }}", "medium"),
        ("replaced", "{% set k='__cl-ass__'.replace('-', '') %}{{ ''[k] }}", "medium"),
        ("stripped", "{{ ''['__cl<b>ass__'|striptags] }}", "medium"),
        ("joiner", "{{ joiner[x] }}", "high"),
        ("namespace", "{{ namespace[x] }}", "high"),
        ("raise-exception", "{{ raise_exception[x ~ y] }}", "high"),
        ("in-a-list", "{% set l = [raise_exception] %}{{ l[0] }}", "medium"),
        ("alias", "{% set c = cycler %}{{ c }}", "medium"),
    ):
        yield f"{label}/chat_template.jinja", text.encode(), least
        yield f"{label}/tokenizer_config.json", json.dumps({"chat_template": text}).encode(), least
    yield "prompt.txt", b"{{ x.__class__.__mro__ }}", "high"
    yield "system_prompt.txt", b"{% set p = cycler.__init__.__globals__ %}", "high"
    yield "wrong/chat_template.txt", b"{% if %}{% something %}", "medium"


SOURCES = {
    "Dockerfile": "FROM x\nRUN true\n", "gpu.dockerfile": "FROM x\n", "Makefile": "all:\n\ttrue\n", "run.R": "print(1)\n",
    "run.lua": "print(1)\n", "x.jl": "print(1)\n", "x.pyx": "import os\n", "kernel.cu": "__global__ void k(){}\n",
    "kernel.ptx": ".version 7.0\n.target sm_80\n", "ext.cpp": "int main(){}\n", "ext.c": "int main(){}\n", "ext.h": "int f();\n",
    "run.ipynb": '{"cells": [{"cell_type": "code", "source": ["print(1)"]}], "nbformat": 4}', "cog.yaml": "build:\n  run:\n    - true\n",
    ".github/workflows/x.yml": "on: push\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}\n", "CMakeLists.txt": "project(x)\n",
    "requirements.in": "acme\n", "reqs.txt": "acme==1.0\n",
}


def code_harmless():
    for name, text in SOURCES.items():
        yield f"sources/{name}", text.encode()
    config = b'[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tfsmonitor = true\n[remote "origin"]\n\turl = https://example.org/x\n'
    yield "clone/.git/config", config + b'[filter "lfs"]\n\tclean = git-lfs clean -- %f\n\tsmudge = git-lfs smudge -- %f\n'
    yield "node/package.json", b'{"name": "x", "scripts": {"test": "true"}}'
    yield "djl/serving.properties", b"engine=MPI\noption.entryPoint=djl_python.huggingface\noption.tensor_parallel_degree=4\n# option.trust_remote_code=true\n"
    yield "torchserve/config.properties", b"inference_address=http://0.0.0.0:8080\nmodel_store=/models\nload_models=all\ninstall_py_dep_per_model=false\n"
    yield "site/distutils.pth", b"lib\n../src\n# import nothing\nimports\n"


def code_evil():
    for name, text in SOURCES.items():
        yield name, text.encode(), "low"
    for label, line in (("fsmonitor", "[core]\n\tfsmonitor = true; true"), ("hooks", "[core] hooksPath = hooks"), ("ssh", "[core]\n\tSSHCommand=true x"),
                        ("filter", '[filter "x"]\n\tclean = true x'), ("textconv", '[diff "x"]\n\ttextconv = true x')):
        yield f"{label}/.git/config", line.encode() + b"\n", "high"
        yield f"{label}/bare/config", line.encode() + b"\n", "high"
    yield "alias/.git/config", b"[alias]\n\tst = !true\n", "medium"
    yield "post-checkout", b"true\n", "medium"
    yield ".git/hooks/update", b"true\n", "medium"
    yield "package.json", b'{"name": "x", "scripts": {"post\\u0069nstall": "true"}}', "medium"
    yield "reqs.txt", b"git+https://example.org/x.git\n", "medium"
    for label, line in (("remote-code", "option.trust_remote_code=true"), ("escaped", "option.trust\\u005fremote_code : True"),
                        ("continued", "option.trust_rem\\\n   ote_code=true"), ("entry", "option.entryPoint=http://example.org/model.py"),
                        ("install", "install_py_dep_per_model=true"), ("models", "load_models=http://example.org/x.mar"),
                        ("environment", "enable_envvars_config=true"), ("plugins", "plugins_path=/x")):
        yield f"{label}/serving.properties", b"engine=Python\n" + line.encode() + b"\n", "medium"
    yield "agent/config.properties", b"vmargs=-Xmx1g -javaagent:/x.jar\n", "high"
    for label, text in (("cr", "lib\rimport os\n"), ("form-feed", "lib\fimport os\n"), ("mark", "\ufeffimport os\n"), ("tab", "import\tos\n"),
                        ("vertical", "lib\vimport os\n"), ("separator", "lib\u2028import os\n"), ("next-line", "lib\u0085import os\n"), ("group", "lib\x1dimport os\n")):
        yield f"{label}/x.pth", text.encode(), "high"


def harmless():
    for part in (yaml_harmless, templates_harmless, code_harmless):
        for name, data in part():
            yield f"text/{name}", data


# Calls behind other names than their own, and code in strings that are put together.
RENAMED = [
    "import subprocess as s\ns.run('true')\n",
    "import os as o\no.system('true')\n",
    "import os.path, os as o\no.popen('true')\n",
    "from os import system as run\nrun('true')\n",
    "from os import (path,\n    popen as p)\np('true')\n",
    "from os import path, \\\n    system as f\nf('true')\n",
    "from os import *\nsystem('true')\n",
    "if True: import pickle as p\np.loads(b'')\n",
    "from importlib import import_module as m\nm('os')\n",
    "from base64 import b64decode as d\nd('')\n",
    "import os\ngetattr(os, 'sys' + 'tem')('true')\n",
    'x = f"{__import__(\'os\').system(\'true\')}"\n',
    'x = rf\'{{a}} {eval("1")}\'\n',
]


def renamed():
    for number, code in enumerate(RENAMED):
        yield f"renamed/{number}.py", code.encode(), "high"


def evil():
    for part in (yaml_evil, templates_evil, code_evil, renamed):
        yield from part()
