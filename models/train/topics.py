"""Fits the topic head on the finished encoder, over whole articles, and chooses the thresholds.

Training the encoder has seen one window of each text. Here the encoder is frozen, every article is read whole and by the
program itself, as it will be read in use, and only the head (D → 256 → topics and one row more, for text that is no article)
is fitted: first on what has labels, then once more with the unlabelled news, labelled by the average of several first heads
(self-training). Scores are calibrated and thresholds chosen on sources left out: each article is scored by heads that have
seen nothing of its publisher. How good that is, is measured on the sets that heldout.py keeps apart.
"""

import json
import math
import random
import subprocess
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

import heldout
import no_article
from corpora import jsonl, topic_labels
from encoder import TOPIC_HIDDEN, D, Model

# Parts in which publishers and sources are left out in turn.
FOLDS = 6


def vectors(dateline: Path, model: Path, items: list[dict]) -> torch.Tensor:
    """The embeddings that `dateline tag` gives articles with the model in a directory: (items, D), each of length 1."""
    with tempfile.TemporaryDirectory() as scratch:
        articles = Path(scratch) / "articles.jsonl"
        with open(articles, "w", encoding="utf-8") as file:
            for item in items:
                print(json.dumps({"title": item.get("title") or "", "text": item["text"]}), file=file)
        command = [dateline, "tag", articles, "--model", model, "--embedding", "--quiet", "--under", "dateline"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as tagging:
            found = [json.loads(line)["dateline"]["embedding"] for line in tagging.stdout]
    assert len(found) == len(items), "dateline reads every article"
    return torch.tensor(found)


class Data:
    """Embeddings with targets (n, topics), and a weight for every target: 0 where nothing is known."""

    def __init__(self, x, y, w):
        self.x, self.y, self.w = x, y, w

    def __add__(self, other):
        return Data(torch.cat([self.x, other.x]), torch.cat([self.y, other.y]), torch.cat([self.w, other.w]))


def read(path: Path, index: dict[str, int], most: int | None = None, seed: int = 0):
    """Articles and topics of a file, or of `most` of its items drawn at random."""
    items = list(jsonl(path))
    if most and len(items) > most:
        items = random.Random(f"{seed} {path.parent.name}").sample(items, most)
    return items, [[index[label] for label in item["labels"]] for item in items]


def targets(topics: list[list[int]], n: int):
    y = torch.zeros(len(topics), n)
    for row, present in enumerate(topics):
        y[row, present] = 1.0
    return y


def fit(data: Data, config: dict, seed: int) -> nn.Sequential:
    """One head, by AdamW over shuffled batches."""
    torch.manual_seed(seed)
    mean, scale = data.x.mean(0), data.x.std(0) + 1e-6
    head = nn.Sequential(nn.Linear(D, TOPIC_HIDDEN), nn.GELU(), nn.Dropout(0.3), nn.Linear(TOPIC_HIDDEN, data.y.shape[1]))
    optimizer = torch.optim.AdamW(head.parameters(), lr=config["learning_rate"], weight_decay=config["weight_decay"])
    x = (data.x - mean) / scale
    n, size = len(x), 256
    steps = config["epochs"] * math.ceil(n / size)
    step = 0
    for _ in range(config["epochs"]):
        order = torch.randperm(n)
        for start in range(0, n, size):
            rows = order[start : start + size]
            for group in optimizer.param_groups:
                group["lr"] = config["learning_rate"] * (1 - step / steps)
            logits = head(F.dropout(x[rows], 0.2))
            loss = F.binary_cross_entropy_with_logits(logits, data.y[rows], weight=data.w[rows], reduction="sum") / len(rows)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            step += 1
    # Standardizing goes into the first layer: W((x - m) / s) + b = (W / s) x + (b - (W / s) m).
    with torch.no_grad():
        head[0].weight.div_(scale)
        head[0].bias.sub_(head[0].weight @ mean)
    return head.eval()


def joined(heads: list[nn.Sequential]) -> tuple[nn.Linear, nn.Linear]:
    """The mean of several heads as one head with an inner layer as wide as all of theirs."""
    inner, n = sum(head[0].out_features for head in heads), heads[0][3].out_features
    dense, out = nn.Linear(D, inner), nn.Linear(inner, n)
    with torch.no_grad():
        dense.weight.copy_(torch.cat([head[0].weight for head in heads]))
        dense.bias.copy_(torch.cat([head[0].bias for head in heads]))
        out.weight.copy_(torch.cat([head[3].weight for head in heads], 1) / len(heads))
        out.bias.copy_(torch.stack([head[3].bias for head in heads]).mean(0))
    return dense, out


def micro_macro(guess, gold, least: int = 5):
    """Micro-F1, and macro-F1 over topics with `least` gold articles."""
    right, found, wanted = (guess & gold).sum(0).float(), guess.sum(0).float(), gold.sum(0).float()
    micro = 2 * right.sum() / (found.sum() + wanted.sum())
    each = 2 * right / (found + wanted).clamp(min=1)
    return float(micro), float(each[wanted >= least].mean())


def calibrate(logits, gold, rows_weight, strength: float = 16.0):
    """Scale for all topics and shift for each, by logistic regression; shifts are drawn to their common mean where a
    topic has few examples."""
    n = logits.shape[1]
    log_scale = torch.zeros(1, requires_grad=True)
    common = torch.zeros(1, requires_grad=True)
    own = torch.zeros(n, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_scale, common, own], max_iter=200)

    def loss():
        optimizer.zero_grad()
        z = log_scale.exp() * logits + common + own
        each = F.binary_cross_entropy_with_logits(z, gold.float(), weight=rows_weight[:, None], reduction="sum")
        total = each + strength * (own**2).sum()
        total.backward()
        return total

    optimizer.step(loss)
    with torch.no_grad():
        return float(log_scale.exp()), (common + own).tolist()


def choose_thresholds(sets: list[tuple[torch.Tensor, torch.Tensor]], penalty: float = 0.5) -> list[float]:
    """A threshold for each topic, from calibrated scores and gold topics of dev sets, the most important set first.

    Worth is the sum of the sets' micro-F1 and half the first one's macro-F1. The best common threshold comes first; then
    topic by topic another one, if it is worth more than `penalty` times its squared distance from the common one: a topic
    has few gold articles, and what suits them need not suit others.
    """
    grid = torch.arange(0.2, 0.76, 0.02)
    counts = [
        (
            torch.stack([((scores > t) & gold).sum(0) for t in grid]).double(),
            torch.stack([(scores > t).sum(0) for t in grid]).double(),
            gold.sum(0).double(),
        )
        for scores, gold in sets
    ]
    n = counts[0][2].numel()
    every = torch.arange(n)

    def worth(chosen: torch.Tensor, common: int) -> float:
        total = -penalty * ((grid[chosen] - grid[common]) ** 2).sum()
        for i, (right, found, wanted) in enumerate(counts):
            right, found = right[chosen, every], found[chosen, every]
            total += 2 * right.sum() / (found.sum() + wanted.sum())
            if i == 0:
                total += 0.5 * (2 * right / (found + wanted).clamp(min=1))[wanted >= 5].mean()
        return float(total)

    common = max(range(len(grid)), key=lambda i: worth(torch.full((n,), i), i))
    chosen = torch.full((n,), common)
    for _ in range(4):
        for topic in range(n):
            def with_threshold(i: int) -> tuple[float, int]:
                other = chosen.clone()
                other[topic] = i
                return worth(other, common), -abs(i - common)

            chosen[topic] = max(range(len(grid)), key=with_threshold)
    return grid[chosen].tolist()


def fit_topics(model: Model, bare: Path, dateline: Path, held: heldout.HeldOut, config: dict, cache: Path, say) -> dict:
    """Replaces the model's topic head and returns what the recipe says of it: `topics` (code, label, scale, shift, threshold
    each) and `no_article`, which is the head's last row.

    `bare` is the model's directory, without a topic head as yet.
    """
    labels = topic_labels(held.corpora)
    index = {topic["label"]: i for i, topic in enumerate(labels)}
    n = len(labels)

    def read_by_program(name: str, items: list[dict]):
        path = cache / f"vectors.{name}.pt"
        if not path.exists():
            torch.save(vectors(dateline, bare, items), path)
        found = torch.load(path, weights_only=True)
        assert len(found) == len(items), f"{path} is of another run: delete it"
        return found

    def with_last(y, value: float):
        return torch.cat([y, torch.full((len(y), 1), value)], 1)

    # Embeddings, targets (rows, topics and no article), weights, and whose text each row is.
    labelled: dict[str, tuple] = {}
    for name, source in config["sources"].items():
        path = held.corpora / "topics" / name / "train.jsonl"
        items, topics = read(path, index, source.get("most"), config["seed"])
        kept = [not out for out in held.topics(name, items)]
        items, topics = [i for i, k in zip(items, kept) if k], [t for t, k in zip(topics, kept) if k]
        whose = [held.source_of(item) if name == "articles" else "" for item in items]
        labelled[name] = (read_by_program(name, items), with_last(targets(topics, n), 0.0), source["weight"], whose)
    strange = [{"title": "", "text": text} for text in no_article.texts(config["no_article"]["texts"], config["seed"])]
    # A kind of text is to it what a publisher is to an article.
    kinds = [f"kind {i % len(no_article.KINDS)}" for i in range(len(strange))]
    labelled["no article"] = (
        read_by_program("no_article", strange), with_last(torch.zeros(len(strange), n), 1.0), config["no_article"]["weight"], kinds
    )
    raw_items = []
    for name, most in config["raw"].items():
        every = [item for item in jsonl(held.corpora / "news" / f"{name}.jsonl.gz") if not held.raw(item)]
        raw_items += random.Random(f"{config['seed']} head {name}").sample(every, min(most, len(every)))
    raw = read_by_program("raw", raw_items)

    dev = {}
    every = [item for part in ("train", "dev") for item in jsonl(held.corpora / "topics" / "articles" / f"{part}.jsonl")]
    chosen = [item for item, out in zip(every, held.topics("articles", every)) if out]
    chosen_topics = [[index[label] for label in item["labels"]] for item in chosen]
    dev["held out"] = (read_by_program("heldout", chosen), targets(chosen_topics, n).bool())
    for name in ("articles", "worldwide_iptc_gold", "cep"):
        items, topics = read(held.corpora / "topics" / name / "dev.jsonl", index)
        dev[name] = (read_by_program(f"{name}.dev", items), targets(topics, n).bool())

    def dataset(teacher=None, without: set[str] = frozenset()) -> Data:
        parts = []
        for name, (x, y, weight, whose) in labelled.items():
            kept = torch.tensor([w not in without for w in whose])
            x, y = x[kept], y[kept]
            if name in ("articles", "no article"):
                parts.append(Data(x, y, torch.full_like(y, weight)))
                continue
            # One label each: the others are unknown rather than absent. Until a teacher says more, count them a little.
            known = y.clone()
            unlisted = config["unlisted"] if teacher is None else config["unlisted_by_teacher"]
            w = weight * torch.where(y > 0, 1.0, unlisted)
            if teacher is not None:
                known = torch.where(y > 0, y, teacher(x))
            # That news is an article is known.
            known[:, n], w[:, n] = 0.0, weight
            parts.append(Data(x, known, w))
        if teacher is not None:
            y = teacher(raw)
            y[:, n] = 0.0
            parts.append(Data(raw, y, torch.full((len(raw), n + 1), config["raw_weight"])))
        return sum(parts[1:], parts[0])

    def mean_of(some):
        return lambda x: torch.stack([head(x).detach() for head in some]).mean(0)

    def heads_without(without: set[str], n_heads: int, n_self_trained: int, seed: int):
        first = dataset(None, without)
        heads = [fit(first, config, seed + i) for i in range(n_heads)]
        if not n_self_trained:
            return heads, []
        teacher = mean_of(heads)
        second = dataset(lambda x: torch.sigmoid(teacher(x)), without)
        return heads, [fit(second, config, seed + 100 + i) for i in range(n_self_trained)]

    def score(name: str, logits_of):
        for dev_name, (x, gold) in dev.items():
            z = logits_of(x)[:, :n]
            best = max((micro_macro(z > t, gold) + (t,) for t in torch.arange(-2.5, 1.5, 0.25).tolist()))
            first = gold[torch.arange(len(gold)), z.argmax(1)].float().mean()
            say(event="topics", head=name, dev=dev_name, micro=round(best[0], 4), macro=round(best[1], 4),
                threshold=best[2], first=round(float(first), 4))

    heads, self_trained = heads_without(set(), config["heads"], config["self_trained_heads"], config["seed"])
    kept_heads = heads[: config["kept_heads"]] + self_trained
    head = mean_of(kept_heads)
    score("kept", head)
    model.topics_dense, model.topics_out = joined(kept_heads)

    # Logits of articles, and of what is none, by heads that have not seen their source.
    unseen = {name: torch.zeros(len(labelled[name][0]), n + 1) for name in ("articles", "no article")}
    sources = sorted({w for name in unseen for w in labelled[name][3]})
    random.Random(config["seed"]).shuffle(sources)
    for fold in range(FOLDS):
        without = set(sources[fold::FOLDS])
        some = mean_of(heads_without(without, 2, 0, config["seed"] + 1000 * (fold + 1))[0])
        for name, logits in unseen.items():
            rows = torch.tensor([w in without for w in labelled[name][3]])
            logits[rows] = some(labelled[name][0][rows])
    gold = labelled["articles"][1][:, :n].bool()
    logits = unseen["articles"][:, :n]
    scale, shifts = calibrate(logits, gold, torch.ones(len(gold)))
    scored = torch.sigmoid(scale * logits + torch.tensor(shifts))
    thresholds = choose_thresholds([(scored, gold)])

    # Text is no article from the score on that so few articles reach.
    of_articles = torch.sigmoid(unseen["articles"][:, n]).sort().values
    bar = max(0.5, float(of_articles[int(len(of_articles) * (1 - config["no_article"]["lost"]))]))
    found = float((torch.sigmoid(unseen["no article"][:, n]) >= bar).float().mean())
    say(event="topics", head="no article", threshold=round(bar, 3), found_on_kinds_left_out=round(found, 4))

    for name, (x, of) in [("sources left out", (None, gold))] + list(dev.items()):
        z = logits if x is None else head(x)[:, :n]
        given = torch.sigmoid(scale * z + torch.tensor(shifts)) >= torch.tensor(thresholds)
        micro, macro = micro_macro(given, of)
        first = of[torch.arange(len(of)), (scale * z + torch.tensor(shifts)).argmax(1)].float().mean()
        say(event="topics", head="calibrated", dev=name, micro=round(micro, 4), macro=round(macro, 4), first=round(float(first), 4))
    return {
        "topics": [
            {"code": topic["code"], "label": topic["label"], "scale": round(scale, 4), "shift": round(shift, 4),
             "threshold": round(threshold, 2)}
            for topic, shift, threshold in zip(labels, shifts, thresholds)
        ],
        "no_article": {"scale": 1.0, "shift": 0.0, "threshold": round(bar, 3)},
    }
