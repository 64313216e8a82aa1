"""What is settled with the engine that ships: whether int8 will do, the confidence of mentions, and the score below which none is given.

Confidence is fitted on the development set whose sources training has not seen, and on CoNLL-2003's. How well it holds on a
source that nobody has seen is measured by leaving each source out in turn.
"""

import json
import math
import subprocess
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F

import heldout

# F1 that int8 may cost on any of the sets: 0.15 points.
INT8_MAY_COST = 0.0015
BINS = 10


def golds(held: heldout.HeldOut, scratch: Path) -> dict[str, Path]:
    """A gold file for each source that training has not seen; small sources of one kind together."""
    parts: dict[str, list[dict]] = {}
    for article in held.worldwide():
        parts.setdefault(f"worldwide {heldout.publisher(article['id'])}", []).append(article)
    for item in held.modern():
        year = item["id"].removeprefix("ce-")[4:8]
        parts.setdefault(f"modern {item['source']} {year}" if item["source"] == "ce" else f"modern {item['source']}", []).append(item)
    found = {"conll2003": held.corpora / "ner" / "conll2003" / "dev.conll"}
    for name, items in parts.items():
        found[name] = scratch / f"{name.replace(' ', '_')}.jsonl"
        found[name].write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
    return found


def evaluated(dateline: Path, model: Path, gold: Path, *options: str) -> dict:
    """The report of `dateline eval` on exact mentions."""
    command = [dateline, "eval", "--gold", gold, "--model", model, "--min-score", "0", "--json", *options]
    report = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return json.loads(report.stdout)["exact"]["micro"]


def int8_will_do(dateline: Path, model: Path, held: heldout.HeldOut, say) -> bool:
    """Whether names are found as well in eight-bit integers as in f32."""
    with tempfile.TemporaryDirectory() as scratch:
        files = {name: held.corpora / "ner" / name / "dev.conll" for name in ("conll2003", "worldwide", "news_modern")}
        for name, items in (("heldout_worldwide", held.worldwide()), ("heldout_modern", held.modern())):
            files[name] = Path(scratch) / f"{name}.jsonl"
            files[name].write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
        f1 = {
            precision: {name: evaluated(dateline, model, gold, "--precision", precision)["f1"] for name, gold in files.items()}
            for precision in ("f32", "int8")
        }
    say(event="int8", **f1)
    return all(f1["f32"][name] - f1["int8"][name] <= INT8_MAY_COST for name in f1["f32"])


def engine_scores(dateline: Path, model: Path, held: heldout.HeldOut) -> dict[str, tuple[list[dict], int]]:
    """For each source: label, raw score and rightness of every mention that the engine finds, and the number of gold ones."""
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, gold in golds(held, Path(scratch)).items():
            out = Path(scratch) / "scores.jsonl"
            report = evaluated(dateline, model, gold, "--scores", str(out))
            found[name] = ([json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()], report["gold"])
    return found


def log_odds(raw: float) -> float:
    p = min(max(raw, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def fit(sources: dict[str, tuple[list[dict], int]]) -> dict[str, dict[str, float]]:
    """Scale and shift of the log-odds for each label, by logistic regression (Platt 1999). Every source has a say by the root
    of its size."""
    found = {}
    for label in sorted({score["label"] for scores, _ in sources.values() for score in scores}):
        rows = [(log_odds(s["raw"]), float(s["correct"]), len(scores) ** -0.5) for scores, _ in sources.values() for s in scores if s["label"] == label]
        x, y, w = (torch.tensor(column, dtype=torch.float64) for column in zip(*rows))
        w = w / w.mean()
        scale = torch.ones(1, dtype=torch.float64, requires_grad=True)
        shift = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.LBFGS([scale, shift], max_iter=100)

        def loss():
            optimizer.zero_grad()
            value = F.binary_cross_entropy_with_logits(scale * x + shift, y, weight=w)
            value.backward()
            return value

        optimizer.step(loss)
        found[label] = {"scale": round(scale.item(), 4), "shift": round(shift.item(), 4)}
    return found


def confidence(raw: float, of: dict[str, float]) -> float:
    return 1 / (1 + math.exp(-(of["scale"] * log_odds(raw) + of["shift"])))


def calibration_error(pairs: list[tuple[float, bool]]) -> float:
    """Expected calibration error over ten bins."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for score, right in pairs:
        bins[min(int(score * BINS), BINS - 1)].append((score, right))
    return sum(abs(sum(s for s, _ in b) - sum(r for _, r in b)) for b in bins) / max(1, len(pairs))


def f1_from(sources, confidences, bar: float) -> float:
    """Mean over sources of F1 of what scores at least `bar`."""
    each = []
    for name, (scores, gold) in sources.items():
        kept = [s for s in scores if confidence(s["raw"], confidences[s["label"]]) >= bar]
        each.append(2 * sum(s["correct"] for s in kept) / max(1, len(kept) + gold))
    return sum(each) / len(each)


def settle(sources: dict[str, tuple[list[dict], int]], say) -> tuple[dict, float]:
    """Confidence by label and the lowest score to give, and what both are worth on sources that had no part in them."""
    bars = [i / 100 for i in range(0, 71, 5)]
    together: list[tuple[float, bool]] = []
    gains = []
    for left_out in sources:
        others = {name: one for name, one in sources.items() if name != left_out}
        of = fit(others)
        pairs = [(confidence(s["raw"], of[s["label"]]), s["correct"]) for s in sources[left_out][0]]
        together += pairs
        bar = max(bars, key=lambda b: f1_from(others, of, b))
        alone = {left_out: sources[left_out]}
        gains.append(f1_from(alone, of, bar) - f1_from(alone, of, 0.0))
        say(event="left out", source=left_out, mentions=len(pairs), error=round(calibration_error(pairs), 4), bar=bar, gain=round(gains[-1], 4))
    of = fit(sources)
    everything = [(confidence(s["raw"], of[s["label"]]), s["correct"]) for scores, _ in sources.values() for s in scores]
    bar = max(bars, key=lambda b: f1_from(sources, of, b))
    say(event="confidence", error_left_out=round(calibration_error(together), 4), error_fitted=round(calibration_error(everything), 4),
        min_score=bar, gain_left_out=round(sum(gains) / len(gains), 4), **of)
    return of, bar
