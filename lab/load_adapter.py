"""Runs inside a real runtime with PEFT: loads adapters, and says literally what happened.

    PYTHONPATH=OVERLAY PYTHON load_adapter.py JOBS.json

JOBS.json is a list of {"adapter": FOLDER, "base": FOLDER}. Prints a JSON list: per adapter the
stages config (its configuration, as PeftModel reads it) and weights (PeftModel over the base), "ok" or the exception, and
`taken`: whether the base model answers otherwise with it.
"""
import json
import logging
import os
import sys
import warnings

warnings.filterwarnings("ignore")
for switch in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
    os.environ[switch] = "1"

import torch  # noqa: E402
import transformers  # noqa: E402
import peft  # noqa: E402

torch.set_num_threads(1)
logging.getLogger("transformers").setLevel(logging.ERROR)


def load(adapter, base):
    result = {"adapter": adapter}

    def stage(name, action):
        try:
            value = action()
        except Exception as error:  # whatever a runtime throws is what we are here to see
            result[name] = "{}: {}".format(type(error).__name__, error)
            return None
        result[name] = "ok"
        return value

    ids = torch.tensor([[1, 2, 3]])
    model = transformers.AutoModelForCausalLM.from_pretrained(base)
    before = model(ids).logits.detach().clone()
    # As PeftModel.from_pretrained begins.
    classes = peft.mapping.PEFT_TYPE_TO_CONFIG_MAPPING
    stage("config", lambda: classes[peft.PeftConfig._get_peft_type(adapter)].from_pretrained(adapter))
    adapted = stage("weights", lambda: peft.PeftModel.from_pretrained(model, adapter))
    if adapted is not None:
        result["taken"] = not torch.equal(adapted(ids).logits, before)
    return result


jobs = json.loads(open(sys.argv[1]).read())
print(json.dumps([load(job["adapter"], job["base"]) for job in jobs]))
