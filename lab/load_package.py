"""Runs inside a real runtime: loads packages as a server would, and says literally what happened.

    PYTHONPATH=OVERLAY PYTHON load_package.py JOBS.json

JOBS.json is a list of {"package": FOLDER, "expected": FILE}; FILE holds the text, token ids and
kind of model as the environment that trained it wrote them. Prints a JSON list: per package the
stages config, tokenizer, model, encode, forward ("ok" or the exception), `ids_same`, and the
logits of the expected token ids. Runs on Python 3.6 and transformers 3.0 and later. Every package
loads in a process of its own.
"""
import json
import logging
import os
import sys
import warnings

warnings.filterwarnings("ignore")
for switch in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
    os.environ[switch] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import torch  # noqa: E402
import transformers  # noqa: E402

torch.set_num_threads(1)
logging.getLogger("transformers").setLevel(logging.ERROR)
HEADS = {
    "classify": "AutoModelForSequenceClassification",
    "causal": "AutoModelForCausalLM",
    "seq2seq": "AutoModelForSeq2SeqLM",
}


def attention(ids):
    """1 where a token stands, 0 on the padding: the id that repeats at a row's end."""
    same = (ids == ids[:, -1:]).long().flip(1).cumprod(1).flip(1)
    return torch.where(same.sum(1, keepdim=True) > 1, 1 - same, torch.ones_like(ids))


def load(package, expected):
    result = {"package": package}

    def stage(name, action):
        try:
            value = action()
        except Exception as error:  # whatever a runtime throws is what we are here to see
            result[name] = "{}: {}".format(type(error).__name__, str(error)[:2000])
            return None
        result[name] = "ok"
        return value

    stage("config", lambda: transformers.AutoConfig.from_pretrained(package))
    tokenizer = stage("tokenizer", lambda: transformers.AutoTokenizer.from_pretrained(package))
    head = getattr(transformers, HEADS[expected["kind"]])
    model = stage("model", lambda: head.from_pretrained(package))
    if tokenizer is not None:
        encoded = stage("encode", lambda: tokenizer(expected["text"], padding="max_length",
                                                    truncation=True, max_length=16))
        if encoded is not None:
            result["ids_same"] = encoded["input_ids"] == expected["input_ids"]
    if model is not None:
        model = (model[0] if isinstance(model, tuple) else model).float().eval()
        ids = torch.tensor(expected["input_ids"])
        inputs = {"input_ids": ids, "attention_mask": attention(ids)}
        if expected["kind"] == "seq2seq":
            inputs["decoder_input_ids"] = ids
        with torch.no_grad():
            output = stage("forward", lambda: model(**inputs))
        if output is not None:
            logits = output.logits if hasattr(output, "logits") else output[0]
            result["logits"] = logits.float().reshape(logits.shape[0], -1)[:, :8].tolist()
    return result


def in_process_of_its_own(job):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        with open(job["expected"]) as file:
            result = load(job["package"], json.load(file))
        with os.fdopen(write, "w") as pipe:
            json.dump(result, pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        answer = pipe.read()
    status = os.waitpid(child, 0)[1]
    return json.loads(answer) if answer else {"package": job["package"], "died": status}


if __name__ == "__main__":
    with open(sys.argv[1]) as jobs:
        print(json.dumps([in_process_of_its_own(job) for job in json.load(jobs)]))
