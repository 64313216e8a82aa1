"""Fits the topic head on the finished encoder, over whole articles, and chooses the thresholds.

Training the encoder has seen one window of each text. Here the encoder is frozen, every article is read whole and by the
program itself, as it will be read in use, and only the head (D → 256 → topics) is fitted: first on what has labels,
then once more with the unlabelled news, labelled by the average of several first heads (self-training). Scores are
calibrated and thresholds are chosen, on dev.
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

from corpora import jsonl, topic_labels
from encoder import TOPIC_HIDDEN, D, Model


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


def fit_topics(model: Model, bare: Path, dateline: Path, corpora: Path, config: dict, cache: Path, say) -> list[dict]:
    """Replaces the model's topic head and returns the recipe's entries: code, label, scale, shift, threshold.

    `bare` is the model's directory, without a topic head as yet.
    """
    labels = topic_labels(corpora)
    index = {topic["label"]: i for i, topic in enumerate(labels)}
    n = len(labels)

    def read_by_program(name: str, items: list[dict]):
        path = cache / f"vectors.{name}.pt"
        if not path.exists():
            torch.save(vectors(dateline, bare, items), path)
        found = torch.load(path, weights_only=True)
        assert len(found) == len(items), f"{path} is of another run: delete it"
        return found

    labelled: dict[str, tuple] = {}
    for name, source in config["sources"].items():
        items, topics = read(corpora / "topics" / name / "train.jsonl", index, source.get("most"), config["seed"])
        labelled[name] = (read_by_program(name, items), targets(topics, n), source["weight"])
    raw_items = []
    for name, most in config["raw"].items():
        every = list(jsonl(corpora / "news" / f"{name}.jsonl.gz"))
        raw_items += random.Random(f"{config['seed']} head {name}").sample(every, min(most, len(every)))
    raw = read_by_program("raw", raw_items)
    dev = {}
    for name in ("articles", "worldwide_iptc_gold", "cep"):
        items, topics = read(corpora / "topics" / name / "dev.jsonl", index)
        dev[name] = (read_by_program(f"{name}.dev", items), targets(topics, n).bool())

    def dataset(teacher=None) -> Data:
        parts = []
        for name, (x, y, weight) in labelled.items():
            if name == "articles":
                parts.append(Data(x, y, torch.full_like(y, weight)))
                continue
            # One label each: the others are unknown rather than absent. Until a teacher says more, count them a little.
            known = y.clone()
            unlisted = config["unlisted"] if teacher is None else config["unlisted_by_teacher"]
            w = weight * torch.where(y > 0, 1.0, unlisted)
            if teacher is not None:
                known = torch.where(y > 0, y, teacher(x))
            parts.append(Data(x, known, w))
        if teacher is not None:
            parts.append(Data(raw, teacher(raw), torch.full((len(raw), n), config["raw_weight"])))
        return sum(parts[1:], parts[0])

    def score(name: str, logits_of):
        for dev_name, (x, gold) in dev.items():
            z = logits_of(x)
            best = max((micro_macro(z > t, gold) + (t,) for t in torch.arange(-2.5, 1.5, 0.25).tolist()))
            first = gold[torch.arange(len(gold)), z.argmax(1)].float().mean()
            say(event="topics", head=name, dev=dev_name, micro=round(best[0], 4), macro=round(best[1], 4),
                threshold=best[2], first=round(float(first), 4))

    first = dataset()
    heads = [fit(first, config, config["seed"] + i) for i in range(config["heads"])]

    def mean_of(some):
        return lambda x: torch.stack([head(x).detach() for head in some]).mean(0)

    score("labelled, one head", mean_of(heads[:1]))
    score("labelled, averaged", mean_of(heads))
    teacher = mean_of(heads)
    second = dataset(lambda x: torch.sigmoid(teacher(x)))
    self_trained = [fit(second, config, config["seed"] + 100 + i) for i in range(config["self_trained_heads"])]
    score("self-trained, averaged", mean_of(self_trained))
    head = mean_of(heads[: config["kept_heads"]] + self_trained)
    score("kept", head)
    model.topics_dense, model.topics_out = joined(heads[: config["kept_heads"]] + self_trained)

    names = ("articles", "worldwide_iptc_gold")
    logits = torch.cat([head(dev[name][0]) for name in names])
    gold = torch.cat([dev[name][1] for name in names])
    scale, shifts = calibrate(logits, gold, torch.ones(len(gold)))
    scored = [(torch.sigmoid(scale * head(dev[name][0]) + torch.tensor(shifts)), dev[name][1]) for name in names]
    thresholds = choose_thresholds(scored)
    f1 = {name: micro_macro(scores > torch.tensor(thresholds), of) for name, (scores, of) in zip(names, scored)}
    say(event="topics", head="calibrated", scale=scale, shifts=shifts, thresholds=thresholds, **f1)
    return [
        {"code": topic["code"], "label": topic["label"], "scale": round(scale, 4), "shift": round(shift, 4),
         "threshold": round(threshold, 2)}
        for topic, shift, threshold in zip(labels, shifts, thresholds)
    ]
