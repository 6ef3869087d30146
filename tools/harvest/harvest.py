#!/usr/bin/env python3
"""Rebuilds kb/transformers.json from the wheels of every release.

    harvest.py CACHE OUTPUT

CACHE keeps what was read of each release, so that only new ones are downloaded. The table says for
each fact in which releases it holds, as ranges of releases that follow one another: [first, last],
last null where it holds in the newest. docs/knowledge.md has its form.
"""
import concurrent.futures
import json
import pathlib
import sys

from transformers_facts import facts_of
from wheels import Wheel, final_releases

FIRST = "3.0.0"


def facts(cache, version):
    path = cache / f"transformers-{version}.json"
    if not path.exists():
        with Wheel("transformers", version) as wheel:
            text = json.dumps(facts_of(wheel))
        path.with_suffix(".part").write_text(text)
        path.with_suffix(".part").rename(path)
        print(f"harvest: transformers {version}", flush=True)
    return json.loads(path.read_text())


def ranges(holds, versions):
    """[first, last] of each run of `versions` for which holds(version)."""
    found, newest = [], versions[-1]
    for version in versions:
        if not holds(version):
            begun = False
            continue
        if found and begun:
            found[-1][1] = version
        else:
            found.append([version, version])
        begun = True
    for run in found:
        if run[1] == newest:
            run[1] = None
    return found


def fold(rows, versions):
    """{key: [[value, ranges]...]} of {version: {key: value}}: a value for each run in which it holds."""
    seen = {}
    for version in versions:
        for key, value in rows[version].items():
            seen.setdefault(key, {}).setdefault(json.dumps(value), []).append(version)
    return {key: [[json.loads(value), ranges(set(held).__contains__, versions)] for value, held in values.items()]
            for key, values in sorted(seen.items())}


def members(rows, versions):
    """{name: ranges} of {version: [names]}."""
    return {name: values[0][1] for name, values in fold({v: dict.fromkeys(rows[v], 0) for v in versions}, versions).items()}


def keys_that_change(all_facts, versions):
    """{model type: {key: ranges}} of configuration keys that not every release of the type knows."""
    found = {}
    for model_type in sorted({t for v in versions for t in all_facts[v]["model_types"]}):
        rows = {}
        for version in versions:
            config = all_facts[version]["model_types"].get(model_type)
            keys = all_facts[version]["config_keys"].get(config)
            if keys:
                rows[version] = list(keys)
        own = [v for v in versions if v in rows]
        changing = {key: held for key, held in members(rows, own).items() if held != [[own[0], None]]} if own else {}
        if changing:
            found[model_type] = changing
    return found


def types_of_classes(release):
    """{class of a model: its model types}. Auto classes look a model up by the class of its
    configuration: a type that a table leaves out has what another of the same configuration has."""
    config_of = release["model_types"]
    found = {}
    for rows in release["auto"].values():
        kin = {}
        for model_type in rows:
            kin.setdefault(config_of.get(model_type), model_type)
        for model_type, config in config_of.items():
            for name in rows.get(model_type) or rows.get(kin.get(config)) or ():
                found.setdefault(name, set()).add(model_type)
    return found


def architectures(all_facts, versions):
    """{class: [[model type, ranges]...]}, each type with the releases in which the class is one of it."""
    held = {}
    for version in versions:
        for name, types in types_of_classes(all_facts[version]).items():
            for model_type in types:
                held.setdefault(name, {}).setdefault(model_type, []).append(version)
    return {name: [[model_type, ranges(set(own).__contains__, versions)] for model_type, own in sorted(types.items())]
            for name, types in sorted(held.items())}


# Auto class: the table that it takes its classes from, and what their names end with.
AUTO_CLASSES = {
    "AutoModelForCausalLM": ("MODEL_FOR_CAUSAL_LM_MAPPING", ("ForCausalLM", "LMHeadModel")),
    "AutoModelForMaskedLM": ("MODEL_FOR_MASKED_LM_MAPPING", ("ForMaskedLM",)),
    "AutoModelForPreTraining": ("MODEL_FOR_PRETRAINING_MAPPING", ("ForPreTraining",)),
    "AutoModelForQuestionAnswering": ("MODEL_FOR_QUESTION_ANSWERING_MAPPING", ("ForQuestionAnswering",)),
    "AutoModelForSeq2SeqLM": ("MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING", ("ForConditionalGeneration",)),
}


def named_otherwise(all_facts, versions):
    """{Auto class: {model type: [[class, ranges]...]}} of the classes whose names do not end as the others do."""
    found = {}
    for auto, (mapping, endings) in AUTO_CLASSES.items():
        rows = {version: {model_type: names[0] for model_type, names in all_facts[version]["auto"].get(mapping, {}).items()
                          if not any(name.endswith(endings) for name in names)} for version in versions}
        found[auto] = fold(rows, versions)
    return found


def table(all_facts, versions):
    by = lambda name: {v: all_facts[v][name] for v in versions}
    return {
        "schema": "weighlock-transformers/1",
        "through": versions[-1],
        "releases": [[v, all_facts[v]["built"], all_facts[v]["python"], all_facts[v]["requires"]] for v in versions],
        "model_types": fold(by("model_types"), versions),
        "architectures": architectures(all_facts, versions),
        "named_otherwise": named_otherwise(all_facts, versions),
        "tokenizers": fold(by("tokenizers"), versions),
        "tokenizer_classes": members(by("tokenizer_classes"), versions),
        "activations": members(by("activations"), versions),
        "quantization": members(by("quantization"), versions),
        "config_keys": keys_that_change(all_facts, versions),
    }


def text_of(value):
    """JSON with one entry of each table a line: small, and readable in a diff."""
    lines = []
    for name, part in value.items():
        if isinstance(part, dict):
            rows = [f"  {json.dumps(key)}: {json.dumps(entry, separators=(',', ':'))}" for key, entry in part.items()]
            lines.append(f" {json.dumps(name)}: {{\n" + ",\n".join(rows) + "\n }")
        elif isinstance(part, list):
            rows = [f"  {json.dumps(entry, separators=(',', ':'))}" for entry in part]
            lines.append(f" {json.dumps(name)}: [\n" + ",\n".join(rows) + "\n ]")
        else:
            lines.append(f" {json.dumps(name)}: {json.dumps(part)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main():
    cache, output = map(pathlib.Path, sys.argv[1:])
    cache.mkdir(parents=True, exist_ok=True)
    versions = final_releases("transformers", FIRST)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        all_facts = dict(zip(versions, pool.map(lambda v: facts(cache, v), versions)))
    output.write_text(text_of(table(all_facts, versions)))
    print(f"harvest: {len(versions)} releases, through {versions[-1]}")


if __name__ == "__main__":
    main()
