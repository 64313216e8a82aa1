#!/usr/bin/env python3
"""Quick scores of names while models train: gold words, best tag a word, repaired. Real scores come from `dateline eval`.

    python models/train/score.py --corpora ../shared/corpora RUN… [--pieces 126]

scores each run's finished checkpoint, and the mean of their probabilities, on what is held out and on the old dev sets.
"""

import argparse
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent


def arguments_given() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("runs", type=Path, nargs="+", help="folders with trained.pt")
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--config", type=Path, default=HERE / "news-en.json")
    arguments.add_argument("--pieces", type=int, default=126, help="pieces in a window")
    arguments.add_argument("--weights", choices=["model", "averaged"], default="averaged")
    return arguments.parse_args()


if __name__ == "__main__":
    given = arguments_given()

import torch

import heldout
from corpora import TAGS, Names, conll
from mix import IGNORED, names_window, tensors
from tokens import Tokens

OLD_DEV = ("conll2003", "worldwide", "news_modern")
SENTENCES_A_DOCUMENT = 6


def development(held: heldout.HeldOut) -> dict[str, Names]:
    """The sets that choose, and the old ones beside them."""
    old = {name: conll(held.corpora / "ner" / name / "dev.conll", SENTENCES_A_DOCUMENT) for name in OLD_DEV}
    return held.development() | old


def windows_of(document, tokens: Tokens, pieces: int):
    """Whole sentences together, up to `pieces`. A sentence that fits no model is left out: (window, first pre-token)."""
    chosen, size, first, position = [], 0, 0, 0
    for sentence in document:
        pre_tokens = [pre_token for word in sentence[0] for pre_token in tokens.word(word)]
        length = sum(len(ids) for ids, _, _ in pre_tokens)
        if chosen and size + length > pieces:
            yield names_window(chosen, tokens, 0, ["as is"] * len(chosen)), first
            chosen, size = [], 0
        if length <= 480:
            if not chosen:
                first = position
            chosen.append(sentence)
            size += length
        elif chosen:
            yield names_window(chosen, tokens, 0, ["as is"] * len(chosen)), first
            chosen, size = [], 0
        position += len(pre_tokens)
    if chosen:
        yield names_window(chosen, tokens, 0, ["as is"] * len(chosen)), first


@torch.no_grad()
def tag_probabilities(model, tokens: Tokens, corpus: Names, device: str, precision, pieces: int) -> list[torch.Tensor]:
    """The model's probabilities of tags under the main scheme, for each document (pre-tokens, tags)."""
    was_training = model.training
    model.eval()
    found, windows = [], []
    for index, document in enumerate(corpus.documents):
        n = sum(len(tokens.word(word)) for words, _ in document for word in words)
        found.append(torch.zeros(n, len(TAGS)))
        windows += [(index, first, window) for window, first in windows_of(document, tokens, pieces)]
    windows.sort(key=lambda w: len(w[2].ids))
    for start in range(0, len(windows), 32):
        part = windows[start : start + 32]
        ids, types, present, tags = tensors([window for _, _, window in part], tokens.pad, device)
        with torch.autocast(device_type=device.split(":")[0], dtype=torch.bfloat16, enabled=precision == torch.bfloat16):
            hidden = model.encoder(ids, types, present)
        kept = tags != IGNORED
        probabilities = model.tags[0](hidden[kept].float()).softmax(-1).cpu()
        for (index, first, _), each in zip(part, probabilities.split(kept.sum(1).tolist())):
            found[index][first : first + len(each)] = each
    model.train(was_training)
    return found


def gold_tags(corpus: Names, tokens: Tokens) -> list[list[int]]:
    """The gold tags of each document's pre-tokens."""
    found = []
    for document in corpus.documents:
        tags: list[int] = []
        for sentence in document:
            window = names_window([sentence], tokens, 0, ["as is"])
            tags += [tag for tag in window.tags if tag != IGNORED]
        found.append(tags)
    return found


def spans(tags: list[int]) -> set[tuple[int, int, str]]:
    """Mentions of a tag sequence; an I- that follows nothing of its label begins one."""
    found, start, label = set(), None, None
    for i, tag in enumerate([TAGS[t] for t in tags] + ["O"]):
        if label is not None and tag != f"I-{label}":
            found.add((start, i, label))
            label = None
        if tag != "O" and label is None:
            start, label = i, tag[2:]
    return found


def f1(probabilities: list[torch.Tensor], gold: list[list[int]]) -> float:
    """F1 of whole mentions in percent."""
    right = found = wanted = 0
    for each, truth in zip(probabilities, gold):
        a, b = spans(each.argmax(-1).tolist()), spans(truth)
        right, found, wanted = right + len(a & b), found + len(a), wanted + len(b)
    return round(200 * right / max(1, found + wanted), 2)


def scores(model, tokens: Tokens, sets: dict[str, Names], device: str, precision, pieces: int = 126) -> dict[str, float]:
    """F1 on each set."""
    return {
        name: f1(tag_probabilities(model, tokens, corpus, device, precision, pieces), gold_tags(corpus, tokens))
        for name, corpus in sets.items()
    }


def main(given) -> None:
    from train import faster_precision, load_trained

    torch.set_num_threads(torch.get_num_threads())
    config = json.loads(given.config.read_text(encoding="utf-8"))
    sets = development(heldout.of(given.corpora, config))
    precision = faster_precision("cpu")
    total: dict[str, list[torch.Tensor]] = {}
    for run in given.runs:
        model, tokens = load_trained(run, given.weights)
        line = {}
        for name, corpus in sets.items():
            each = tag_probabilities(model, tokens, corpus, "cpu", precision, given.pieces)
            line[name] = f1(each, gold_tags(corpus, tokens))
            total[name] = [a + b for a, b in zip(total[name], each)] if name in total else each
        print(json.dumps({"run": run.name, **line}), flush=True)
    if len(given.runs) > 1:
        line = {name: f1(each, gold_tags(sets[name], tokens)) for name, each in total.items()}
        print(json.dumps({"run": "mean", **line}))


if __name__ == "__main__":
    main(given)
