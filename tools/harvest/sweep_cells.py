"""Runs inside a real runtime, for sweep.py: makes tiny models, and loads cells of them.

    PYTHONPATH=OVERLAY PYTHON sweep_cells.py versions
    PYTHONPATH=OVERLAY PYTHON sweep_cells.py make FOLDER [FAMILY...]
    PYTHONPATH=OVERLAY PYTHON sweep_cells.py load CELLS.json OUT.jsonl

Runs on Python 3.6 and transformers 3.0 and later. A cell is a folder and the inputs that its model gets. Of
each it says what was raised, or which weights were missing, or all logits that the model gives.
"""
import base64
import json
import logging
import os
import sys
import warnings

warnings.filterwarnings("ignore")
os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"

import torch  # noqa: E402
import transformers  # noqa: E402

torch.set_num_threads(1)
logging.getLogger("transformers").setLevel(logging.ERROR)

BERT = dict(vocab_size=96, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
            max_position_embeddings=64, pad_token_id=0)
LLAMA = dict(BERT, num_key_value_heads=2, bos_token_id=1, eos_token_id=2)
BART = dict(vocab_size=96, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
            decoder_attention_heads=4, encoder_ffn_dim=48, decoder_ffn_dim=48, max_position_embeddings=64,
            pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2)
T5 = dict(vocab_size=96, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_decoder_layers=2, num_heads=4,
          relative_attention_num_buckets=8, relative_attention_max_distance=16, decoder_start_token_id=0)
VIT = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, image_size=16, patch_size=4)

# family: class, class of its configuration, its values
FAMILIES = {
    "bert": ("BertForMaskedLM", "BertConfig", BERT),
    "roberta": ("RobertaForMaskedLM", "RobertaConfig", dict(BERT, pad_token_id=1)),
    "xlm-roberta": ("XLMRobertaForSequenceClassification", "XLMRobertaConfig", dict(BERT, pad_token_id=1)),
    "electra": ("ElectraForMaskedLM", "ElectraConfig", dict(BERT, embedding_size=16)),
    "distilbert": ("DistilBertForMaskedLM", "DistilBertConfig",
                   dict(vocab_size=96, dim=32, n_layers=2, n_heads=4, hidden_dim=48, max_position_embeddings=64)),
    "albert": ("AlbertForMaskedLM", "AlbertConfig", dict(BERT, embedding_size=16)),
    "mpnet": ("MPNetForMaskedLM", "MPNetConfig", dict(BERT, pad_token_id=1, relative_attention_num_buckets=8)),
    "deberta": ("DebertaForMaskedLM", "DebertaConfig",
                dict(BERT, type_vocab_size=0, relative_attention=True, pos_att_type=["c2p", "p2c"],
                     position_biased_input=False)),
    "deberta-v2": ("DebertaV2ForSequenceClassification", "DebertaV2Config",
                   dict(BERT, type_vocab_size=0, relative_attention=True, position_buckets=8, norm_rel_ebd="layer_norm",
                        share_att_key=True, pos_att_type=["p2c", "c2p"], position_biased_input=False)),
    "gpt2": ("GPT2LMHeadModel", "GPT2Config", dict(vocab_size=96, n_embd=32, n_layer=2, n_head=4, n_positions=64)),
    "gpt_neo": ("GPTNeoForCausalLM", "GPTNeoConfig",
                dict(vocab_size=96, hidden_size=32, num_layers=2, num_heads=4, max_position_embeddings=64,
                     attention_types=[[["global", "local"], 1]], window_size=4)),
    "gptj": ("GPTJForCausalLM", "GPTJConfig",
             dict(vocab_size=96, n_embd=32, n_layer=2, n_head=4, n_positions=64, rotary_dim=4)),
    "gpt_neox": ("GPTNeoXForCausalLM", "GPTNeoXConfig", BERT),
    "opt": ("OPTForCausalLM", "OPTConfig",
            dict(vocab_size=96, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, ffn_dim=48,
                 max_position_embeddings=64, word_embed_proj_dim=32)),
    "bloom": ("BloomForCausalLM", "BloomConfig", dict(vocab_size=96, hidden_size=32, n_layer=2, n_head=4)),
    "falcon": ("FalconForCausalLM", "FalconConfig",
               dict(vocab_size=96, hidden_size=32, num_hidden_layers=2, num_attention_heads=4)),
    "llama": ("LlamaForCausalLM", "LlamaConfig", LLAMA),
    "mistral": ("MistralForCausalLM", "MistralConfig", dict(LLAMA, sliding_window=4)),
    "mixtral": ("MixtralForCausalLM", "MixtralConfig",
                dict(LLAMA, num_local_experts=4, num_experts_per_tok=2, sliding_window=4)),
    "qwen2": ("Qwen2ForCausalLM", "Qwen2Config", dict(LLAMA, sliding_window=4, max_window_layers=1)),
    "qwen2_moe": ("Qwen2MoeForCausalLM", "Qwen2MoeConfig",
                  dict(LLAMA, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=16,
                       shared_expert_intermediate_size=24, sliding_window=4, max_window_layers=1)),
    "qwen3": ("Qwen3ForCausalLM", "Qwen3Config", dict(LLAMA, head_dim=8, sliding_window=4, max_window_layers=1)),
    "gemma": ("GemmaForCausalLM", "GemmaConfig", dict(LLAMA, head_dim=8)),
    "gemma2": ("Gemma2ForCausalLM", "Gemma2Config",
               dict(LLAMA, head_dim=8, sliding_window=4, query_pre_attn_scalar=8)),
    "gemma3_text": ("Gemma3ForCausalLM", "Gemma3TextConfig",
                    dict(LLAMA, head_dim=8, sliding_window=4, sliding_window_pattern=2, query_pre_attn_scalar=8)),
    "phi": ("PhiForCausalLM", "PhiConfig", LLAMA),
    "phi3": ("Phi3ForCausalLM", "Phi3Config", dict(LLAMA, sliding_window=4)),
    "stablelm": ("StableLmForCausalLM", "StableLmConfig", LLAMA),
    "starcoder2": ("Starcoder2ForCausalLM", "Starcoder2Config", dict(LLAMA, sliding_window=4)),
    "cohere": ("CohereForCausalLM", "CohereConfig", LLAMA),
    "olmo": ("OlmoForCausalLM", "OlmoConfig", LLAMA),
    "olmo2": ("Olmo2ForCausalLM", "Olmo2Config", LLAMA),
    "granite": ("GraniteForCausalLM", "GraniteConfig", LLAMA),
    "t5": ("T5ForConditionalGeneration", "T5Config", T5),
    "mt5": ("MT5ForConditionalGeneration", "MT5Config", T5),
    "bart": ("BartForConditionalGeneration", "BartConfig", BART),
    "mbart": ("MBartForConditionalGeneration", "MBartConfig", BART),
    "marian": ("MarianMTModel", "MarianConfig", dict(BART, pad_token_id=95, decoder_start_token_id=95)),
    "pegasus": ("PegasusForConditionalGeneration", "PegasusConfig", BART),
    "m2m_100": ("M2M100ForConditionalGeneration", "M2M100Config", BART),
    "whisper": ("WhisperForConditionalGeneration", "WhisperConfig",
                dict({k: v for k, v in BART.items() if k != "max_position_embeddings"}, num_mel_bins=8,
                     max_source_positions=12, max_target_positions=64, suppress_tokens=None,
                     begin_suppress_tokens=None)),
    "vit": ("ViTForImageClassification", "ViTConfig", VIT),
    "clip": ("CLIPModel", "CLIPConfig",
             dict(text_config=dict(BERT, bos_token_id=94, eos_token_id=95, projection_dim=24),
                  vision_config=dict(VIT, projection_dim=24), projection_dim=24)),
}

AUTO = [("ForSequenceClassification",) * 2, ("ForImageClassification",) * 2, ("ForMaskedLM",) * 2,
        ("ForConditionalGeneration", "ForSeq2SeqLM"), ("MTModel", "ForSeq2SeqLM"), ("ForCausalLM",) * 2,
        ("LMHeadModel", "ForCausalLM"), ("Model", "")]


def loader(name):
    """The Auto class that a server takes for a class, or the class itself where the release has no such one."""
    if name.startswith("Whisper"):
        return getattr(transformers, name)
    task = next(task for ending, task in AUTO if name.endswith(ending))
    return getattr(transformers, "AutoModel" + task, None) or getattr(transformers, name)


def versions():
    found = {"transformers": transformers.__version__, "torch": torch.__version__.split("+")[0]}
    for name in ("tokenizers", "safetensors", "accelerate"):
        try:
            found[name] = __import__(name).__version__
        except ImportError:
            found[name] = "absent"
    found["python"] = "%d.%d" % sys.version_info[:2]
    print(json.dumps(found))


def spread(model):
    """Weights that show what a configuration changes: those of a new model are so small that all answers are alike."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for _, weight in sorted(model.named_parameters()):
            noise = torch.randn(weight.shape, generator=generator)
            if weight.dim() > 1:
                weight.copy_(noise * (2.0 / weight.shape[-1] ** 0.5))
            else:
                weight.add_(noise * 0.3)


def make(folder, *families):
    for family in families or FAMILIES:
        name, config, values = FAMILIES[family]
        if not hasattr(transformers, name):
            continue
        torch.manual_seed(7)
        model = getattr(transformers, name)(getattr(transformers, config)(**values)).eval()
        spread(model)
        model.config.architectures = [name]
        place = os.path.join(folder, family)
        model.save_pretrained(place)
        with open(os.path.join(place, "expected.json"), "w") as file:
            json.dump(answer_of(model, name, []), file)


def inputs_of(name):
    """Two rows of tokens, without padding, longer than any window."""
    ids = torch.tensor([[(7 * i + 5 * row) % 40 + 4 for i in range(12)] for row in range(2)])
    pixels = torch.sin(torch.arange(2 * 3 * 16 * 16).float()).reshape(2, 3, 16, 16)
    if name.startswith("CLIP"):
        return {"input_ids": torch.cat([ids[:, :-1], torch.full((2, 1), 95)], 1), "pixel_values": pixels}
    if name.startswith("ViT"):
        return {"pixel_values": pixels}
    if name.startswith("Whisper"):
        return {"input_features": torch.sin(torch.arange(2 * 8 * 24).float()).reshape(2, 8, 24), "decoder_input_ids": ids}
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if "ForConditional" in name or "MTModel" in name:  # with a cache BART of 3.x answers for the last token only
        inputs.update(decoder_input_ids=ids.flip(1), use_cache=False)
    return inputs


def answer_of(model, name, missing):
    with torch.no_grad():
        output = model(**inputs_of(name))
    logits = output[0] if not hasattr(output, "logits_per_text") else \
        torch.cat([output.logits_per_text, output.text_embeds, output.image_embeds], 1)
    if isinstance(output, dict) and "logits" in output:
        logits = output["logits"]
    raw = logits.float().contiguous().numpy().astype("<f4").tobytes()
    return {"missing": sorted(missing), "shape": list(logits.shape), "logits": base64.b64encode(raw).decode()}


def answer(folder, name):
    try:
        torch.manual_seed(1)
        model, info = loader(name).from_pretrained(folder, output_loading_info=True)
        return answer_of(model.float().eval(), name, info["missing_keys"])
    except Exception as error:  # whatever a runtime throws is what we are here to see
        return {"raised": "%s: %s" % (type(error).__name__, str(error)[:300])}


def load(cells, out):
    """Appends a line for each cell; one that ends the process leaves a line that says so."""
    with open(cells) as file:
        jobs = json.load(file)
    done = 0
    while done < len(jobs):
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            with open(out, "a") as lines:
                for folder, name in jobs[done:]:
                    lines.write(json.dumps(answer(folder, name)) + "\n")
                    lines.flush()
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        with open(out, "a+") as lines:
            lines.seek(0)
            done = sum(1 for _ in lines)
            if status:
                lines.write(json.dumps({"raised": "the process ended with %d" % status}) + "\n")
                done += 1


if __name__ == "__main__":
    {"versions": versions, "make": make, "load": load}[sys.argv[1]](*sys.argv[2:])
