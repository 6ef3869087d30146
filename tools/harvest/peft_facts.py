"""What one release of PEFT knows of adapter_config.json, from its wheel."""
import ast
import re

from transformers_facts import requirements

# Spelled here as `requirements` of a wheel names them.
WANTED = ("torch", "transformers", "safetensors", "accelerate", "huggingface-hub")


def sources(wheel):
    return {name: wheel.text(name) for name in wheel.names() if name.startswith("peft/") and name.endswith(".py")}


def _name(node):
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def _is_dataclass(node):
    return any(_name(d.func if isinstance(d, ast.Call) else d) == "dataclass" for d in node.decorator_list)


def _literal(node):
    """[value] of a literal, [] where it is none."""
    try:
        return [ast.literal_eval(node)]
    except ValueError:
        return []


def _default(value):
    """The default of a field as [value], [] where it is not known or there is none; None: no field of the
    constructor."""
    if value is None:
        return []
    if not (isinstance(value, ast.Call) and _name(value.func) == "field"):
        return _literal(value)
    given = {k.arg: k.value for k in value.keywords}
    if "init" in given and _literal(given["init"]) == [False]:
        return None
    if "default" in given:
        return _literal(given["default"])
    made = {"dict": {}, "list": []}.get(_name(given.get("default_factory")))
    return [] if made is None else [made]


def classes(files):
    """{class: (bases, {field: default})} of all dataclasses."""
    found = {}
    for text in files.values():
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.ClassDef) or not _is_dataclass(node):
                continue
            fields = {}
            for item in node.body:
                if not isinstance(item, ast.AnnAssign) or not isinstance(item.target, ast.Name):
                    continue
                default = _default(item.value)
                if default is not None and "ClassVar" not in ast.unparse(item.annotation):
                    fields[item.target.id] = default
            # Later files of the same name (a module kept for old imports) lose to config.py.
            if node.name not in found or fields:
                found[node.name] = ([_name(b) for b in node.bases], fields)
    return found


def constructor(name, known, seen=()):
    """{field: default} of a class and its bases."""
    if name not in known or name in seen:
        return {}
    bases, own = known[name]
    fields = {}
    for base in reversed(bases):
        fields.update(constructor(base, known, (*seen, name)))
    fields.update(own)
    return fields


def peft_types(files):
    """{peft_type: class of its configuration}."""
    found = {}
    for text in files.values():
        for node in ast.walk(ast.parse(text)):
            target = None
            if isinstance(node, ast.Assign):
                target, value = _name(node.targets[0]), node.value
            elif isinstance(node, ast.AnnAssign):
                target, value = _name(node.target), node.value
            if target == "PEFT_TYPE_TO_CONFIG_MAPPING" and isinstance(value, ast.Dict):
                for key, config in zip(value.keys, value.values):
                    found[key.value if isinstance(key, ast.Constant) else _name(key)] = _name(config)
            if isinstance(node, ast.Call) and _name(node.func) == "register_peft_method":
                given = {k.arg: k.value for k in node.keywords}
                if isinstance(given.get("name"), ast.Constant):
                    found[given["name"].value.upper()] = _name(given["config_cls"])
    return found


def unknown_keys(files):
    """What becomes of a key that the configuration does not have: "ignored", "raises", "warned"."""
    text = files.get("peft/config.py") or files.get("peft/utils/config.py") or ""
    if "_check_and_remove_unused_kwargs" in text:
        return "warned"
    if "if hasattr(config, key)" in text:
        return "ignored"
    return "raises" if "config_cls(**" in text else "ignored"


def task_types(files):
    """Names of task types where a configuration refuses others, else nothing."""
    config = files.get("peft/config.py", "")
    if "Invalid task type" not in config:
        return []
    text = files.get("peft/utils/peft_types.py", "")
    body = re.search(r"class TaskType\(.*?\):(.*?)(?:\nclass |\ndef |\Z)", text, re.S)
    return re.findall(r"^    ([A-Z_0-9]+) = ", body[1], re.M) if body else []


def facts_of(wheel):
    files = sources(wheel)
    known = classes(files)
    types = peft_types(files)
    lines, built = wheel.metadata()
    python = next((value for key, value in lines if key == "Requires-Python"), "")
    return {
        "built": built,
        "python": python,
        "requires": requirements(lines, WANTED),
        "types": types,
        "fields": {name: constructor(name, known) for name in sorted(set(types.values()))},
        "unknown_keys": unknown_keys(files),
        "task_types": task_types(files),
        "safetensors": any("SAFETENSORS_WEIGHTS_NAME" in text for text in files.values()),
    }
