"""Measures `dateline link` on data/gold/places.jsonl, given the gold mentions.

    python models/gazetteer/measure.py target/release/dateline ../shared/corpora

Names are joined by their words alone and everything else of the record is made up, so that only linking counts.
"""

import collections, json, math, pathlib, subprocess, sys

NEAR = 161.0  # kilometres: a hundred miles
ROOT = pathlib.Path(__file__).parent.parent.parent


def kilometres(a, b):
    p, q = math.radians(a[0]), math.radians(b[0])
    h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    return 2 * 6371 * math.asin(min(1, math.sqrt(h)))


def record(article):
    entities, mentions = {}, []
    for entity in sorted(article["entities"], key=lambda entity: entity["start"]):
        of = entities.setdefault((entity["type"], entity["text"]), len(entities))
        mentions.append({"start": entity["start"], "end": entity["end"], "label": entity["type"], "text": entity["text"], "score": 1.0,
                         "field": "text", "zone": "body", "sentence": 0, "entity": of})
    listed = [{"id": i, "label": label, "name": name, "aliases": [], "salience": 0.1, "mentions": [j for j, m in enumerate(mentions) if m["entity"] == i]}
              for (label, name), i in entities.items()]
    return {"id": article["id"], "text": article["text"], "mentions": mentions, "entities": listed, "warnings": [],
            "coverage": {"chars": 0, "read": 0, "windows": 0}, "tagger": {"version": "", "model": "", "recipe": ""}}


def main():
    program, corpora = sys.argv[1:]
    gold = {line["id"]: line for line in map(json.loads, open(ROOT / "data/gold/places.jsonl"))}
    articles = [json.loads(line) for line in open(f"{corpora}/ner_docs/worldwide/train.jsonl", encoding="utf-8")]
    records = "".join(json.dumps(record(article)) + "\n" for article in articles if article["id"] in gold)
    ran = subprocess.run([program, "link", "-", "--min-link-score", "0"], input=records.encode(), stdout=subprocess.PIPE, check=True)
    rows = []
    for line in ran.stdout.decode().splitlines():
        linked = json.loads(line)
        at = {(start, end): (lat, lon) for start, end, lat, lon in gold[linked["id"]]["places"]}
        for entity in linked["entities"]:
            if entity["label"] == "LOC":
                mention = linked["mentions"][entity["mentions"][0]]
                place = at[mention["start"], mention["end"]]
                rows.append((None if place[0] is None else place, entity.get("link")))
    n_gold = sum(place is not None for place, _ in rows)
    print(f"{len(rows)} names, {n_gold} of which lie somewhere")
    for threshold in (0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        linked = [(place, link) for place, link in rows if link and link["score"] >= threshold]
        errors = [kilometres(place, (link["lat"], link["lon"])) for place, link in linked if place]
        right = sum(error <= NEAR for error in errors)
        print(f"from {threshold:<4} {len(linked)} links, {right / len(linked):.3f} within {NEAR:.0f} km, mean error {sum(errors) / len(errors):.0f} km; "
              f"{right / n_gold:.3f} of all that lie somewhere")
    bins = collections.defaultdict(list)
    for place, link in rows:
        if link:
            bins[min(9, int(link["score"] * 10))].append((link["score"], place is not None and kilometres(place, (link["lat"], link["lon"])) <= NEAR))
    n = sum(map(len, bins.values()))
    error = sum(abs(sum(score - right for score, right in found)) for found in bins.values()) / n
    print(f"expected calibration error {error:.3f}")


main()
