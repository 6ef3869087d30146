"""The bars, measured: weighlock beside its rivals, in turn, whole processes.

    /usr/bin/python3 bench/run.py PROGRAM [--write FILE] [--rounds N] [--scan | --check]

Makes under .cache/bench a model of BERT-base's shapes (438 MB of N(0, 0.02) float32), its package and
tar.gz, and a sparse model of 100 shards and 100 GB. Then runs A B A B ..., after one warm-up each,
and prints medians, ranges and ratios; with --scan only the rows of bench/scan_rows.py, with --check
only those of check. Needs Debian's python3-torch and python3-numpy for the rivals.
Nothing here fails: a table says what was met.
"""
import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import struct
import subprocess
import sys
import time

import scan_rows

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "bench"
TARGET = "transformers==4.11.3,torch==1.9.0"
# What people run today; the reference safetensors and Debian's torch.
RIVALS = {
    "to_bin.py": """
import sys, torch
from safetensors.torch import load_file
torch.save(load_file(sys.argv[1]), sys.argv[2])
""",
    "to_safetensors.py": """
import sys, torch
from safetensors.torch import save_file
save_file(torch.load(sys.argv[1]), sys.argv[2], metadata={"format": "pt"})
""",
}


def bert_shapes():
    hidden, wide, vocabulary = 768, 3072, 30522
    yield "bert.embeddings.word_embeddings.weight", [vocabulary, hidden]
    yield "bert.embeddings.position_embeddings.weight", [512, hidden]
    yield "bert.embeddings.token_type_embeddings.weight", [2, hidden]
    norms = ["bert.embeddings.LayerNorm"]
    for i in range(12):
        layer = f"bert.encoder.layer.{i}."
        for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            yield f"{layer}{part}.weight", [hidden, hidden]
            yield f"{layer}{part}.bias", [hidden]
        yield f"{layer}intermediate.dense.weight", [wide, hidden]
        yield f"{layer}intermediate.dense.bias", [wide]
        yield f"{layer}output.dense.weight", [hidden, wide]
        yield f"{layer}output.dense.bias", [hidden]
        norms += [f"{layer}attention.output.LayerNorm", f"{layer}output.LayerNorm"]
    for norm in norms:
        yield f"{norm}.weight", [hidden]
        yield f"{norm}.bias", [hidden]
    yield "bert.pooler.dense.weight", [hidden, hidden]
    yield "bert.pooler.dense.bias", [hidden]
    yield "classifier.weight", [2, hidden]
    yield "classifier.bias", [2]


def header_of(entries, size_of):
    """The header as the reference writer lays it out, padded to 8 bytes, and the bytes of data."""
    header, position = {"__metadata__": {"format": "pt"}}, 0
    for name, dtype, shape in entries:
        size = size_of(shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [position, position + size]}
        position += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text, position


def product(shape):
    result = 1
    for n in shape:
        result *= n
    return result


def make_model(path):
    import numpy
    random = numpy.random.default_rng(0)
    entries = [(name, "F32", shape) for name, shape in sorted(bert_shapes())]
    head, _ = header_of(entries, lambda s: product(s) * 4)
    with open(path, "wb") as file:
        file.write(head)
        for _, _, shape in entries:
            file.write((random.standard_normal(product(shape), dtype=numpy.float32) * numpy.float32(0.02)).tobytes())


def make_sparse(folder):
    """100 shards of 1 GB: real headers, holes for data."""
    folder.mkdir()
    weights = {}
    for shard in range(100):
        name = f"model-{shard + 1:05d}-of-00100.safetensors"
        entries = [(f"model.layers.{shard}.part_{i}.weight", "BF16", [12500, 5000]) for i in range(8)]
        head, size = header_of(entries, lambda s: product(s) * 2)
        with open(folder / name, "wb") as file:
            file.write(head)
            file.truncate(len(head) + size)
        weights.update({entry[0]: name for entry in entries})
    index = {"metadata": {"total_size": 100 * 10**9}, "weight_map": weights}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2))


def make_inputs():
    package, sparse, archive = CACHE / "package", CACHE / "sparse", CACHE / "model.tar.gz"
    if not archive.exists():
        shutil.rmtree(CACHE, ignore_errors=True)
        package.mkdir(parents=True)
        source = ROOT / "tests" / "data" / "packages" / "bert-4.37.2"
        for path in source.iterdir():
            if path.suffix in (".json", ".txt"):
                shutil.copy(path, package)
        # In a process of its own: what runs later is measured by its peak, which at first is ours.
        subprocess.run([sys.executable, __file__, "--make-model", package / "model.safetensors"], check=True)
        make_sparse(sparse)
        subprocess.run(["tar", "czf", archive.with_suffix(".part"), "-C", package, "."], check=True)
        archive.with_suffix(".part").rename(archive)
    for name, text in RIVALS.items():
        (CACHE / name).write_text(text)
    return package, sparse, archive


def rival_python():
    """Debian's Python and torch, with the reference safetensors of PyPI beside them."""
    python = CACHE / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", CACHE / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "--disable-pip-version-check", "-q", "install", "safetensors==0.8.0"],
                       check=True)
    return python


def anamnesis():
    """The fastest other converter known; None where there is no cargo to build it with."""
    program = CACHE / "cargo" / "bin" / "anamnesis"
    if not program.exists():
        if not shutil.which("cargo"):
            return None
        subprocess.run(["cargo", "install", "-q", "anamnesis", "--version", "^0.7", "--features", "cli,pth", "--root",
                        CACHE / "cargo"], check=True, env=dict(os.environ, CARGO_TARGET_DIR=str(CACHE / "cargo-build")))
        shutil.rmtree(CACHE / "cargo-build")
    return program


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()


class Command:
    """A command whose outputs are removed before every run."""

    def __init__(self, arguments, outputs=(), accepted=(0,)):
        self.arguments, self.outputs, self.accepted = list(map(str, arguments)), outputs, accepted
        self.seconds, self.peak = [], 0

    def run(self, counted=True):
        for output in self.outputs:
            remove(output)
        os.sync()
        start = time.perf_counter()
        child = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = 0
        if os.waitstatus_to_exitcode(status) not in self.accepted:
            sys.exit(f"bench: {' '.join(self.arguments)} ended with status {status}")
        if counted:
            self.seconds.append(seconds)
            self.peak = max(self.peak, usage.ru_maxrss / 1024)

    @property
    def median(self):
        return statistics.median(self.seconds)


def compare(ours, rival, rounds):
    for command in (ours, rival):
        command.run(counted=False)
    for _ in range(rounds):
        ours.run()
        rival.run()


def show(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def row(work, ours, rival_name, rival, ratio, bar, met, most_mib=64):
    spread = f"{show(ours.median)} ({show(min(ours.seconds))} to {show(max(ours.seconds))})"
    rival_text = f"{rival_name}: {show(rival.median)}" if rival else ""
    within = "yes" if met and ours.peak <= most_mib else "no"
    return f"| {work} | {spread} | {rival_text} | {ratio} | {bar} | {ours.peak:.0f} MiB | {within} |"


class Table:
    """Rows as they are measured."""

    def __init__(self):
        self.rows = []

    def add(self, text):
        self.rows.append(text)
        print(text, flush=True)

    def at_most(self, work, ours, rival_name, rival, bar, count):
        compare(ours, rival, count)
        ratio = ours.median / rival.median
        self.add(row(work, ours, rival_name, rival, f"{ratio:.2f} × its time", f"≤ {bar} ×", ratio <= bar))

    def times_faster(self, work, ours, rival_name, rival, bar, count, most_mib=64):
        compare(ours, rival, count)
        ratio = rival.median / ours.median
        self.add(row(work, ours, rival_name, rival, f"{ratio:.1f} × as fast", f"≥ {bar} ×", ratio >= bar, most_mib))

    def alone(self, work, ours, bar_ms, count, most_mib=64):
        ours.run(counted=False)
        for _ in range(count):
            ours.run()
        self.add(row(work, ours, "", None, "", f"≤ {bar_ms} ms", ours.median * 1000 <= bar_ms, most_mib))


def measure_check(program, rounds, table):
    alone = table.alone
    real = ROOT / "tests" / "data" / "packages" / "bert-4.37.2"
    alone("check a folder for one release", Command([program, "check", real, "--target", TARGET], accepted=(1,)),
          20, 4 * rounds)
    alone("check a folder for each release from 4.0 on",
          Command([program, "check", real, "--target", "transformers>=4.0"], accepted=(1,)), 20, 4 * rounds)
    wordy = CACHE / "wordy"
    # Not in this process, whose memory a child begins with.
    subprocess.run([sys.executable, __file__, "--make-vocabulary", wordy], check=True)
    alone("check a folder with 127,550 tokens and 252,500 merges",
          Command([program, "check", wordy, "--target", "transformers==4.45.2"], accepted=(1,)), 20, 4 * rounds)


def measure_scan(program, rounds, table):
    package, _, archive = make_inputs()
    scan_rows.measure(program, CACHE, package / "model.safetensors", archive, rounds, Command, table)


def make_large_vocabulary(folder):
    """Every word of up to three of fifty letters, and each pair that makes one."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = [chr(c) for c in range(ord("A"), ord("A") + 58) if chr(c).isalpha()][:50]
    pairs = [a + b for a in letters for b in letters]
    triples = [pair + c for pair in pairs for c in letters]
    merges = [" ".join(pair) for pair in pairs]
    merges += [split for t in triples for split in (f"{t[:2]} {t[2]}", f"{t[0]} {t[1:]}")]
    vocab = {token: number for number, token in enumerate(letters + pairs + triples)}
    tokenizer = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
                 "pre_tokenizer": None, "post_processor": None, "decoder": None,
                 "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                           "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                           "ignore_merges": False, "vocab": vocab, "merges": merges}}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, indent=2))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}\n')
    (folder / "config.json").write_text('{"model_type": "llama", "architectures": ["LlamaForCausalLM"]}\n')


def measure(program, rounds, table):
    package, sparse, archive = make_inputs()
    model, python = package / "model.safetensors", rival_python()
    out, out2, folder, folder2 = (CACHE / n for n in ("out.bin", "out2.bin", "out", "out2"))
    new, new2 = CACHE / "new.tar.gz", CACHE / "new2.tar.gz"
    rows, at_most, times_faster, alone = table.rows, table.at_most, table.times_faster, table.alone

    copy = ["cp", model, out2]
    at_most("convert safetensors → .bin, compared", Command([program, "convert", model, out], [out]),
            "`cp`", Command(copy, [out2]), 1.1, rounds)
    at_most("the same with SHA-256 of every tensor", Command([program, "convert", "--prove", model, out], [out]),
            "`cp`", Command(copy, [out2]), 4, rounds)
    times_faster("convert safetensors → .bin, compared", Command([program, "convert", model, out], [out]),
                 "Python, load and `torch.save`", Command([python, CACHE / "to_bin.py", model, out2], [out2]), 15, rounds)
    remove(out2)
    subprocess.run([program, "convert", model, out2], check=True, stdout=subprocess.DEVNULL)
    safe = CACHE / "back.safetensors"
    at_most("convert .bin → safetensors, compared", Command([program, "convert", out2, safe], [safe]),
            "`cp`", Command(["cp", out2, out], [out]), 1.1, rounds)
    back = Command([program, "convert", out2, safe], [safe])
    times_faster("convert .bin → safetensors, compared", back, "Python, `torch.load` and `save_file`",
                 Command([python, CACHE / "to_safetensors.py", out2, out], [out]), 1, rounds)
    rust = anamnesis()
    if rust:
        times_faster("the same with SHA-256 of every tensor", Command([program, "convert", "--prove", out2, safe], [safe]),
                     "anamnesis 0.7, without", Command([rust, "remember", out2, "--to", "safetensors", "--output", out], [out]),
                     1, rounds)
    alone("inspect a 438 MB .bin", Command([program, "inspect", out2]), 10, 4 * rounds)
    entries = CACHE / "entries.pkl.bin"
    # Not in this process, as the model is not.
    subprocess.run([sys.executable, "-c", "import pickle, sys; pickle.dump({f'key.{i}': i for i in range(1_000_000)}, "
                    "open(sys.argv[1], 'wb'), 2)", entries], check=True)
    alone("inspect a dict of 1,000,000 entries (25 MB pickle)", Command([program, "inspect", entries]), 150, 4 * rounds, 100)
    remove(entries)
    remove(safe)
    by_hand = (f"mkdir {folder2} && tar xzf {archive} -C {folder2} && "
               f"{python} {CACHE / 'to_bin.py'} {folder2}/model.safetensors {folder2}/pytorch_model.bin && "
               f"rm {folder2}/model.safetensors && tar czf {new2} -C {folder2} .")
    times_faster("adapt tar.gz → tar.gz, with proof",
                 Command([program, "adapt", archive, "--target", TARGET, "-o", new], [new]),
                 "`tar xzf`, Python, `tar czf`", Command(["sh", "-c", by_hand], [folder2, new2]), 12, rounds)
    at_most("adapt folder → folder, with proof, synced",
            Command([program, "adapt", package, "--target", TARGET, "-o", folder], [folder]),
            "`cp -r` and `sync`", Command(["sh", "-c", f"cp -r {package} {folder2} && sync {folder2}/*"], [folder2]), 4, rounds)
    packed, packed2, unpacked, unpacked2 = (CACHE / n for n in ("p.tar.gz", "p2.tar.gz", "u", "u2"))
    pack = [program, "pack", package, packed]
    gnu = Command(["tar", "czf", packed2, "-C", package, "."], [packed2])
    times_faster("pack folder → tar.gz, compared, synced", Command(pack, [packed]), "`tar czf`", gnu, 30, rounds)
    print(f"sizes: {packed.stat().st_size} and {packed2.stat().st_size}", flush=True)
    smaller = packed.stat().st_size <= packed2.stat().st_size
    rows[-1] = rows[-1].replace("compared, synced", "compared, synced; " + ("no larger" if smaller else "LARGER"))
    parallel = Command(["sh", "-c", f"tar cf - -C {package} . | pigz -p2 > {packed2}"], [packed2])
    times_faster("pack folder → tar.gz, compared, synced", Command(pack, [packed]), "`tar` and `pigz -p2`", parallel, 10, rounds)
    into = Command(["sh", "-c", f"mkdir {unpacked2} && tar xzf {archive} -C {unpacked2}"], [unpacked2])
    times_faster("unpack tar.gz → folder, compared, synced",
                 Command([program, "unpack", archive, unpacked], [unpacked]), "`tar xzf`", into, 2, rounds)
    for path in (packed, packed2, unpacked, unpacked2):
        remove(path)
    alone("inspect 100 shards, 100 GB (sparse)", Command([program, "inspect", sparse]), 20, 4 * rounds)
    measure_check(program, rounds, table)
    alone("start-up (`--version`)", Command([program, "--version"]), 10, 4 * rounds)
    for path in (out, out2, folder, folder2, new, new2):
        remove(path)
    measure_scan(program, rounds, table)


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main():
    if sys.argv[1] == "--make-model":
        return make_model(pathlib.Path(sys.argv[2]))
    if sys.argv[1] == "--make-vocabulary":
        return make_large_vocabulary(pathlib.Path(sys.argv[2]))
    program = os.path.realpath(sys.argv[1])
    rounds = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 5
    head = ["| work | ours: median (range) | rival: median | ratio | bar | peak resident | met |",
            "|---|---|---|---|---|---|---|"]
    print("\n".join(head), flush=True)
    measured = Table()
    alone = {"--scan": measure_scan, "--check": measure_check}
    measure_part = next((part for option, part in alone.items() if option in sys.argv), measure)
    measure_part(program, rounds, measured)
    table = "\n".join(head + measured.rows)
    if "--write" not in sys.argv:
        return
    text = f"""# Benchmarks

Made by `make bench WRITE=docs/benchmarks.md` on {datetime.date.today()}: {processor()}, {os.cpu_count()} cores, Linux
{platform.release()}, Debian 12. Input: 438 MB of BERT-base shapes, float32 noise of N(0, 0.02), in the page cache.
Commands run in turn (A B A B ...) after one warm-up, {rounds} rounds; whole processes, the disk synced before each.
"Met" asks for the bar and for at most 64 MiB resident (100 for the dict).

{table}

The rivals do less. `cp` only copies; convert checksums what it copies, reads it back, and compares. Python (the
reference safetensors 0.8.0 and Debian's torch) and anamnesis read nothing back. By hand, `tar` and Python neither
check nor stage, and overwrite what is there.

A bar against Python is a bar against the disk too: where Python takes less than 15 times as long as `cp`, no
converter that writes the file can be 15 times as fast. Nor can SHA-256 (about 1.5 GB/s a core) be faster than a
converter that hashes nothing and finds the page cache warm.
"""
    (ROOT / sys.argv[sys.argv.index("--write") + 1]).write_text(text)


if __name__ == "__main__":
    main()
