"""Makes dumps.json: random gold and predicted mentions, and what seqeval and nervaluate say of them.

Needs Python 3.10 or later and, in these versions, which are the reference:

    pip install seqeval==1.2.2 nervaluate==0.2.0 numpy==1.26.4
    python data/parity/eval/make_dumps.py

The tags are drawn at random: legal ones, near copies of the gold, and sheer noise that no scheme allows. Nothing comes
from a corpus. The bootstrap intervals are computed here a second time, with numpy's quantiles, because no library has
the same generator.
"""

import json
import random
import warnings
from pathlib import Path

import numpy as np
from nervaluate import Evaluator
from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support

warnings.filterwarnings("ignore")

LABELS = ["LOC", "MISC", "ORG", "PER"]
PLACES = {"bio2": "BI", "iob1": "BI", "bioes": "BIES"}
MATCHINGS = {"strict": "strict", "exact": "exact", "partial": "partial", "ent_type": "type"}
RESAMPLES, SEED, MASK = 1000, 20130614, (1 << 64) - 1


def random_mentions(rng, n_tokens):
    mentions, at = [], 0
    while at < n_tokens:
        if rng.random() < 0.35:
            end = min(n_tokens, at + rng.choice([1, 1, 1, 2, 2, 3, 5]))
            mentions.append((at, end, rng.choice(LABELS)))
            at = end
        else:
            at += 1
    return mentions


def disturbed(rng, mentions, n_tokens):
    """Near copies, none overlapping another."""
    copies, free = [], 0
    for start, end, label in mentions:
        kind = rng.random()
        if kind < 0.15:
            continue
        if kind < 0.3:
            label = rng.choice(LABELS)
        if kind > 0.6:
            start, end = start + rng.choice([-1, 0, 1]), end + rng.choice([-1, 0, 1, 2])
        start, end = max(start, free), min(end, n_tokens)
        if start < end:
            copies.append((start, end, label))
            free = end
    return copies


def spell(mentions, n_tokens, scheme):
    tags = ["O"] * n_tokens
    for start, end, label in mentions:
        for at in range(start, end):
            tags[at] = f"I-{label}"
        if scheme == "bio2":
            tags[start] = f"B-{label}"
        elif scheme == "iob1":
            if start > 0 and tags[start - 1].endswith(f"-{label}"):
                tags[start] = f"B-{label}"
        elif end - start == 1:
            tags[start] = f"S-{label}"
        else:
            tags[start], tags[end - 1] = f"B-{label}", f"E-{label}"
    return tags


def noise(rng, n_tokens, scheme):
    tags = ["O"] * 3 + [f"{place}-{label}" for place in PLACES[scheme] for label in LABELS]
    return [rng.choice(tags) for _ in range(n_tokens)]


def spans(tags):
    return [{"label": label, "start": start, "end": end} for label, start, end in get_entities(tags)]


def keep(tags, labels):
    return [tag if tag == "O" or tag[2:] in labels else "O" for tag in tags]


def seqeval_numbers(gold, predicted):
    names = sorted({label for tags in gold + predicted for label, _, _ in get_entities(tags)})
    rows = zip(*precision_recall_fscore_support(gold, predicted, average=None))
    numbers = {"labels": {name: [float(x) for x in row] for name, row in zip(names, rows)}}
    for average in ["micro", "macro"]:
        numbers[average] = [float(x) for x in precision_recall_fscore_support(gold, predicted, average=average)[:3]]
    return numbers


def nervaluate_numbers(gold, predicted, labels, loader="default"):
    overall, by_label, *_ = Evaluator(gold, predicted, tags=labels, loader=loader).evaluate()
    columns = ["correct", "incorrect", "partial", "missed", "spurious", "precision", "recall", "f1"]
    row = lambda results: {ours: [results[theirs][c] for c in columns] for theirs, ours in MATCHINGS.items()}
    return {"overall": row(overall), "labels": {label: row(by_label[label]) for label in labels}}


def draws(n):
    """SplitMix64, cut to 0..n by the high half of the product."""
    state = SEED
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield ((z ^ (z >> 31)) * n) >> 64


def intervals(gold, predicted, labels):
    """The middle 95 % of the F1s of sentences drawn with repetition; the last row is micro."""
    table = np.zeros((len(gold), len(labels) + 1, 3), dtype=np.int64)
    for sentence, (g, p) in enumerate(zip(gold, predicted)):
        g, p = set(get_entities(g)), set(get_entities(p))
        for row, label in enumerate(labels):
            of = lambda mentions: len([m for m in mentions if m[0] == label])
            table[sentence, row] = [of(g & p), of(p), of(g)]
    table[:, -1] = table[:, :-1].sum(axis=1)
    numbers, scores = draws(len(gold)), [[] for _ in range(len(labels) + 1)]
    for _ in range(RESAMPLES):
        drawn = table[[next(numbers) for _ in range(len(gold))]].sum(axis=0)
        for row, (correct, n_predicted, n_gold) in enumerate(drawn):
            if n_predicted + n_gold:
                scores[row].append(2 * correct / (n_predicted + n_gold))
    middle = lambda s: [float(q) for q in np.quantile(s, [0.025, 0.975])] if s else None
    return {name: middle(s) for name, s in zip(labels + ["micro"], scores)}


def tag_case(rng, scheme, kind, labels):
    gold, predicted = [], []
    for _ in range(rng.choice([2, 12, 30])):
        n_tokens = rng.randint(1, 14)
        mentions = random_mentions(rng, n_tokens)
        noisy = lambda: noise(rng, n_tokens, scheme)
        gold.append(noisy() if kind == "both noise" else spell(mentions, n_tokens, scheme))
        near = disturbed(rng, mentions, n_tokens)
        predicted.append(spell(near, n_tokens, scheme) if kind == "near" else noisy())
    case = {"scheme": scheme, "kind": kind, "labels": labels}
    case["gold"], case["predicted"] = [" ".join(tags) for tags in gold], [" ".join(tags) for tags in predicted]
    if labels:
        gold, predicted = [keep(tags, labels) for tags in gold], [keep(tags, labels) for tags in predicted]
    shown = labels or sorted({m["label"] for tags in gold + predicted for m in spans(tags)})
    case["seqeval"] = seqeval_numbers(gold, predicted)
    by_span = nervaluate_numbers([spans(t) for t in gold], [spans(t) for t in predicted], shown)
    if scheme != "bioes":
        # Its own reader of tags knows no E and no S, and agrees where there are none.
        assert by_span == nervaluate_numbers(gold, predicted, shown, "list")
    case["nervaluate"] = by_span
    case["intervals"] = intervals(gold, predicted, shown)
    return case


def span_case(rng):
    """Records: spans of a text that may overlap and nest, as annotation tools allow."""
    draw = lambda: sorted({(s := rng.randrange(30), s + rng.randint(1, 6), rng.choice(LABELS)) for _ in range(rng.randint(0, 9))})
    documents = [{"gold": draw(), "predicted": draw()} for _ in range(12)]
    # nervaluate counts the last unit in.
    inclusive = lambda side: [[{"label": l, "start": s, "end": e - 1} for s, e, l in d[side]] for d in documents]
    return {"documents": documents, "nervaluate": nervaluate_numbers(inclusive("gold"), inclusive("predicted"), LABELS)}


def main():
    rng = random.Random(7)
    tag_cases = [
        tag_case(rng, scheme, kind, labels)
        for scheme in PLACES
        for kind in ["near", "near", "predicted noise", "both noise"]
        for labels in [None, ["ORG", "PER"]]
    ]
    dumps = {"tags": tag_cases, "spans": [span_case(rng) for _ in range(6)]}
    text = json.dumps(dumps, indent=None, separators=(",", ":"))
    text = text.replace('{"scheme"', '\n{"scheme"').replace('{"documents"', '\n{"documents"')
    Path(__file__).with_name("dumps.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
