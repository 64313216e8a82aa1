"""Fits the topic head on the finished encoder, over whole articles, and chooses the thresholds.

Training the encoder has seen one window of each text. Here the encoder is frozen, every article is read whole, and only
the head (D → 256 → topics) is fitted: first on what has labels, then once more with the unlabelled news, labelled by the
average of several first heads (self-training). Scores are calibrated and one threshold is chosen, on dev.
"""

import math
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from corpora import jsonl, topic_labels, with_title
from encoder import TOPIC_HIDDEN, D, Model
from mix import Window, tensors, text_pre_tokens, text_window
from tokens import Tokens

WINDOW_PIECES = 128


def windows_of(text: str, tokens: Tokens, most: int) -> list[Window]:
    """The windows of a text, one after the other; the tagger's own overlap a little and end where sentences end."""
    pre_tokens = text_pre_tokens(text, tokens, WINDOW_PIECES * most)
    windows: list[Window] = []
    chosen, size = [], 0
    for pre_token in pre_tokens:
        if chosen and size + len(pre_token[0]) > WINDOW_PIECES:
            windows.append(text_window(chosen, tokens))
            chosen, size = [], 0
        chosen.append(pre_token)
        size += len(pre_token[0])
    windows.append(text_window(chosen, tokens))
    return windows


@torch.no_grad()
def pooled(model: Model, tokens: Tokens, texts: list[str], device: str, most: int, batch_tokens: int = 8192):
    """Token-weighted means over the first `most` windows of each text: (texts, D)."""
    model.eval()
    todo = [(i, window) for i, text in enumerate(texts) for window in windows_of(text, tokens, most)]
    todo.sort(key=lambda pair: len(pair[1].ids))
    sums, counts = torch.zeros(len(texts), D), torch.zeros(len(texts), 1)
    start = 0
    while start < len(todo):
        end = start + 1
        while end < len(todo) and (end + 1 - start) * len(todo[end][1].ids) <= batch_tokens:
            end += 1
        part = todo[start:end]
        ids, types, present, _ = tensors([window for _, window in part], tokens.pad, device)
        hidden = model.encoder(ids, types, present).float()
        rows = (hidden * present.unsqueeze(-1)).sum(1).cpu()
        index = torch.tensor([i for i, _ in part])
        sums.index_add_(0, index, rows)
        counts.index_add_(0, index, present.sum(1, keepdim=True).float().cpu())
        start = end
    return sums / counts


class Data:
    """Pooled vectors with targets (n, topics), and a weight for every target: 0 where nothing is known."""

    def __init__(self, x, y, w):
        self.x, self.y, self.w = x, y, w

    def __add__(self, other):
        return Data(torch.cat([self.x, other.x]), torch.cat([self.y, other.y]), torch.cat([self.w, other.w]))


def read(path: Path, index: dict[str, int], most: int | None = None, seed: int = 0):
    """Texts and topics of a file, or of `most` of its items drawn at random."""
    items = list(jsonl(path))
    if most and len(items) > most:
        items = random.Random(f"{seed} {path.parent.name}").sample(items, most)
    return [with_title(item) for item in items], [[index[label] for label in item["labels"]] for item in items]


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


def calibrate(logits, gold, rows_weight, strength: float = 4.0):
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


def fit_topics(model: Model, tokens: Tokens, corpora: Path, config: dict, device: str, cache: Path, say) -> list[dict]:
    """Replaces the model's topic head and returns the recipe's entries: code, label, scale, shift, threshold."""
    labels = topic_labels(corpora)
    index = {topic["label"]: i for i, topic in enumerate(labels)}
    n = len(labels)

    def vectors(name: str, texts: list[str], most: int = config["windows"]):
        path = cache / f"pooled.{name}.pt"
        if not path.exists():
            torch.save(pooled(model, tokens, texts, device, most), path)
        found = torch.load(path, weights_only=True)
        assert len(found) == len(texts), f"{path} is of another run: delete it"
        return found

    labelled: dict[str, tuple] = {}
    for name, source in config["sources"].items():
        texts, topics = read(corpora / "topics" / name / "train.jsonl", index, source.get("most"), config["seed"])
        labelled[name] = (vectors(name, texts), targets(topics, n), source["weight"])
    raw_texts = []
    for name, most in config["raw"].items():
        every = [with_title(item) for item in jsonl(corpora / "news" / f"{name}.jsonl.gz")]
        raw_texts += random.Random(f"{config['seed']} head {name}").sample(every, min(most, len(every)))
    raw = vectors("raw", raw_texts)
    dev = {}
    for name in ("articles", "worldwide_iptc_gold", "cep"):
        texts, topics = read(corpora / "topics" / name / "dev.jsonl", index)
        dev[name] = (vectors(f"{name}.dev", texts, 1000), targets(topics, n).bool())

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

    with torch.no_grad():
        score("of training", lambda x: model.cpu().eval().topics(x))
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
    z = scale * logits + torch.tensor(shifts)
    of = torch.cat([torch.full((len(dev[name][1]),), i) for i, name in enumerate(names)])

    def worth(t: float):
        # Both sets count alike, whatever their sizes.
        found = [micro_macro(torch.sigmoid(z[of == i]) > t, gold[of == i]) for i in range(len(names))]
        return sum(micro for micro, _ in found) + 0.5 * found[0][1]

    threshold = max((0.3 + 0.01 * i for i in range(31)), key=worth)
    say(event="topics", head="calibrated", scale=scale, shifts=shifts, threshold=threshold,
        **{name: micro_macro(torch.sigmoid(z[of == i]) > threshold, gold[of == i]) for i, name in enumerate(names)})
    return [
        {"code": topic["code"], "label": topic["label"], "scale": round(scale, 4), "shift": round(shift, 4),
         "threshold": round(threshold, 2)}
        for topic, shift in zip(labels, shifts)
    ]
