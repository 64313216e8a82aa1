"""Raw news with teachers' probabilities, in compact files.

`news.jsonl` holds windows: runs of words of one article, up to 250 pieces, each `{"source", "words"}`. Words are text, so that
teachers and students with any tokenizer can read them. For each teacher there is a folder with its probabilities of tags for
every pre-token, eight bits each, in parts of 2,000 windows: `part-0000.npy` is (pre-tokens, tags), 255 is 1.
"""

import json
from pathlib import Path

import numpy as np
import torch

from corpora import TAGS

PART = 2000
# Where the teachers' mean is below this everywhere they are unsure or disagree, and nothing is to be learnt.
SURE = 0.45


def part_path(teacher: Path, part: int) -> Path:
    return teacher / f"part-{part:04}.npy"


class Taught:
    """The windows that all teachers have read, with their mean."""

    def __init__(self, folder: Path, teachers: list[str]):
        self.windows = [json.loads(line)["words"] for line in open(folder / "news.jsonl", encoding="utf-8")]
        counts = json.loads((folder / "pre_tokens.json").read_text())
        parts = 0
        while all(part_path(folder / teacher, parts).exists() for teacher in teachers):
            parts += 1
        if not parts:
            raise SystemExit(f"{folder}: no part that {', '.join(teachers)} have all read; run label.py first")
        self.parts = [np.mean([np.load(part_path(folder / t, part)) for t in teachers], axis=0).astype(np.uint8) for part in range(parts)]
        self.windows = self.windows[: parts * PART]
        self.starts = []
        for first in range(0, len(self.windows), PART):
            starts = np.cumsum([0, *counts[first : first + PART]])
            assert starts[-1] == len(self.parts[first // PART]), "news.jsonl is not what the teachers have read"
            self.starts.append(starts)

    def __len__(self) -> int:
        return len(self.windows)

    def window(self, index: int, tokens):
        """Pre-tokens of a window, as `tokens` reads them, and the probabilities of each (pre-tokens, tags): all zero where
        the teachers are unsure."""
        pre_tokens = [pre_token for word in self.windows[index].split(" ") for pre_token in tokens.word(word)]
        part, at = divmod(index, PART)
        rows = self.parts[part][self.starts[part][at] : self.starts[part][at + 1]]
        assert len(rows) == len(pre_tokens), "tokenizers differ in what they call a pre-token"
        wanted = torch.from_numpy(rows.astype(np.float32))
        wanted = wanted / wanted.sum(1, keepdim=True).clamp(min=1.0)
        return pre_tokens, wanted * (wanted.amax(1, keepdim=True) >= SURE)


def write_part(folder: Path, part: int, probabilities: torch.Tensor) -> None:
    """One teacher's probabilities (pre-tokens, tags) of a part, whole or not at all."""
    assert probabilities.shape[1] == len(TAGS)
    folder.mkdir(parents=True, exist_ok=True)
    path = part_path(folder, part)
    waiting = path.with_suffix(".part")
    with open(waiting, "wb") as file:
        np.save(file, (probabilities * 255).round().to(torch.uint8).numpy())
    waiting.rename(path)
