#!/usr/bin/env python3
"""Rebuilds kb/peft.json from the wheels of every release of PEFT.

    peft.py CACHE OUTPUT

CACHE keeps what was read of each release. Ranges are those of kb/transformers.json; docs/knowledge.md
has the form.
"""
import concurrent.futures
import json
import pathlib
import sys

from harvest import fold, ranges, text_of
from peft_facts import facts_of
from wheels import Wheel, final_releases

FIRST = "0.1.0"


def facts(cache, version):
    path = cache / f"peft-{version}.json"
    if not path.exists():
        with Wheel("peft", version) as wheel:
            text = json.dumps(facts_of(wheel))
        path.with_suffix(".part").write_text(text)
        path.with_suffix(".part").rename(path)
        print(f"harvest: peft {version}", flush=True)
    return json.loads(path.read_text())


def fields(all_facts, versions):
    """{class: {field: [[default as [value] or [], ranges]...]}}; ranges among releases of the class."""
    found = {}
    for name in sorted({c for v in versions for c in all_facts[v]["fields"]}):
        own = {v: all_facts[v]["fields"].get(name, {}) for v in versions}
        found[name] = fold(own, versions)
    return found


def table(all_facts, versions):
    words = sorted({all_facts[v]["unknown_keys"] for v in versions})
    return {
        "schema": "weighlock-peft/1",
        "through": versions[-1],
        "releases": [[v, all_facts[v]["built"], all_facts[v]["python"], all_facts[v]["requires"]] for v in versions],
        "unknown_keys": {w: ranges(lambda v, w=w: all_facts[v]["unknown_keys"] == w, versions) for w in words},
        "safetensors": {"adapter_model": ranges(lambda v: all_facts[v]["safetensors"], versions)},
        "task_types": fold({v: {"names": all_facts[v]["task_types"]} for v in versions}, versions),
        "types": fold({v: all_facts[v]["types"] for v in versions}, versions),
        "fields": fields(all_facts, versions),
    }


def main():
    cache, output = map(pathlib.Path, sys.argv[1:])
    cache.mkdir(parents=True, exist_ok=True)
    versions = final_releases("peft", FIRST)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        all_facts = dict(zip(versions, pool.map(lambda v: facts(cache, v), versions)))
    output.write_text(text_of(table(all_facts, versions)))
    print(f"harvest: {len(versions)} releases, through {versions[-1]}")


if __name__ == "__main__":
    main()
