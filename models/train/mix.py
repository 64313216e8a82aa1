"""Corpora → batches: which window comes when, at what length, in which casing, under which names.

Everything is drawn from one seeded generator a stream, so that a stream is the same every time it is made; a run that
is resumed makes its streams again and passes over what it has already seen.
"""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import torch

from corpora import TAG_INDEX, Names, Sentence
from substitute import Lists, substitute
from taught import Taught
from tokens import CAPITALISED, LOWER, Tokens, as_all_capitals

IGNORED = -100
# Windows of raw news: TAUGHT ones have teachers' probabilities instead of tags; in CASING ones the casing is hidden and asked for.
TAUGHT, CASING = -1, -2


@dataclass
class Window:
    """Pieces of one window, [CLS] and [SEP] included, and what is known of them."""

    ids: list[int]
    types: list[int]
    tags: list[int]  # a tag index for the first piece of each pre-token, IGNORED elsewhere; empty for texts
    scheme: int = 0  # whose tags they are; or TAUGHT or CASING, see RawStream
    topics: tuple[int, ...] = ()
    complete: bool = False  # whether topics that are not listed are known to be absent
    wanted: torch.Tensor | None = None  # teachers' probabilities (decided pre-tokens, tags) of a TAUGHT window


def _recased(pre_tokens, style: str):
    """Token types of pre-tokens under a style."""
    for ids, casing, letters in pre_tokens:
        if style == "upper":
            casing = as_all_capitals(letters)
        elif style == "lower":
            casing = LOWER
        elif style == "title" and casing == LOWER and letters:
            casing = CAPITALISED
        yield ids, casing


def names_window(sentences: list[Sentence], tokens: Tokens, scheme: int, styles: list[str]) -> Window:
    """One window of tagged sentences."""
    window = Window([tokens.cls], [LOWER], [IGNORED], scheme)
    for (words, tags), style in zip(sentences, styles):
        for word, tag in zip(words, tags):
            inside = TAG_INDEX["O" if tag == "O" else "I-" + tag[2:]]
            tag_index = TAG_INDEX[tag]
            for ids, casing in _recased(tokens.word(word), style):
                window.ids += ids
                window.types += [casing] * len(ids)
                window.tags += [tag_index] + [IGNORED] * (len(ids) - 1)
                tag_index = inside
    window.ids.append(tokens.sep)
    window.types.append(LOWER)
    window.tags.append(IGNORED)
    return window


def text_pre_tokens(text: str, tokens: Tokens, pieces: int, skip: int = 0):
    """Pre-tokens of `text` after the first `skip` pieces, up to `pieces` pieces."""
    taken, seen = [], 0
    for word in text.split():
        for pre_token in tokens.word(word):
            size = len(pre_token[0])
            seen += size
            if seen <= skip:
                continue
            if seen - skip > pieces:
                return taken
            taken.append(pre_token)
    return taken


def text_window(pre_tokens, tokens: Tokens, style: str = "as is") -> Window:
    """One window of plain text."""
    window = Window([tokens.cls], [LOWER], [])
    for ids, casing in _recased(pre_tokens, style):
        window.ids += ids
        window.types += [casing] * len(ids)
    window.ids.append(tokens.sep)
    window.types.append(LOWER)
    return window


class NameStream:
    """Windows of one corpus, over and over, its documents in a new order each time."""

    def __init__(self, corpus: Names, scheme: int, tokens: Tokens, lists: Lists, config: dict, seed: int):
        self.corpus, self.scheme, self.tokens, self.lists, self.config = corpus, scheme, tokens, lists, config
        self.rng = random.Random(f"{seed} {corpus.name}")
        self.lengths = [int(n) for n in config["window_pieces"]]
        self.weights = list(config["window_pieces"].values())

    def _length(self, sentence: Sentence) -> int:
        return sum(len(ids) for word in sentence[0] for ids, _, _ in self.tokens.word(word))

    def __iter__(self) -> Iterator[Window]:
        rng = self.rng
        while True:
            order = list(range(len(self.corpus.documents)))
            rng.shuffle(order)
            for index in order:
                chosen: list[Sentence] = []
                size, target = 0, rng.choices(self.lengths, self.weights)[0]
                for sentence in self.corpus.documents[index]:
                    length = self._length(sentence)
                    if chosen and size + length > target:
                        yield self._window(chosen)
                        chosen, size, target = [], 0, rng.choices(self.lengths, self.weights)[0]
                    if length > 480:
                        continue
                    chosen.append(sentence)
                    size += length
                if chosen:
                    yield self._window(chosen)

    def _window(self, sentences: list[Sentence]) -> Window:
        rng, config = self.rng, self.config
        if rng.random() < config["substitute"]["window"]:
            sentences = substitute(sentences, self.lists, rng, config["substitute"]["mention"])
        draw = rng.random()
        upper, lower = config["all_capitals"]["window"], config["lower_case"]["window"]
        if draw < upper + lower:
            styles = ["upper" if draw < upper else "lower"] * len(sentences)
        else:
            styles = []
            for _ in sentences:
                draw = rng.random()
                upper, title = config["all_capitals"]["sentence"], config["title_case"]["sentence"]
                styles.append("upper" if draw < upper else "title" if draw < upper + title else "as is")
        return names_window(sentences, self.tokens, self.scheme, styles)


class TextStream:
    """Windows of texts with or without topics, over and over, rare topics more often than their share."""

    def __init__(self, items: list[tuple[str, tuple[int, ...]]], complete: bool, tokens: Tokens, config: dict, seed: str):
        self.items, self.complete, self.tokens, self.config = items, complete, tokens, config
        self.rng = random.Random(seed)
        counts: dict[int, int] = {}
        for _, topics in items:
            for topic in topics:
                counts[topic] = counts.get(topic, 0) + 1
        self.weights = [max((counts[t] ** -0.5 for t in topics), default=1.0) for _, topics in items]

    def __iter__(self) -> Iterator[Window]:
        rng, pieces, casing = self.rng, self.config["window_pieces"], self.config["casing"]
        while True:
            for text, topics in rng.choices(self.items, self.weights, k=64):
                # Labels were given to the beginnings; without labels any stretch will do.
                far = not topics or (self.complete and rng.random() < 0.25)
                skip = rng.randrange(max(1, len(text) // 5 - pieces)) if far else 0
                pre_tokens = text_pre_tokens(text, self.tokens, pieces, skip)
                if len(pre_tokens) < 4:
                    continue
                draw = rng.random()
                style = "as is"
                for name, share in (("lower", casing["lower"]), ("upper", casing["all_capitals"]), ("title", casing["title"])):
                    if draw < share:
                        style = name
                        break
                    draw -= share
                window = text_window(pre_tokens, self.tokens, style)
                window.topics, window.complete = topics, self.complete
                yield window


class TaughtStream:
    """Windows of raw news with the teachers' probabilities, over and over: whole as label.py cut them, or a
    stretch of one."""

    def __init__(self, folder: Path, tokens: Tokens, config: dict, seed: str):
        self.news, self.tokens = Taught(folder, config["teachers"]), tokens
        self.lengths = [int(n) for n in config["window_pieces"]]
        self.weights = list(config["window_pieces"].values())
        self.recased = config["taught_recased"]
        self.rng = random.Random(seed)

    def __iter__(self) -> Iterator[Window]:
        rng = self.rng
        while True:
            order = list(range(len(self.news)))
            rng.shuffle(order)
            for index in order:
                pre_tokens, probabilities = self.news.window(index, self.tokens)
                target = rng.choices(self.lengths, self.weights)[0]
                first, last = stretch([len(ids) for ids, _, _ in pre_tokens], target, rng)
                draw = rng.random()
                style = "lower" if draw < self.recased["lower"] else "upper" if draw < sum(self.recased.values()) else "as is"
                window = text_window(pre_tokens[first:last], self.tokens, style)
                window.scheme, window.tags, decided = TAUGHT, [IGNORED], []
                for at, (ids, _, _) in enumerate(pre_tokens[first:last], first):
                    sure = bool(probabilities[at].sum() > 0)
                    decided += [at] if sure else []
                    window.tags += [0 if sure else IGNORED] + [IGNORED] * (len(ids) - 1)
                window.tags.append(IGNORED)
                if decided:
                    window.wanted = probabilities[decided]
                    yield window


def stretch(sizes: list[int], target: int, rng: random.Random) -> tuple[int, int]:
    """A random run of pre-tokens with about `target` pieces; all of them if they have no more."""
    total = sum(sizes)
    if total <= target:
        return 0, len(sizes)
    skip, first = rng.randrange(total - target + 1), 0
    while skip >= sizes[first]:
        skip -= sizes[first]
        first += 1
    last, size = first, 0
    while last < len(sizes) and size + sizes[last] <= target:
        size += sizes[last]
        last += 1
    return first, max(last, first + 1)


class RawStream:
    """Windows of raw news with their casing hidden and as their tags (truecasing, Mayhew et al. 2020: which words are
    capitalised is most of which words are names, and there is no end of such text)."""

    def __init__(self, texts: list[str], tokens: Tokens, pieces: int, seed: str):
        self.texts, self.tokens, self.pieces = texts, tokens, pieces
        self.rng = random.Random(seed)

    def __iter__(self) -> Iterator[Window]:
        while True:
            text = self.rng.choice(self.texts)
            skip = self.rng.randrange(max(1, len(text) // 5 - self.pieces)) if self.rng.random() < 0.7 else 0
            pre_tokens = text_pre_tokens(text, self.tokens, self.pieces, skip)
            if len(pre_tokens) < 8:
                continue
            window = text_window(pre_tokens, self.tokens, "lower")
            window.scheme = CASING
            window.tags = [IGNORED]
            for ids, casing, letters in pre_tokens:
                window.tags += [casing if letters else IGNORED] + [IGNORED] * (len(ids) - 1)
            window.tags.append(IGNORED)
            yield window


def mixed(streams: dict, shares_at) -> Iterator[Window]:
    """Windows of all streams such that their tokens come in the shares that `shares_at(tokens so far)` gives."""
    running = {name: iter(stream) for name, stream in streams.items()}
    debt = {name: 0.0 for name in streams}
    total = 0
    while True:
        shares = shares_at(total)
        name = max(shares, key=lambda n: debt[n])
        window = next(running[name])
        size = len(window.ids)
        total += size
        debt[name] -= size
        for other, share in shares.items():
            debt[other] += share * size
        yield window


def batches(windows: Iterator[Window], batch_tokens: int, seed: int, pool: int = 16) -> Iterator[list[Window]]:
    """Windows of like length together, `batch_tokens` a batch with padding counted, batches in random order."""
    rng = random.Random(seed)
    while True:
        taken, size = [], 0
        while size < pool * batch_tokens:
            taken.append(next(windows))
            size += len(taken[-1].ids)
        taken.sort(key=lambda window: len(window.ids))
        cut: list[list[Window]] = [[]]
        for window in taken:
            if cut[-1] and (len(cut[-1]) + 1) * len(window.ids) > batch_tokens:
                cut.append([])
            cut[-1].append(window)
        rng.shuffle(cut)
        yield from cut


def tensors(windows: list[Window], pad: int, device: str):
    """ids, types, present (B, T), and tags (B, T) or None."""
    b, t = len(windows), max(len(window.ids) for window in windows)
    # A product in a shape not met before is compiled first, on a CPU: so let there be few lengths.
    t = -(-t // 16) * 16
    ids = torch.full((b, t), pad)
    types = torch.zeros((b, t), dtype=torch.long)
    present = torch.zeros((b, t), dtype=torch.bool)
    tags = torch.full((b, t), IGNORED) if windows[0].tags else None
    for row, window in enumerate(windows):
        n = len(window.ids)
        ids[row, :n] = torch.tensor(window.ids)
        types[row, :n] = torch.tensor(window.types)
        present[row, :n] = True
        if tags is not None:
            tags[row, :n] = torch.tensor(window.tags)
    return tuple(x if x is None else x.to(device) for x in (ids, types, present, tags))
