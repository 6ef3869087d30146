#!/usr/bin/env python3
"""Rebuilds kb/rotary.json: where releases of transformers before 5 look for what 5 keeps in rope_parameters.

    rotary.py CACHE KB/transformers.json OUTPUT

Of each minor release the last is read, as source: the constructors of its configurations have the keys and what
they are by default, the model beside one says in which form it takes rope_scaling. In which releases a
configuration has a key at all is in kb/transformers.json, and is exact. docs/knowledge.md has the form.
"""
import ast
import concurrent.futures
import json
import pathlib
import re
import sys

from harvest import ranges, text_of
from transformers_facts import _parameters, config_classes
from wheels import Wheel, key

FIRST = "4.21.0"

# key: where rope_parameters has it, first of one for all layers, then of one for each kind of them
KEYS = {
    "rope_theta": ["/rope_theta", "/full_attention/rope_theta"],
    "rotary_emb_base": ["/rope_theta"],
    "global_rope_theta": ["/full_attention/rope_theta"],
    "local_rope_theta": ["/sliding_attention/rope_theta"],
    "rope_local_base_freq": ["/sliding_attention/rope_theta"],
    "partial_rotary_factor": ["/partial_rotary_factor"],
    "rotary_pct": ["/partial_rotary_factor"],
    "sliding_window_pattern": [],  # from layer_types, beside rope_parameters
}
# What a release takes that has no such key, as its model is written.
FIXED = {
    "falcon": {"rope_theta": 10000.0}, "glm": {"partial_rotary_factor": 0.5},
    "llama": {"rope_theta": 10000.0}, "phi3": {"partial_rotary_factor": 1.0},
}


def facts_of(wheel):
    """{class of a configuration: its keys, {key: default}; the form of rope_scaling}"""
    types, _ = config_classes(wheel)
    wanted, found = set(types.values()), {}
    for name in wheel.names():
        if not re.search(r"/configuration_\w+\.py$", name) or "/auto/" in name:
            continue
        source = wheel.text(name)
        if "rope" not in source and "rotary" not in source:
            continue
        folder, stem = name.rsplit("/configuration_", 1)
        model = wheel.text(f"{folder}/modeling_{stem}")
        for statement in ast.parse(source).body:
            if isinstance(statement, ast.ClassDef) and statement.name in wanted:
                own = ast.get_source_segment(source, statement)
                found[statement.name] = {
                    "keys": {k: v for k, v in _parameters(statement).items()
                             if k in KEYS or k in ("rope_scaling", "rope_parameters", "layer_types")},
                    "two": "len(self.rope_scaling) != 2" in own, "three": "len(self.rope_scaling) != 3" in own,
                    "refuses": re.search(r"if self\.rotary:\s+raise", own) is not None,  # Falcon's, by mistake
                    "types": "ROPE_INIT_FUNCTIONS" in model, "reads": "rope_scaling" in model,
                }
    return {"types": types, "classes": found}


def facts(cache, version):
    path = cache / f"rotary-{version}.json"
    if not path.exists():
        with Wheel("transformers", version) as wheel:
            path.write_text(json.dumps(facts_of(wheel)))
    return json.loads(path.read_text())


def last_of_minors(versions):
    return {tuple(key(v)[:2]): v for v in versions}


def form_of(row):
    """How a release takes rope_scaling: "two" fields, "three" of them, "any" type with all that it wants; none."""
    if row["refuses"] or "rope_scaling" not in row["keys"] and not (row["types"] and row["reads"]):
        return None
    return "three" if row["three"] else "two" if row["two"] else "any" if row["types"] and row["reads"] else None


def values_of(row, has):
    """{key: what it is by default}, of a release in which `has` says which keys the configuration has."""
    values = {k: ast.literal_eval(v) for k, v in row["keys"].items() if k in KEYS and v != "?" and has(k)}
    if "layer_types" in row["keys"]:
        values.pop("sliding_window_pattern", None)
    form = form_of(row)
    if form:
        default = row["keys"].get("rope_scaling", "None")
        values["rope_scaling"] = [form, ast.literal_eval(default)]
    return values


def rows_of(model_type, known, sampled, versions):
    """{key: [[default, ranges]...]} of a model type, and as "known" the releases that know it."""
    keys, rows, own = known["config_keys"].get(model_type, {}), {}, []
    within = lambda version, held: any(key(a) <= key(version) and (b is None or key(version) <= key(b)) for a, b in held)
    for version in versions:
        facts = sampled[tuple(key(version)[:2])]
        held = [r for config, ranges_ in known["model_types"].get(model_type, []) for r in ranges_]
        row = facts["classes"].get(facts["types"].get(model_type))
        if not within(version, held):
            continue
        own.append(version)
        has = lambda k: k not in keys or within(version, keys[k])
        for k, v in (values_of(row, has) if row else {}).items():
            rows.setdefault(k, {}).setdefault(json.dumps(v), []).append(version)
    if not own:
        return None
    spans = lambda held: ranges(set(held).__contains__, versions + [None])
    return {"known": spans(own), **({"fixed": FIXED[model_type]} if model_type in FIXED else {}), **{k: [[json.loads(v), spans(held)] for v, held in values.items()]
                                    for k, values in sorted(rows.items())}}


def table(known, sampled, versions):
    newest = sampled[max(sampled)]
    fours = [v for v in versions if key(v) < (5,)]
    types = {t: rows_of(t, known, sampled, fours) for t, config in sorted(newest["types"].items())
             if "rope_parameters" in newest["classes"].get(config, {"keys": ()})["keys"]}
    # Of what is of no known type: the keys that most classes have.
    anybody = {"fixed": {"rope_theta": 10000.0},
               "rope_theta": [[10000.0, [["4.33.0", fours[-1]]]]],
               "rope_scaling": [[["any", None], [["4.43.0", fours[-1]]]]]}
    return {"schema": "weighlock-rotary/1", "through": fours[-1], "first": FIRST, "keys": KEYS,
            "anybody": anybody, "types": {t: row for t, row in types.items() if row and list(row) != ["known"]}}


def main():
    cache, known, output = map(pathlib.Path, sys.argv[1:])
    known = json.loads(known.read_text())
    versions = [row[0] for row in known["releases"] if key(row[0]) >= key(FIRST)]
    chosen = last_of_minors(versions)
    chosen = {k: v for k, v in chosen.items() if k[0] == 4 or k == max(chosen)}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        sampled = dict(zip(chosen, pool.map(lambda v: facts(cache, v), chosen.values())))
    output.write_text(text_of(table(known, sampled, versions)))


if __name__ == "__main__":
    main()
