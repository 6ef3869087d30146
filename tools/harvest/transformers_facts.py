"""What one release of transformers knows, from its wheel."""
import ast
import re

from tables import tables_of

PINNED = ("tokenizers", "safetensors", "huggingface-hub", "numpy")


def requirements(lines, wanted_names=PINNED):
    """{package: range} of what is installed with it, and the torch of its extra."""
    wanted = {}
    for key, value in lines:
        if key != "Requires-Dist":
            continue
        match = re.match(r"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?\s*\(?([^;()]*)\)?\s*(?:;(.*))?$", value)
        name, spec, marker = match[1], match[2].replace(" ", ""), (match[3] or "").strip()
        spec = ",".join(sorted(spec.split(","))) if spec else ""
        name = name.replace("_", "-")
        if name in wanted_names and "extra" not in marker:
            wanted[name] = spec
        if name == "torch" and re.fullmatch(r"""extra == ['"]torch['"]""", marker):
            wanted["torch"] = spec
    return wanted


def module(wheel, *names):
    return next((text for text in map(wheel.text, names) if text), "")


def config_classes(wheel):
    """{model type: class of its configuration}, and the tables beside it."""
    auto = "transformers/models/auto/"
    mappings = tables_of(wheel.text(auto + "auto_mappings.py"))
    source = module(wheel, auto + "configuration_auto.py", "transformers/configuration_auto.py")
    tables = {**mappings, **tables_of(source, mappings)}
    types = tables.get("CONFIG_MAPPING_NAMES") or tables.get("CONFIG_MAPPING") or {}
    return {k: v for k, v in types.items() if isinstance(v, str)}, tables


def auto_models(wheel, tables, types):
    """{auto table: {model type: [classes]}}; old tables have configuration classes for model types."""
    auto = "transformers/models/auto/"
    source = module(wheel, auto + "modeling_auto.py", "transformers/modeling_auto.py")
    type_of = {}
    for model_type, config in types.items():
        type_of.setdefault(config, model_type)
    found = {}
    for name, table in tables_of(source, tables).items():
        if not name.startswith("MODEL_") or "MAPPING" not in name or not isinstance(table, dict):
            continue
        rows = {}
        for entry, classes in table.items():
            model_type = entry if entry in types else type_of.get(entry)
            if model_type is None or not classes:
                continue
            rows[model_type] = sorted(c for c in ([classes] if isinstance(classes, str) else classes) if c)
        if rows:
            found[name.replace("_NAMES", "")] = rows
    return found


def tokenizers(wheel, tables, types):
    """{model type: classes by name, slow first}."""
    auto = "transformers/models/auto/"
    source = module(wheel, auto + "tokenization_auto.py", "transformers/tokenization_auto.py")
    # From 3.4 to 4.9 a class is None where its library is missing, which is asked when it is imported.
    own = tables_of(re.sub(r"^    \w+ = None$", "    pass", source, flags=re.M), tables)
    table = own.get("TOKENIZER_MAPPING_NAMES") or own.get("TOKENIZER_MAPPING") or {}
    type_of = {config: model_type for model_type, config in reversed(list(types.items()))}
    found = {}
    for entry, classes in table.items():
        model_type = entry if entry in types else type_of.get(entry)
        if model_type:
            found[model_type] = [c for c in ([classes] if isinstance(classes, str) else classes or []) if c]
    return found


def tokenizer_classes(wheel):
    """Every class that a tokenizer_config.json could name: by its definition, wherever it is."""
    found = set()
    for name in wheel.names():
        if not name.endswith(".py") or "tokenization" not in name or "/auto/" in name:
            continue
        found.update(re.findall(r"^class (\w*Tokenizer\w*)\(", wheel.text(name), re.M))
        found.update(re.findall(r"^(\w*Tokenizer(?:Fast)?) = \w+$", wheel.text(name), re.M))
    found.update(re.findall(r"^class (TokenizersBackend|PythonBackend|SentencePieceBackend)\b",
                            "\n".join(wheel.text(n) for n in wheel.names() if n.endswith(".py") and "token" in n), re.M))
    return sorted(found)


def activations(wheel):
    tables = tables_of(wheel.text("transformers/activations.py"))
    return sorted(tables.get("ACT2FN") or tables.get("ACT2CLS") or {})


def quantization(wheel):
    source = module(wheel, "transformers/quantizers/auto.py")
    return sorted(tables_of(source).get("AUTO_QUANTIZATION_CONFIG_MAPPING") or {}) if source else []


def config_keys(wheel, classes):
    """{configuration class: its parameters with literal defaults, as text}."""
    found = {}
    for name in wheel.names():
        if not re.search(r"/configuration_\w+\.py$", name) or "/auto/" in name:
            continue
        for statement in ast.parse(wheel.text(name)).body:
            if isinstance(statement, ast.ClassDef) and statement.name in classes:
                found[statement.name] = _parameters(statement)
    return found


def _parameters(statement):
    keys = {}
    for part in statement.body:
        if isinstance(part, ast.FunctionDef) and part.name == "__init__":
            arguments = part.args.args[1:] + part.args.kwonlyargs
            defaults = [None] * (len(part.args.args) - 1 - len(part.args.defaults)) + part.args.defaults + part.args.kw_defaults
            for argument, default in zip(arguments, defaults):
                keys[argument.arg] = _literal(default)
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and not part.target.id.startswith("_"):
            keys[part.target.id] = _literal(part.value)
    return keys


def _literal(node):
    if node is None:
        return "?"
    try:
        return repr(ast.literal_eval(node))
    except (ValueError, TypeError):
        return "?"


def facts_of(wheel):
    lines, built = wheel.metadata()
    types, tables = config_classes(wheel)
    return {
        "version": wheel.version, "built": built,
        "python": dict(lines).get("Requires-Python", ""), "requires": requirements(lines),
        "model_types": types, "auto": auto_models(wheel, tables, types),
        "tokenizers": tokenizers(wheel, tables, types), "tokenizer_classes": tokenizer_classes(wheel),
        "activations": activations(wheel), "quantization": quantization(wheel),
        "config_keys": config_keys(wheel, set(types.values())),
    }
