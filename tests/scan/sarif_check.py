"""Holds `weighlock scan --format sarif` and `--format junit` to what their readers want.

    sarif_check.py PROGRAM

The essential constraints of the SARIF 2.1.0 schema, and those that code scanning adds: a relative URI, a
line, rules that results point to. Evil samples, an archive and names that need escapes are scanned.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse
import warnings
import xml.etree.ElementTree
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import evil_samples

LEVELS = {"none", "note", "warning", "error"}
wrong = []


def hold(condition, text):
    if not condition:
        wrong.append(text)


def only(value, where, required, optional=()):
    """An object of the schema has all that it must, and nothing that the schema does not know."""
    hold(isinstance(value, dict), f"{where}: no object")
    for key in required:
        hold(key in value, f"{where}: lacks {key}")
    for key in value:
        hold(key in required or key in optional, f"{where}: {key} is no key of it")


def check_message(message, where):
    only(message, where, ["text"], ["markdown"])
    hold(isinstance(message["text"], str) and message["text"] != "", f"{where}: an empty text")
    hold(not any(ord(c) < 32 and c != "\n" for c in message["text"]), f"{where}: control characters")


def check_location(location, where):
    only(location, where, ["physicalLocation"], ["logicalLocations"])
    physical = location["physicalLocation"]
    only(physical, where, ["artifactLocation", "region"])
    uri = physical["artifactLocation"]["uri"]
    hold(all(33 <= ord(c) < 127 for c in uri), f"{where}: {uri!r} is no URI")
    parts = urllib.parse.urlparse(uri)
    hold(parts.scheme in ("", "file"), f"{where}: {uri!r} has the scheme {parts.scheme}")
    region = physical["region"]
    only(region, where, ["startLine"], ["byteOffset", "byteLength"])
    hold(region["startLine"] >= 1, f"{where}: lines count from 1")
    hold(("byteOffset" in region) == ("byteLength" in region), f"{where}: half a byte region")
    hold(region.get("byteOffset", 0) >= 0, f"{where}: a negative offset")
    for logical in location.get("logicalLocations", []):
        only(logical, where, [], ["fullyQualifiedName", "kind", "name", "index", "parentIndex", "decoratedName"])
    return urllib.parse.unquote(uri, errors="surrogateescape")


def check_rule(rule, where):
    only(rule, where, ["id", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"])
    for key in ("shortDescription", "fullDescription", "help"):
        check_message(rule[key], f"{where}.{key}")
    hold(rule["defaultConfiguration"]["level"] in LEVELS, f"{where}: level")
    hold(0 <= float(rule["properties"]["security-severity"]) <= 10, f"{where}: security-severity")
    tags = rule["properties"]["tags"]
    hold(len(tags) == len(set(tags)) <= 20 and "security" in tags, f"{where}: tags")


def check_sarif(text):
    """The URIs of its results, decoded."""
    log = json.loads(text)
    only(log, "log", ["version", "runs"], ["$schema"])
    hold(log["version"] == "2.1.0" and len(log["runs"]) == 1, "log: version and runs")
    run = log["runs"][0]
    only(run, "run", ["tool", "results", "invocations", "columnKind"])
    hold(run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints"), "run: columnKind")
    driver = run["tool"]["driver"]
    only(driver, "driver", ["name", "version", "rules"], ["informationUri", "semanticVersion"])
    rules = driver["rules"]
    hold(len({rule["id"] for rule in rules}) == len(rules), "rules: an id stands twice")
    for rule in rules:
        check_rule(rule, rule["id"])
    uris = []
    for i, result in enumerate(run["results"]):
        where = f"results[{i}]"
        only(result, where, ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
             ["suppressions"])
        hold(rules[result["ruleIndex"]]["id"] == result["ruleId"], f"{where}: ruleIndex")
        hold(result["level"] in LEVELS, f"{where}: level")
        check_message(result["message"], where)
        hold(len(result["locations"]) == 1, f"{where}: one location")
        uris += [check_location(location, where) for location in result["locations"]]
        hold(all(isinstance(v, str) for v in result["partialFingerprints"].values()), f"{where}: fingerprints")
        for suppression in result.get("suppressions", []):
            only(suppression, where, ["kind"], ["justification", "status"])
            hold(suppression["kind"] in ("inSource", "external"), f"{where}: kind of a suppression")
    for invocation in run["invocations"]:
        only(invocation, "invocation", ["executionSuccessful"], ["toolExecutionNotifications"])
        hold(isinstance(invocation["executionSuccessful"], bool), "invocation: no bool")
        for note in invocation.get("toolExecutionNotifications", []):
            only(note, "notification", ["message"], ["level", "locations", "associatedRule", "descriptor"])
            hold(note.get("level", "warning") in LEVELS, "notification: level")
            check_message(note["message"], "notification")
            for location in note.get("locations", []):
                check_location(location, "notification")
            if "associatedRule" in note:
                rule = note["associatedRule"]
                hold(rules[rule["index"]]["id"] == rule["id"], "notification: associatedRule")
    return uris, run


def check_junit(data, sarif):
    suite = xml.etree.ElementTree.fromstring(data).find("testsuite")
    cases = suite.findall("testcase")
    failures, errors = ([c for c in cases if c.find(kind) is not None] for kind in ("failure", "error"))
    hold(int(suite.get("tests")) == len(cases), "junit: tests")
    hold(int(suite.get("failures")) == len(failures) > 0, "junit: failures")
    hold(int(suite.get("errors")) == len(errors) > 0, "junit: errors")
    hold(all(len(c) <= 1 for c in cases), "junit: more than one outcome in a test")
    bad = [r for r in sarif["results"] if r["level"] == "error" and "suppressions" not in r]
    hold(len(failures) <= len(bad), "junit: more failures than findings")


def main():
    warnings.simplefilter("ignore")  # samples have names twice
    program = os.path.realpath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number, (_, name, data, _) in enumerate(evil_samples.samples()):
            if number % 5 == 0:
                path = pathlib.Path("evil") / f"{number:04d}" / name
                path.parent.mkdir(parents=True)
                path.write_bytes(data)
        odd = ["a b.pkl", "ü:%41?#.pkl", "<&\"'>.pkl", "\uffff.pkl", "\x01\x1b[31m.pkl", "-x.pkl"]
        for name in odd:
            pathlib.Path("evil", name).write_bytes(evil_samples.EVIL)
        pathlib.Path(os.fsdecode(b"evil/\xff\xfe.pkl")).write_bytes(evil_samples.EVIL)
        pathlib.Path("evil/unknown.xyz").write_bytes(b"\x01\x02\x03\x00\xff" * 9)
        with zipfile.ZipFile("evil/outer.zip", "w") as outer:
            outer.writestr("in/x.pkl", evil_samples.EVIL)
        outputs = {}
        for form in ("sarif", "junit"):
            done = subprocess.run([program, "scan", "evil", "--format", form], stdout=subprocess.PIPE)
            hold(done.returncode == 1, f"{form}: exit {done.returncode}")
            outputs[form] = done.stdout
        uris, run = check_sarif(outputs["sarif"])
        hold(not run["invocations"][0]["executionSuccessful"], "run: successful though a file was not judged")
        hold(len(run["invocations"][0]["toolExecutionNotifications"]) > 0, "run: no notification")
        for uri in set(uris):
            hold(pathlib.Path(uri).exists(), f"no file has the URI {uri!r}")
        hold(all(f"evil/{name}" in uris for name in odd), "a name is not in the results")
        check_junit(outputs["junit"], run)
        # What a baseline accepts is there, suppressed; what is critical is not accepted.
        subprocess.run([program, "scan", "evil", "--write-baseline", "b.json"], stdout=subprocess.DEVNULL)
        done = subprocess.run([program, "scan", "evil", "--format", "sarif", "--baseline", "b.json"],
                              stdout=subprocess.PIPE)
        _, run = check_sarif(done.stdout)
        suppressed = [r for r in run["results"] if "suppressions" in r]
        severity = {r["id"]: r["properties"]["security-severity"] for r in run["tool"]["driver"]["rules"]}
        hold(len(suppressed) > 0, "nothing is suppressed")
        hold(all(severity[r["ruleId"]] != "9.8" for r in suppressed), "something critical is suppressed")
    print("\n".join(wrong) if wrong else f"SARIF and JUnit as their readers want them: {len(uris)} results")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
