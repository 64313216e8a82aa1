#!/usr/bin/env python3
"""Makes `topics`: the tiny checkpoint `bert-casing` with a topic head, and a recipe that names topics and corrects scores.

    pip install safetensors==0.8.0 "numpy<2"
    python3 models/tiny/make_topics.py          # after make.py, if that was run
    python3 data/parity/make_topics.py          # what the head says, by numpy

The weights are drawn by numpy from a fixed seed and rounded: running it again gives the same bytes.
"""

import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

HERE = Path(__file__).resolve().parent
BASE = HERE / "bert-casing"
FOLDER = HERE / "topics"

# Width of the head's inner layer: odd, and no multiple of the encoder's 32.
K = 21
TOPICS = [
    {"code": "medtop:04000000", "label": "economy, business and finance", "scale": 0.8, "shift": 0.1, "threshold": 0.5},
    {"code": "medtop:16000000", "label": "conflict, war and peace", "scale": 1.2, "shift": -0.2, "threshold": 0.6},
    {"code": "medtop:15000000", "label": "sport", "scale": 1.0, "shift": 0.0, "threshold": 0.4},
    {"code": "medtop:17000000", "label": "weather"},
    {"code": "medtop:11000000", "label": "politics", "scale": 0.5, "shift": 0.0, "threshold": 0.55},
]
# About the mean logits over the texts of data/parity: taken off, so that no topic is given everywhere or nowhere.
MEAN = [-8.2, 0.1, 3.6, 7.3, 0.7]
CONFIDENCE = {"PER": {"scale": 0.5, "shift": 0.25}, "LOC": {"scale": 2.0}}


def head(d, n):
    """Weights so large that a forgotten bias or a transposed matrix shows in the first digit."""
    draw = np.random.Generator(np.random.PCG64(17))
    shapes = {
        "topics.dense.weight": (K, d),
        "topics.dense.bias": (K,),
        "topics.out.weight": (n, K),
        "topics.out.bias": (n,),
    }
    # The head reads a vector of length 1, whose components are small.
    scale = {"topics.dense.weight": 4.0, "topics.out.weight": 2 / K**0.5}
    tensors = {name: draw.standard_normal(shape) * scale.get(name, 0.5) for name, shape in shapes.items()}
    tensors["topics.out.bias"] -= MEAN
    return {name: np.round(tensor, 4).astype(np.float32) for name, tensor in tensors.items()}


def main():
    config = json.loads((BASE / "config.json").read_text())
    recipe = json.loads((BASE / "recipe.json").read_text())
    recipe |= {"topics": TOPICS, "confidence": CONFIDENCE}
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name in ["config.json", "tokenizer.json"]:
        shutil.copy(BASE / name, FOLDER / name)
    (FOLDER / "recipe.json").write_text(json.dumps(recipe, indent=2) + "\n")
    (FOLDER / "MODEL_CARD.md").write_text("# topics\n\nRandom weights for the tests. It knows nothing of any topic.\n")
    tensors = load_file(BASE / "model.safetensors") | head(config["hidden_size"], len(TOPICS))
    save_file(tensors, FOLDER / "model.safetensors", metadata={"format": "pt"})
    for file in FOLDER.iterdir():
        file.chmod(0o644)


if __name__ == "__main__":
    main()
