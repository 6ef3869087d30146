"""What check predicts of a package, beside what a real runtime then does with it.

Five stories of hand-overs that fail: weights that the runtime does not know, a tokenizer and a
configuration that are too new for it, a pickle that is refused, and an archive with its model one
folder too deep. Each is packed or changed here, judged, and loaded.
"""
import json
import shutil
import subprocess
import tarfile

STAGES = [("config", "config"), ("tokenizer", "tokenizer"), ("weights", "model")]


def llama_3_1(package):
    path = package / "config.json"
    config = json.loads(path.read_text())
    config["rope_scaling"] = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                              "original_max_position_embeddings": 8192, "rope_type": "llama3"}
    path.write_text(json.dumps(config))


def nothing(_):
    pass


# Story, package, runtime, its versions as a target, what is done to the package before.
STORIES = [
    ("safetensors for 4.11.3", "bert-4.37.2", "4.11.3",
     "transformers==4.11.3,torch==1.9.0,tokenizers==0.10.3,safetensors=absent", nothing),
    ("a five for a four", "gpt2-5.23.0", "4.37.2",
     "transformers==4.37.2,torch==2.1.2,tokenizers==0.15.2,safetensors==0.4.2", nothing),
    ("Llama 3.1 on 4.42", "llama-4.37.2", "4.42.4",
     "transformers==4.42.4,torch==2.1.2,tokenizers==0.19.1,safetensors==0.4.5", llama_3_1),
    ("a .bin on 4.52, torch 2.5", "t5-4.37.2-bin", "4.52.4-torch-2.5.1",
     "transformers==4.52.4,torch==2.5.1,tokenizers==0.21.4,safetensors==0.5.3", nothing),
]


def plain(message, place, package):
    return (message or "").replace(str(place), package)


def compare(check, story, report, result, place, package):
    for stage, key in STAGES:
        predicted, really = report["stages"][stage], result.get(key)
        wanted = "ok" if predicted["verdict"] in ("OK", "DIFFERS") else plain(predicted["message"], place, package)
        happened = plain(really, place, package)
        check(story, f"{stage}: predicted {wanted[:60]!r}", wanted == happened,
              "and so it was" if wanted == happened else f"really {happened[:200]!r}")


def judge(program, path, target):
    done = subprocess.run([program, "check", str(path), "--target", target, "--format", "json"],
                          stdout=subprocess.PIPE, text=True, check=False)
    return json.loads(done.stdout)


def run(program, runtime_of, packages, work, check, load):
    for story, package, runtime, target, change in STORIES:
        place = work / "predictions" / story.replace(" ", "-").replace("/", "-")
        shutil.copytree(packages / package, place)
        change(place)
        result, = load(runtime_of(runtime), [(place, package)], work)
        compare(check, story, judge(program, place, target), result, place, package)
    nested_archive(program, runtime_of, packages, work, check, load)


def nested_archive(program, runtime_of, packages, work, check, load):
    """What SageMaker's toolkit does with a model.tar.gz: unpack it, and load what is at its top."""
    story, package = "an archive for SageMaker", "bert-4.11.3"
    archive, served = work / "nested.tar.gz", work / "served"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(packages / package, arcname="my-model")
    with tarfile.open(archive) as tar:
        tar.extractall(served)
    result, = load(runtime_of("4.11.3"), [(served, package)], work)
    report = judge(program, archive, "transformers==4.11.3,torch==1.9.0,platform=sagemaker-hf")
    predicted = report["stages"]["packaging"]
    check(story, "packaging: predicted FAIL", predicted["verdict"] == "FAIL" and result["config"] != "ok")
    wanted = (predicted["message"] or "").replace("/.sagemaker/mms/models/model", "MODEL")
    happened = result["config"].replace(str(served), "MODEL")
    check(story, f"in the words {wanted[:50]!r}", bool(wanted) and happened.startswith(wanted),
          "and so it was" if happened.startswith(wanted) else f"really {happened[:200]!r}")
