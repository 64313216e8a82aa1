"""Reads the corpora: CoNLL columns, labelled topics and raw news. Formats stand in the README of the corpora."""

import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

LABELS = ["PER", "ORG", "LOC", "MISC"]
TAGS = ["O"] + [f"{begin}-{label}" for label in LABELS for begin in "BI"]
TAG_INDEX = {tag: index for index, tag in enumerate(TAGS)}

Sentence = tuple[list[str], list[str]]  # words, tags


@dataclass
class Names:
    """A corpus with names: documents of sentences."""

    name: str
    documents: list[list[Sentence]] = field(default_factory=list)


def conll(path: Path, sentences_a_document: int = 0) -> Names:
    """Reads `TOKEN<TAB>TAG` columns. Without `-DOCSTART-` lines a document is that many neighbouring sentences."""
    corpus = Names(path.parent.name)
    document: list[Sentence] = []
    words: list[str] = []
    tags: list[str] = []
    known = False

    def end_sentence():
        nonlocal words, tags
        if words:
            document.append((words, tags))
            words, tags = [], []

    def end_document():
        nonlocal document
        end_sentence()
        if document:
            corpus.documents.append(document)
            document = []

    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if not line:
                end_sentence()
                if not known and sentences_a_document and len(document) >= sentences_a_document:
                    end_document()
                continue
            word, _, tag = line.partition("\t")
            if word == "-DOCSTART-":
                known = True
                end_document()
                continue
            if tag not in TAG_INDEX:
                raise SystemExit(f"{path}:{number}: expected one of {', '.join(TAGS)}, got {tag!r}")
            words.append(word)
            tags.append(tag)
    end_document()
    return corpus


def jsonl(path: Path) -> Iterator[dict]:
    """The objects of a JSON-lines file, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def topic_labels(corpora: Path) -> list[dict]:
    """The 17 top-level IPTC Media Topics in the order of the topic head: code and label."""
    return json.loads((corpora / "taxonomy" / "iptc_top17.json").read_text(encoding="utf-8"))


def with_title(item: dict) -> str:
    """Title and text as one string."""
    title = (item.get("title") or "").strip()
    return f"{title}\n{item['text']}" if title else item["text"]
