"""The models: an encoder with heads for tags and a head for topics; the encoder that is shipped, BERT with casing for token types.

Tensor names in a checkpoint are those of Hugging Face's BertForTokenClassification, so that other tools can load it; the
topic head's are `topics.*`.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

from corpora import TAGS

# T tokens of a window, B windows, D hidden size, H heads, L tags.
VOCABULARY, D, H, LAYERS, FEED_FORWARD, POSITIONS, TYPES = 30522, 384, 12, 6, 1536, 512, 4
TOPIC_HIDDEN = 256


class Dropout(nn.Module):
    """Dropout that cuts its masks out of one random buffer at random places, drawn anew from time to time.

    On a CPU drawing a fresh mask each time costs a tenth of the whole training step.
    """

    SIZE, USES = 1 << 23, 400

    def __init__(self, p: float):
        super().__init__()
        self.p, self.masks, self.uses = p, None, 0

    def forward(self, x):
        if not self.training or self.p == 0.0:
            return x
        if x.device.type != "cpu" or x.numel() >= self.SIZE:
            return F.dropout(x, self.p)
        if self.masks is None or self.uses == self.USES:
            self.masks = (torch.rand(self.SIZE) >= self.p).to(torch.float32) / (1 - self.p)
            self.uses = 0
        self.uses += 1
        start = int(torch.randint(self.SIZE - x.numel(), ()))
        return x * self.masks[start : start + x.numel()].view(x.shape).to(x.dtype)


def attention(q, k, v, mask):
    """Scaled dot-product attention of (B, H, T, D / H). On a CPU the library's own takes six times as long backwards as two
    products and a softmax do, which was half of the whole training step in bf16."""
    if q.device.type != "cpu":
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(-1).to(v.dtype) @ v


class Layer(nn.Module):
    """One transformer layer, post-norm as in BERT."""

    def __init__(self, dropout: Dropout):
        super().__init__()
        self.query_key_value = nn.Linear(D, 3 * D)
        self.attention_out = nn.Linear(D, D)
        self.attention_norm = nn.LayerNorm(D, eps=1e-12)
        self.up = nn.Linear(D, FEED_FORWARD)
        self.down = nn.Linear(FEED_FORWARD, D)
        self.norm = nn.LayerNorm(D, eps=1e-12)
        self.dropout = dropout

    def forward(self, x, mask):
        b, t, _ = x.shape
        q, k, v = self.query_key_value(x).view(b, t, 3, H, D // H).permute(2, 0, 3, 1, 4)
        mixed = attention(q, k, v, mask)
        x = self.attention_norm(x + self.dropout(self.attention_out(mixed.transpose(1, 2).reshape(b, t, D))))
        return self.norm(x + self.dropout(self.down(F.gelu(self.up(x)))))


class Encoder(nn.Module):
    """Ids and token types (B, T) → hidden states (B, T, D)."""

    width = D

    def __init__(self, dropout: float = 0.1, layers: int = LAYERS):
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, D)
        self.positions = nn.Embedding(POSITIONS, D)
        self.types = nn.Embedding(TYPES, D)
        self.norm = nn.LayerNorm(D, eps=1e-12)
        self.dropout = Dropout(dropout)
        self.layers = nn.ModuleList(Layer(self.dropout) for _ in range(layers))

    def forward(self, ids, types, present, layers: int | None = None):
        """Hidden states after the last layer, or after the first `layers`."""
        t = ids.shape[1]
        x = self.words(ids) + self.positions.weight[:t] + self.types(types)
        x = self.dropout(self.norm(x))
        mask = None if bool(present.all()) else present[:, None, None, :]
        for layer in self.layers[:layers]:
            x = layer(x, mask)
        return x

    def pooled(self, hidden, present):
        """The mean over a window's rows, [CLS] and [SEP] included: (B, D)."""
        present = present.unsqueeze(-1).to(hidden.dtype)
        return (hidden * present).sum(1) / present.sum(1)


class Model(nn.Module):
    """An encoder with its heads: one for tags per annotation scheme, of which the first is kept, and one for topics."""

    def __init__(self, encoder: nn.Module, n_schemes: int, n_topics: int, embedding: dict | None = None):
        """`embedding` says where the embedding comes from: after which layer, through a matrix of its own or not."""
        super().__init__()
        self.encoder = encoder
        self.embedding_layer = embedding["layer"] if embedding else None
        self.embedding = nn.Linear(encoder.width, encoder.width) if embedding and embedding["matrix"] else None
        self.tags = nn.ModuleList(nn.Linear(encoder.width, len(TAGS)) for _ in range(n_schemes))
        self.casing = nn.Linear(encoder.width, TYPES)
        self.topics_dense = nn.Linear(encoder.width, TOPIC_HIDDEN)
        self.topics_out = nn.Linear(TOPIC_HIDDEN, n_topics)
        self.dropout = encoder.dropout
        if self.embedding is not None:
            nn.init.eye_(self.embedding.weight)
            nn.init.zeros_(self.embedding.bias)
        for head in [*self.tags, self.casing, self.topics_dense, self.topics_out]:
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
        # A topic is rare: start near its frequency, so that the first steps are not spent on getting there.
        nn.init.constant_(self.topics_out.bias, -2.0)
        nn.init.normal_(self.topics_dense.weight, std=0.1)

    def embed(self, ids, types, present):
        """The embeddings of windows (B, D), not yet of length 1."""
        hidden = self.encoder(ids, types, present, self.embedding_layer)
        pooled = self.encoder.pooled(hidden.float(), present)
        return pooled if self.embedding is None else self.embedding(pooled)

    def topics(self, pooled):
        """Topic logits (B, topics) of embeddings (B, D)."""
        return self.topics_out(self.dropout(F.gelu(self.topics_dense(pooled))))


# (our name, Hugging Face's name) of a layer's parameters, query, key and value apart.
_PARTS = [
    ("attention_out", "attention.output.dense"),
    ("attention_norm", "attention.output.LayerNorm"),
    ("up", "intermediate.dense"),
    ("down", "output.dense"),
    ("norm", "output.LayerNorm"),
]


def load(encoder: Encoder, path: Path, layers: list[int] | range = range(LAYERS)) -> None:
    """Loads these layers of a BertModel or of the encoder of a BertForTokenClassification. Token types beyond the file's
    start as its type 0 plus noise, so that the casings can drift apart."""
    tensors = {name.removeprefix("bert."): tensor.float() for name, tensor in load_file(path).items()}
    types = tensors["embeddings.token_type_embeddings.weight"]
    if len(types) != TYPES:
        first = types[:1]
        types = torch.cat([first, first + 0.02 * torch.randn(TYPES - 1, D)])
    state = {
        "words.weight": tensors["embeddings.word_embeddings.weight"],
        "positions.weight": tensors["embeddings.position_embeddings.weight"],
        "types.weight": types,
    }
    for kind in ("weight", "bias"):
        state[f"norm.{kind}"] = tensors[f"embeddings.LayerNorm.{kind}"]
        for i, layer in enumerate(layers):
            theirs = f"encoder.layer.{layer}"
            state[f"layers.{i}.query_key_value.{kind}"] = torch.cat(
                [tensors[f"{theirs}.attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            )
            for ours, name in _PARTS:
                state[f"layers.{i}.{ours}.{kind}"] = tensors[f"{theirs}.{name}.{kind}"]
    encoder.load_state_dict(state)


def tensors_to_save(model: Model) -> dict[str, torch.Tensor]:
    """The tensors of `model.safetensors`, f16, under Hugging Face's names, with the first tag head only."""
    state = model.encoder.state_dict()
    saved = {
        "bert.embeddings.word_embeddings.weight": state["words.weight"],
        "bert.embeddings.position_embeddings.weight": state["positions.weight"],
        "bert.embeddings.token_type_embeddings.weight": state["types.weight"],
    }
    for kind in ("weight", "bias"):
        saved[f"bert.embeddings.LayerNorm.{kind}"] = state[f"norm.{kind}"]
        saved[f"classifier.{kind}"] = getattr(model.tags[0], kind).detach()
        saved[f"topics.dense.{kind}"] = getattr(model.topics_dense, kind).detach()
        saved[f"topics.out.{kind}"] = getattr(model.topics_out, kind).detach()
        if model.embedding is not None:
            saved[f"embedding.{kind}"] = getattr(model.embedding, kind).detach()
        for i in range(len(model.encoder.layers)):
            theirs = f"bert.encoder.layer.{i}"
            parts = state[f"layers.{i}.query_key_value.{kind}"].chunk(3)
            for part, tensor in zip(("query", "key", "value"), parts):
                saved[f"{theirs}.attention.self.{part}.{kind}"] = tensor
            for ours, name in _PARTS:
                saved[f"{theirs}.{name}.{kind}"] = state[f"layers.{i}.{ours}.{kind}"]
    return {name: tensor.to("cpu", torch.float16).contiguous() for name, tensor in saved.items()}
