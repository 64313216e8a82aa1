#!/usr/bin/env python3
"""Writes down the pooled vector and the topic logits of models/tiny/topics, computed by numpy in double precision.

    pip install safetensors==0.8.0 "numpy<2"
    python3 data/parity/make_topics.py

The ids and token types of the texts are those in logits/bert-casing.json, since `topics` is that checkpoint with one head
more. BERT is written out here a second time, independently of the engine and of Hugging Face; that it is the same function
is checked against the name logits in that file before anything is written.
"""

import json
import math
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent.parent / "models" / "tiny" / "topics"

erf = np.vectorize(math.erf)


def gelu(x):
    return x * 0.5 * (1 + erf(x / math.sqrt(2)))


def hidden(w, config, ids, types):
    """The last hidden states, (tokens, D)."""

    def linear(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(x, name):
        mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
        return (x - mean) / np.sqrt(var + config["layer_norm_eps"]) * w[f"{name}.weight"] + w[f"{name}.bias"]

    table = "bert.embeddings.{}_embeddings.weight"
    x = w[table.format("word")][ids] + w[table.format("position")][: len(ids)] + w[table.format("token_type")][types]
    x = norm(x, "bert.embeddings.LayerNorm")
    heads = config["num_attention_heads"]
    for i in range(config["num_hidden_layers"]):
        at = f"bert.encoder.layer.{i}."
        q, k, v = (
            linear(x, f"{at}attention.self.{part}").reshape(len(ids), heads, -1).swapaxes(0, 1)
            for part in ["query", "key", "value"]
        )
        scores = q @ k.swapaxes(1, 2) / math.sqrt(q.shape[-1])
        e = np.exp(scores - scores.max(axis=-1, keepdims=True))
        context = (e / e.sum(axis=-1, keepdims=True) @ v).swapaxes(0, 1).reshape(len(ids), -1)
        x = norm(x + linear(context, f"{at}attention.output.dense"), f"{at}attention.output.LayerNorm")
        inner = gelu(linear(x, f"{at}intermediate.dense"))
        x = norm(x + linear(inner, f"{at}output.dense"), f"{at}output.LayerNorm")
    return x


def rounded(values):
    return [float(f"{x:.7g}") for x in values]


def main():
    w = {name: tensor.astype(np.float64) for name, tensor in load_file(FOLDER / "model.safetensors").items()}
    config = json.loads((FOLDER / "config.json").read_text())
    texts = json.loads((HERE / "logits" / "bert-casing.json").read_text())["texts"]
    rows = []
    for reference in texts:
        x = hidden(w, config, reference["ids"], reference["token_types"])
        names = x @ w["classifier.weight"].T + w["classifier.bias"]
        assert np.abs(names - np.array(reference["logits"])).max() < 2e-5, reference["text"]
        pooled = x.mean(axis=0)
        embedding = pooled / np.linalg.norm(pooled)
        inner = gelu(embedding @ w["topics.dense.weight"].T + w["topics.dense.bias"])
        logits = inner @ w["topics.out.weight"].T + w["topics.out.bias"]
        rows.append({"text": reference["text"], "pooled": rounded(pooled), "logits": rounded(logits)})
        print([round(x, 2) for x in logits], reference["text"][:40])
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    (HERE / "topics.json").write_text('{"texts":[\n' + lines + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
