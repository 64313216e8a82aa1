"""The large teacher's encoder: MPNet (Song et al. 2020, https://arxiv.org/abs/2004.09297) with casing beside its word embeddings.

all-mpnet-base-v2 is uncased and has no token types, so casing has an embedding of its own, which starts at nothing. Tensor names
are those of Hugging Face's MPNetModel. Positions begin at 2, and attention has a bias by relative position that all layers
share, in buckets as T5 has them.
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

from encoder import TYPES, Dropout

# T tokens of a window, B windows, D hidden size, H heads.
VOCABULARY, D, H, LAYERS, FEED_FORWARD, POSITIONS, FIRST_POSITION = 30527, 768, 12, 12, 3072, 514, 2
BUCKETS, FARTHEST = 32, 128


def buckets(n: int) -> torch.Tensor:
    """The bucket of every pair of positions (T, T): half for each direction, near distances one each, far ones by their
    logarithm."""
    distance = torch.arange(n)[None, :] - torch.arange(n)[:, None]
    half, near = BUCKETS // 2, BUCKETS // 4
    found = (distance > 0).long() * half
    distance = distance.abs()
    far = near + (torch.log(distance.float().clamp(min=1) / near) / math.log(FARTHEST / near) * (half - near)).long()
    return found + torch.where(distance < near, distance, far.clamp(max=half - 1))


class Layer(nn.Module):
    """One transformer layer, post-norm."""

    def __init__(self, dropout: Dropout):
        super().__init__()
        self.query_key_value = nn.Linear(D, 3 * D)
        self.attention_out = nn.Linear(D, D)
        self.attention_norm = nn.LayerNorm(D, eps=1e-5)
        self.up = nn.Linear(D, FEED_FORWARD)
        self.down = nn.Linear(FEED_FORWARD, D)
        self.norm = nn.LayerNorm(D, eps=1e-5)
        self.dropout = dropout

    def forward(self, x, bias):
        b, t, _ = x.shape
        q, k, v = self.query_key_value(x).view(b, t, 3, H, D // H).permute(2, 0, 3, 1, 4)
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + bias.to(q.dtype)
        mixed = scores.softmax(-1).to(v.dtype) @ v
        x = self.attention_norm(x + self.dropout(self.attention_out(mixed.transpose(1, 2).reshape(b, t, D))))
        return self.norm(x + self.dropout(self.down(F.gelu(self.up(x)))))


class Encoder(nn.Module):
    """Ids and casing (B, T) → hidden states (B, T, D)."""

    width = D

    def __init__(self, dropout: float = 0.1):
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, D)
        self.positions = nn.Embedding(POSITIONS, D)
        self.types = nn.Embedding(TYPES, D)
        self.norm = nn.LayerNorm(D, eps=1e-5)
        self.dropout = Dropout(dropout)
        self.relative = nn.Embedding(BUCKETS, H)
        self.layers = nn.ModuleList(Layer(self.dropout) for _ in range(LAYERS))

    def forward(self, ids, types, present):
        t = ids.shape[1]
        x = self.words(ids) + self.positions.weight[FIRST_POSITION : FIRST_POSITION + t] + self.types(types)
        x = self.dropout(self.norm(x))
        bias = self.relative(buckets(t).to(ids.device)).permute(2, 0, 1)[None]
        if not bool(present.all()):
            bias = bias.masked_fill(~present[:, None, None, :], -1e4)
        for layer in self.layers:
            x = layer(x, bias)
        return x


_PARTS = [
    ("attention_out", "attention.attn.o"),
    ("attention_norm", "attention.LayerNorm"),
    ("up", "intermediate.dense"),
    ("down", "output.dense"),
    ("norm", "output.LayerNorm"),
]


def load(encoder: Encoder, directory: Path) -> None:
    """Loads an MPNetModel. Casing starts as nothing plus noise."""
    tensors = load_file(directory / "model.safetensors")
    state = {
        "words.weight": tensors["embeddings.word_embeddings.weight"],
        "positions.weight": tensors["embeddings.position_embeddings.weight"],
        "types.weight": 0.01 * torch.randn(TYPES, D),
        "relative.weight": tensors["encoder.relative_attention_bias.weight"],
    }
    for kind in ("weight", "bias"):
        state[f"norm.{kind}"] = tensors[f"embeddings.LayerNorm.{kind}"]
        for i in range(LAYERS):
            theirs = f"encoder.layer.{i}"
            state[f"layers.{i}.query_key_value.{kind}"] = torch.cat(
                [tensors[f"{theirs}.attention.attn.{part}.{kind}"] for part in "qkv"]
            )
            for ours, name in _PARTS:
                state[f"layers.{i}.{ours}.{kind}"] = tensors[f"{theirs}.{name}.{kind}"]
    encoder.load_state_dict(state)
