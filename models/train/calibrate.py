"""Fits the confidence of mentions on dev, from the scores of the engine that ships (`dateline eval --scores`)."""

import json
import math
import subprocess
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F

CORPORA = ("conll2003", "worldwide", "news_modern")


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
