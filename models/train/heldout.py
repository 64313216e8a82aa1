#!/usr/bin/env python3
"""What training never sees: whole publishers, the newest years, sources of their own. The development set that chooses.

    python models/train/heldout.py --corpora ../shared/corpora --out target/train/heldout

writes names.worldwide.jsonl and names.modern.jsonl for `dateline eval --gold`, and topics.worldwide.jsonl and
topics.modern.jsonl for `dateline eval --topics`. `held_out` in news-en.json names the parts. Everything that reads a corpus
for training asks here first, raw news and topics included: a set that shares publishers or days with training flatters.
"""

import argparse
import functools
import json
import re
from pathlib import Path

from corpora import Names, conll, jsonl, with_title

HERE = Path(__file__).resolve().parent
RAW = ["current_events", "press_releases", "us_gov_blogs", "prosecutor_press_releases"]
# Characters of a text that stand for it when it is looked up in another corpus, white space and punctuation left out.
KEY = 40


def key_of(text: str) -> str:
    """A text without what tokenizers and scrapers change."""
    return re.sub(r"\W", "", text)


def publisher(identity: str) -> str:
    """The publisher in an id of en-worldwide-newswire: `tw_tp_times_12` → `tw_tp_times`."""
    return re.sub(r"_\d+.*$", "", identity)


class HeldOut:
    """Which parts of the corpora are held out."""

    def __init__(self, corpora: Path, config: dict):
        self.corpora = corpora
        self.publishers = set(config["worldwide"])
        self.from_date = config["current_events_from"]
        self.sources = set(config["sources"])

    def raw(self, item: dict) -> bool:
        """Whether an item of `news/` is held out."""
        if item["source"] == "Wikipedia Current Events":
            return item["date"] >= self.from_date
        return item["source"] in self.sources

    def worldwide(self) -> list[dict]:
        """The held-out articles of en-worldwide-newswire as running text."""
        articles = jsonl(self.corpora / "ner_docs" / "worldwide" / "train.jsonl")
        return [article for article in articles if publisher(article["id"]) in self.publishers]

    def modern(self) -> list[dict]:
        """The held-out items of news_modern as running text."""
        items = list(jsonl(self.corpora / "ner_docs" / "news_modern" / "train.jsonl"))
        return [item for item, held in zip(items, self._modern(items)) if held]

    def names(self, name: str, sentences_a_document: int = 0, labels: str = "new") -> Names:
        """A corpus of names without what is held out. `labels`: "old" leaves the items of news_modern out that news-en v2 did
        not have, and gives gmb_voa whole; "new" leaves the sentences out of gmb_voa that news_modern has with better
        labels."""
        corpus = conll(self.corpora / "ner" / name / "train.conll", sentences_a_document)
        if name == "worldwide":
            publishers = self._publishers(corpus.documents)
            known = [(d, p) for d, p in zip(corpus.documents, publishers) if p is not None]
            corpus.documents = [document for document, publisher in known if publisher not in self.publishers]
        if name == "news_modern":
            items = list(jsonl(self.corpora / "ner_docs" / "news_modern" / "train.jsonl"))
            assert len(items) == len(corpus.documents), "an item of ner_docs/news_modern is a document of ner/news_modern"
            old = self._known_to_v2(items)
            corpus.documents = [
                document
                for document, held, was_there in zip(corpus.documents, self._modern(items), old)
                if not held and (was_there or labels == "new")
            ]
        if name == "gmb_voa" and labels == "new":
            items = jsonl(self.corpora / "ner_docs" / "news_modern" / "train.jsonl")
            better = {key_of(item["text"]) for item in items if item["source"] == "voa"}
            corpus.documents = [
                kept
                for document in corpus.documents
                if (kept := [sentence for sentence in document if key_of("".join(sentence[0])) not in better])
            ]
        return corpus

    def development(self) -> dict[str, Names]:
        """What is held out, in columns, for quick scores while a model trains."""
        worldwide = conll(self.corpora / "ner" / "worldwide" / "train.conll")
        publishers = self._publishers(worldwide.documents)
        worldwide.documents = [d for d, p in zip(worldwide.documents, publishers) if p in self.publishers]
        modern = conll(self.corpora / "ner" / "news_modern" / "train.conll")
        held = self._modern(list(jsonl(self.corpora / "ner_docs" / "news_modern" / "train.jsonl")))
        modern.documents = [document for document, out in zip(modern.documents, held) if out]
        return {"heldout_worldwide": worldwide, "heldout_modern": modern}

    def source_of(self, item: dict) -> str:
        """Whose text an item of topics/articles is: a publisher of en-worldwide-newswire, or a source of raw news."""
        return self._raw_sources().get(item["id"]) or publisher(item["id"])

    def topics(self, name: str, items: list[dict]) -> list[bool]:
        """Which articles of a set of topics are held out."""
        if name == "articles":
            return [self.source_of(item) in self.publishers | self.sources for item in items]
        return [item.get("date", "") >= self.from_date for item in items]

    def _modern(self, items: list[dict]) -> list[bool]:
        sources = self._raw_sources_of([item for item in items if item["source"] not in ("ce", "voa")])
        return [
            item["id"].removeprefix("ce-").removeprefix("cep-") >= self.from_date
            if item["source"] == "ce"
            else sources.get(item["id"]) in self.sources
            for item in items
        ]

    def _known_to_v2(self, items: list[dict]) -> list[bool]:
        """The later items of Wikipedia have a date, later press releases and pages an id of their own."""
        raw = self._raw_sources()
        return [
            "date" not in item if item["source"] == "ce" else item["source"] != "voa" and item["id"] in raw
            for item in items
        ]

    @functools.cache
    def _raw_sources(self) -> dict[str, str]:
        return {item["id"]: item["source"] for name in RAW for item in jsonl(self.corpora / "news" / f"{name}.jsonl.gz")}

    def _raw_sources_of(self, items: list[dict]) -> dict[str, str]:
        """The source of each item by id, found by a stretch of its text: not all keep the id that raw news has."""
        stretch = {}
        for item in items:
            key = key_of(item["text"])
            stretch[key[len(key) // 3 :][:KEY]] = item["id"]
        found = {}
        for name in RAW[1:]:
            for article in jsonl(self.corpora / "news" / f"{name}.jsonl.gz"):
                key = key_of(with_title(article))
                for start in range(len(key) - KEY + 1):
                    if identity := stretch.get(key[start : start + KEY]):
                        found[identity] = article["source"]
        missing = [item["id"] for item in items if item["id"] not in found]
        if missing:
            raise SystemExit(f"{self.corpora}: {len(missing)} items of news_modern are in no raw news, {missing[0]} for instance")
        return found

    def _publishers(self, documents: list) -> list[str | None]:
        """Articles in columns have no ids: each has the publisher of the article in running text with which it shares most
        stretches of five words; none if it shares hardly any, since then nobody can tell."""
        of_stretch: dict[str, list[int]] = {}
        articles = [a for part in ("train", "dev") for a in jsonl(self.corpora / "ner_docs" / "worldwide" / f"{part}.jsonl")]

        def stretches(words: list[str]) -> set[str]:
            parts = [part for word in words for part in re.findall(r"\w+", word)]
            return {" ".join(parts[i : i + 5]) for i in range(len(parts) - 4)}

        for index, article in enumerate(articles):
            for stretch in stretches([article["text"]]):
                of_stretch.setdefault(stretch, []).append(index)
        found: list[str | None] = []
        for document in documents:
            mine = stretches([word for words, _ in document for word in words])
            counts: dict[int, int] = {}
            for stretch in mine:
                for index in of_stretch.get(stretch, []):
                    counts[index] = counts.get(index, 0) + 1
            best = max(counts, key=counts.get, default=None)
            sure = best is not None and counts[best] >= 0.3 * len(mine)
            found.append(publisher(articles[best]["id"]) if sure else None)
        return found


def of(corpora: Path, config: dict) -> HeldOut:
    """What `config`, the whole of news-en.json, holds out."""
    return HeldOut(corpora, config["held_out"])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--config", type=Path, default=HERE / "news-en.json")
    arguments.add_argument("--out", type=Path, required=True)
    given = arguments.parse_args()
    held = of(given.corpora, json.loads(given.config.read_text(encoding="utf-8")))
    given.out.mkdir(parents=True, exist_ok=True)

    def write(name: str, items: list[dict]) -> None:
        path = given.out / f"{name}.jsonl"
        path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
        words = sum(len(item["text"].split()) for item in items)
        marks = sum(len(item.get("entities", item.get("labels", []))) for item in items)
        print(f"{path}: {len(items)} items, {words} words, {marks} labels")

    write("names.worldwide", held.worldwide())
    write("names.modern", held.modern())
    articles = [item for part in ("train", "dev") for item in jsonl(given.corpora / "topics" / "articles" / f"{part}.jsonl")]
    articles = [item for item, out in zip(articles, held.topics("articles", articles)) if out]
    of_publishers = [publisher(item["id"]) in held.publishers for item in articles]
    write("topics.worldwide", [item for item, yes in zip(articles, of_publishers) if yes])
    write("topics.modern", [item for item, yes in zip(articles, of_publishers) if not yes])


if __name__ == "__main__":
    main()
