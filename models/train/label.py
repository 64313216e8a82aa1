#!/usr/bin/env python3
"""Has a teacher read raw news and keeps its probabilities, for students to learn from. See taught.py for the files.

    python models/train/label.py --corpora ../shared/corpora --folder target/train/taught RUN…

The first call chooses the news: `raw_words` of news-en.json, sources of the development set left out. If it is interrupted, run
the same command again to resume.
"""

import argparse
import json
import random
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def arguments_given() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("runs", type=Path, nargs="+", help="folders of finished teachers")
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--config", type=Path, default=HERE / "news-en.json")
    arguments.add_argument("--folder", type=Path, required=True)
    arguments.add_argument("--most-parts", type=int, help="stop after so many parts of 2,000 windows")
    arguments.add_argument("--backwards", action="store_true", help="begin with the last part, for a second process on another core")
    return arguments.parse_args()


if __name__ == "__main__":
    given = arguments_given()

import torch

import heldout
from corpora import jsonl, with_title
from mix import text_window, tensors
from taught import PART, part_path, write_part
from tokens import Tokens
from train import faster_precision, load_trained, original_model

PIECES = 250


def texts(held: heldout.HeldOut, name: str, rng: random.Random):
    """Articles of a source of raw news in random order; of gmb_voa, sentences that stand beside each other together."""
    if name == "gmb_voa":
        documents = held.names(name, 8).documents
        found = [" ".join(" ".join(words) for words, _ in document) for document in documents]
    else:
        found = [with_title(item) for item in jsonl(held.corpora / "news" / f"{name}.jsonl.gz") if not held.raw(item)]
    rng.shuffle(found)
    return found


def cut(text: str, tokens: Tokens):
    """Windows of words, ended after a sentence where there is one in their second half."""
    words, size, ends = [], 0, 0
    for word in text.split():
        length = sum(len(ids) for ids, _, _ in tokens.word(word))
        if length > PIECES:
            continue
        if size + length > PIECES:
            at = ends if ends > len(words) // 2 else len(words)
            yield words[:at]
            words = words[at:]
            size, ends = sum(len(ids) for w in words for ids, _, _ in tokens.word(w)), 0
        words.append(word)
        size += length
        if word[-1] in ".!?”\"" and len(word) > 3:
            ends = len(words)
    if len(words) >= 8:
        yield words


def choose(held: heldout.HeldOut, config: dict, folder: Path, tokens: list[Tokens]) -> None:
    """Writes news.jsonl and the number of pre-tokens in each window. Windows that tokenizers see differently are left out."""
    rng = random.Random("raw news for teachers")
    windows = []
    for name, most in config["raw_words"].items():
        taken = 0
        for text in texts(held, name, rng):
            # Long releases repeat themselves: the beginning has the names.
            for words in list(cut(text, tokens[0]))[:3]:
                counts = {sum(len(each.word(word)) for word in words) for each in tokens}
                if len(counts) == 1:
                    windows.append((name, words, counts.pop()))
                    taken += len(words)
            if taken >= most:
                break
        print(f"{name}: {taken} words", flush=True)
    rng.shuffle(windows)
    windows = windows[: len(windows) // PART * PART]
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "news.part", "w", encoding="utf-8") as file:
        for name, words, _ in windows:
            print(json.dumps({"source": name, "words": " ".join(words)}, ensure_ascii=False), file=file)
    (folder / "pre_tokens.json").write_text(json.dumps([n for _, _, n in windows]))
    (folder / "news.part").rename(folder / "news.jsonl")


@torch.no_grad()
def read(model, tokens: Tokens, windows: list[str], precision) -> torch.Tensor:
    """The probabilities of all pre-tokens of some windows, in order (pre-tokens, tags)."""
    found: list[torch.Tensor | None] = [None] * len(windows)
    ready = []
    for index, words in enumerate(windows):
        pre_tokens = [pre_token for word in words.split(" ") for pre_token in tokens.word(word)]
        window = text_window(pre_tokens, tokens)
        window.tags = [-100] + [t for ids, _, _ in pre_tokens for t in [0] + [-100] * (len(ids) - 1)] + [-100]
        ready.append((index, window))
    ready.sort(key=lambda pair: len(pair[1].ids))
    for start in range(0, len(ready), 16):
        part = ready[start : start + 16]
        ids, types, present, tags = tensors([window for _, window in part], tokens.pad, "cpu")
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == torch.bfloat16):
            hidden = model.encoder(ids, types, present)
        decided = tags == 0
        probabilities = model.tags[0](hidden[decided].float()).softmax(-1)
        for (index, _), each in zip(part, probabilities.split(decided.sum(1).tolist())):
            found[index] = each
    return torch.cat(found)


def read_news(held: heldout.HeldOut, config: dict, folder: Path, runs: list[Path], precision, most_parts: int | None = None,
              backwards: bool = False) -> None:
    """Has all teachers read all parts that they have not read. A second process may come from the other end."""
    teachers = [(run.name, *load_trained(run)) for run in runs]
    if not (folder / "news.jsonl").exists():
        choose(held, config, folder, [Tokens(original_model())] + [tokens for _, _, tokens in teachers])
    windows = [json.loads(line)["words"] for line in open(folder / "news.jsonl", encoding="utf-8")]
    n_parts = min(len(windows) // PART, most_parts or len(windows))
    parts = range(n_parts)
    for part in reversed(parts) if backwards else parts:
        for name, model, tokens in teachers:
            if part_path(folder / name, part).exists():
                continue
            start = time.time()
            probabilities = read(model, tokens, windows[part * PART : (part + 1) * PART], precision)
            write_part(folder / name, part, probabilities)
            tagged = float((probabilities.argmax(-1) != 0).float().mean())
            print(json.dumps({"teacher": name, "part": part, "of": n_parts, "pre_tokens": len(probabilities),
                              "tagged": round(tagged, 3), "a_second": round(len(probabilities) / (time.time() - start))}), flush=True)


def main(given) -> None:
    config = json.loads(given.config.read_text(encoding="utf-8"))
    read_news(heldout.of(given.corpora, config), config, given.folder, given.runs, faster_precision("cpu"), given.most_parts, given.backwards)


if __name__ == "__main__":
    main(given)
