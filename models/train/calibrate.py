"""What is settled on dev with the engine that ships: whether int8 will do, and the confidence of mentions."""

import json
import math
import subprocess
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F

CORPORA = ("conll2003", "worldwide", "news_modern")


# F1 that int8 may cost on any of the dev sets: 0.15 points.
INT8_MAY_COST = 0.0015


def int8_will_do(dateline: Path, model: Path, corpora: Path, say) -> bool:
    """Whether names are found as well in eight-bit integers as in f32."""
    f1 = {
        precision: {name: dev_f1(dateline, model, corpora / "ner" / name / "dev.conll", precision) for name in CORPORA}
        for precision in ("f32", "int8")
    }
    say(event="int8", **f1)
    return all(f1["f32"][name] - f1["int8"][name] <= INT8_MAY_COST for name in CORPORA)


def dev_f1(dateline: Path, model: Path, gold: Path, precision: str) -> float:
    """Micro-F1 over exact mentions, 0 to 1."""
    command = [dateline, "eval", "--gold", gold, "--model", model, "--precision", precision, "--json"]
    report = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return json.loads(report.stdout)["exact"]["micro"]["f1"]


def engine_scores(dateline: Path, model: Path, corpora: Path) -> list[dict]:
    """Label, raw score and rightness of every mention that the engine finds in the dev sets."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "scores.jsonl"
        golds = [f"--gold={corpora / 'ner' / name / 'dev.conll'}" for name in CORPORA]
        subprocess.run([dateline, "eval", *golds, "--model", model, "--scores", out], check=True, stdout=subprocess.DEVNULL)
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def fit(scores: list[dict]) -> dict[str, dict[str, float]]:
    """Scale and shift of the log-odds for each label, by logistic regression (Platt 1999)."""
    found = {}
    for label in sorted({s["label"] for s in scores}):
        own = [s for s in scores if s["label"] == label]
        raw = [min(max(s["raw"], 1e-6), 1 - 1e-6) for s in own]
        x = torch.tensor([math.log(p / (1 - p)) for p in raw], dtype=torch.float64)
        y = torch.tensor([float(s["correct"]) for s in own], dtype=torch.float64)
        scale = torch.ones(1, dtype=torch.float64, requires_grad=True)
        shift = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.LBFGS([scale, shift], max_iter=100)

        def loss():
            optimizer.zero_grad()
            value = F.binary_cross_entropy_with_logits(scale * x + shift, y)
            value.backward()
            return value

        optimizer.step(loss)
        found[label] = {"scale": round(scale.item(), 4), "shift": round(shift.item(), 4)}
    return found
