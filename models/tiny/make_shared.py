#!/usr/bin/env python3
"""Makes `bert-shared`: two of the three layers of `bert-casing`, without a table of word embeddings or a tokenizer of its own.

    pip install safetensors==0.8.0 "numpy<2"
    python3 models/tiny/make_shared.py          # after make.py, if that was run

Its recipe says that both are those of `bert-casing`, the directory beside it. Nothing is drawn: running it again gives the
same bytes.
"""

import json
import shutil
from pathlib import Path

from safetensors.numpy import load_file, save_file

HERE = Path(__file__).resolve().parent
LENDER = HERE / "bert-casing"
FOLDER = HERE / "bert-shared"

# Layer by layer, the lender's layer that it was.
LAYERS = [0, 2]
WORDS = "bert.embeddings.word_embeddings.weight"


def main():
    config = json.loads((LENDER / "config.json").read_text()) | {"num_hidden_layers": len(LAYERS)}
    recipe = json.loads((LENDER / "recipe.json").read_text()) | {"word_embeddings": LENDER.name}
    tensors = load_file(LENDER / "model.safetensors")
    shared = {name: x for name, x in tensors.items() if ".layer." not in name and name != WORDS}
    for layer, old in enumerate(LAYERS):
        prefix = f"bert.encoder.layer.{old}."
        parts = {name.removeprefix(prefix): x for name, x in tensors.items() if name.startswith(prefix)}
        shared |= {f"bert.encoder.layer.{layer}.{name}": x for name, x in parts.items()}
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    (FOLDER / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (FOLDER / "recipe.json").write_text(json.dumps(recipe) + "\n")
    save_file(shared, FOLDER / "model.safetensors", metadata={"format": "pt"})
    for file in FOLDER.iterdir():
        file.chmod(0o644)


if __name__ == "__main__":
    main()
