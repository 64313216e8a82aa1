"""Reads exports of dateline with the tools' own readers, and checks that every name is where it should be.

Prints a line for each reader: `read NAME`, or `missing NAME` where the package is not there. Run by tests/it/readers.rs in the
directory with the exports."""

import json
from pathlib import Path

NAMES = [["Zoë Öberg PER", "Bonn LOC", "Turku LOC", "New York LOC", "Ana PER"], ["Łódź LOC"]]
ALL = [name for names in NAMES for name in names]


def check(reader, found):
    assert found == NAMES or found == ALL, f"{reader}: {found}"
    print("read", reader)


def lines(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def spacy_reader():
    import spacy
    from spacy.tokens import DocBin

    # The script of GUIDE.md.
    nlp = spacy.blank("en")
    docs = DocBin()
    for line in open("out.spacy", encoding="utf-8"):
        row = json.loads(line)
        doc = nlp.make_doc(row["text"])
        doc.ents = [doc.char_span(start, end, label, alignment_mode="expand") for start, end, label in row["entities"]]
        docs.add(doc)
    docs.to_disk("train.spacy")
    read = DocBin().from_disk("train.spacy").get_docs(nlp.vocab)
    check("spacy", [[f"{ent.text} {ent.label_}" for ent in doc.ents] for doc in read])


def cassis_reader():
    import cassis

    found = []
    with open("out.xmi/TypeSystem.xml", "rb") as file:
        types = cassis.load_typesystem(file)
    for path in sorted(Path("out.xmi").glob("*.xmi")):
        with open(path, "rb") as file:
            cas = cassis.load_cas_from_xmi(file, typesystem=types)
        name = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
        found.append([f"{entity.get_covered_text()} {entity.value}" for entity in cas.select(name)])
        tokens = [token.get_covered_text() for token in cas.select("de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token")]
        assert tokens and all(token == token.strip() and token for token in tokens), tokens
    check("dkpro-cassis", found)


def datasets_reader():
    import datasets

    rows = datasets.load_dataset("json", data_files="out.hf", split="train", cache_dir="cache")
    found = []
    for row in rows:
        for token, tag in zip(row["tokens"], row["ner_tags"]):
            if tag.startswith("B-"):
                found.append([token, tag[2:]])
            elif tag.startswith("I-"):
                found[-1][0] += " " + token
    check("datasets", [" ".join(name) for name in found])


def label_studio_reader():
    from label_studio_sdk.converter import Converter

    config = '<View><Labels name="label" toName="text"><Label value="PER"/><Label value="LOC"/></Labels><Text name="text" value="$text"/></View>'
    converter = Converter(config, project_dir=None)
    converter.convert_to_json("out.label-studio", "label-studio", is_dir=False)
    tasks = json.loads(Path("label-studio/result.json").read_text(encoding="utf-8"))
    found = []
    for task in tasks:
        text = task["data"]["text"] if "data" in task else task["text"]
        results = task["label"] if "label" in task else task["annotations"][0]["result"]
        spans = [result.get("value", result) for result in results]
        found.append([f"{text[span['start']:span['end']]} {span['labels'][0]}" for span in spans])
    check("label-studio-sdk", found)


def plain_readers():
    """Formats whose tools are not on PyPI, read as their pages say."""
    read = lambda rows, key: [[f"{row['text'][s[0]:s[1]]} {s[2]}" for s in key(row)] for row in rows]
    prodigy = read(lines("out.prodigy"), lambda row: [(s["start"], s["end"], s["label"]) for s in row["spans"]])
    doccano = read(lines("out.doccano"), lambda row: row["label"])
    assert prodigy == doccano == NAMES, (prodigy, doccano)
    brat = []
    for path in sorted(Path("out.brat").glob("*.ann")):
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        names = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("T"):
                _, what, words = line.split("\t")
                label, spans = what.split(" ", 1)
                pieces = [text[int(start) : int(end)] for start, end in (span.split() for span in spans.split(";"))]
                assert " ".join(pieces) == words, line
                names.append(f"{words} {label}")
        brat.append(names)
    assert brat == NAMES, brat
    texts = [row["text"] for row in lines("out.doccano")]
    for row in lines("out.w3c"):
        quote, position = row["target"]["selector"]
        text = next(text for text in texts if text[position["start"] : position["end"]] == quote["exact"] and quote["prefix"] in text)
        assert text[: position["start"]].endswith(quote["prefix"]) and text[position["end"] :].startswith(quote["suffix"])
    check("the plain ones", [f"{row['target']['selector'][0]['exact']} {row['body']['value']}" for row in lines("out.w3c")])


def conll_reader():
    """As conlleval reads columns: the first and the last one count."""
    found = []
    for line in Path("out.conll").read_text(encoding="utf-8").splitlines():
        columns = line.split(" ")
        assert line == "" or len(columns) == 4, line
        if columns[-1].startswith("B-"):
            found.append([columns[0], columns[-1][2:]])
        elif columns[-1].startswith("I-"):
            found[-1][0] += " " + columns[0]
    check("columns", [" ".join(name) for name in found])


for reader in [spacy_reader, cassis_reader, datasets_reader, label_studio_reader, plain_readers, conll_reader]:
    try:
        reader()
    except ImportError as error:
        print("missing", error.name)
