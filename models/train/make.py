#!/usr/bin/env python3
"""From corpora to models/news-en and models/news-en-fast: trains teachers and students, fits topic heads, calibrates. See README.md.

    python models/train/make.py --corpora ../shared/corpora --mpnet DIR

If the run is interrupted, run the same command again to resume.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
# What is shipped, in the order of training: the second borrows the first one's word embeddings.
SHIPPED = ["news-en", "news-en-fast"]


def arguments_given() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--corpora", type=Path, required=True, help="the directory that README.md describes")
    arguments.add_argument("--mpnet", type=Path, help="all-mpnet-base-v2, the large teacher's start")
    arguments.add_argument("--out", type=Path, default=REPOSITORY / "models", help="where the model directories are written")
    arguments.add_argument("--run", type=Path, default=REPOSITORY / "target" / "train", help="checkpoints and logs")
    arguments.add_argument("--config", type=Path, default=HERE / "news-en.json")
    arguments.add_argument("--only", choices=SHIPPED, help="make only this model")
    arguments.add_argument("--device", help="cpu or cuda [default: cuda where there is a GPU]")
    arguments.add_argument("--precision", choices=["auto", "f32", "bf16"], default="auto")
    arguments.add_argument("--dateline", type=Path, help="the program; without it, it is built with cargo")
    return arguments.parse_args()


def missing(corpora: Path, config: dict) -> list[Path]:
    """Files that the command will read and that are not there."""
    names = {name for model in config["models"].values() for phase in model.get("names", {}).get("phases", []) for name in phase["shares"]}
    files = [corpora / "taxonomy" / "iptc_top17.json"]
    files += [corpora / "ner" / name / "train.conll" for name in sorted(names - {"taught", "casing"})]
    files += [corpora / "ner" / name / "dev.conll" for name in ["conll2003", "worldwide", "news_modern"]]
    files += [corpora / "ner_docs" / name / "train.jsonl" for name in ["worldwide", "news_modern"]]
    files += [corpora / "topics" / name / "train.jsonl" for name in config["head"]["sources"]]
    files += [corpora / "topics" / name / "dev.jsonl" for name in ["articles", "worldwide_iptc_gold", "cep"]]
    files += [corpora / "news" / f"{name}.jsonl.gz" for name in config["head"]["raw"]]
    return [file for file in files if not file.exists()]


# What is wrong with the command is said before torch is imported, and --help needs no package at all.
if __name__ == "__main__":
    given = arguments_given()
    if absent := missing(given.corpora, json.loads(given.config.read_text(encoding="utf-8"))):
        raise SystemExit("error: not there: " + ", ".join(map(str, absent)) + "\nhint: models/train/README.md says what stands where")

import torch
from safetensors.torch import load_file, save_file

import calibrate
import heldout
import label
from corpora import TAGS
from encoder import D, FEED_FORWARD, H, POSITIONS, TYPES, VOCABULARY, tensors_to_save
from topics import fit_topics
from train import faster_precision, load_trained, of_model, original_model, train


def config_json(layers: int) -> dict:
    """`config.json` of an exported model."""
    return {
        "architectures": ["BertForTokenClassification"],
        "attention_probs_dropout_prob": 0.0,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": D,
        "initializer_range": 0.02,
        "intermediate_size": FEED_FORWARD,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": POSITIONS,
        "model_type": "bert",
        "num_attention_heads": H,
        "num_hidden_layers": layers,
        "pad_token_id": 0,
        "position_embedding_type": "absolute",
        "type_vocab_size": TYPES,
        "use_cache": True,
        "vocab_size": VOCABULARY,
        "id2label": {str(i): tag for i, tag in enumerate(TAGS)},
        "label2id": {tag: i for i, tag in enumerate(TAGS)},
        "torch_dtype": "float16",
    }


def write_json(path: Path, value) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


WORDS = "bert.embeddings.word_embeddings.weight"


def write_model(directory: Path, tensors: dict[str, torch.Tensor], layers: int, recipe: dict) -> None:
    """A directory that `dateline --model` opens; without word embeddings and tokenizer where the recipe borrows them."""
    directory.mkdir(parents=True, exist_ok=True)
    borrowed = "word_embeddings" in recipe
    save_file({name: tensor for name, tensor in tensors.items() if not (borrowed and name == WORDS)}, directory / "model.safetensors")
    write_json(directory / "config.json", config_json(layers))
    if not borrowed:
        tokenizer = json.loads((original_model() / "tokenizer.json").read_text(encoding="utf-8"))
        tokenizer["truncation"] = tokenizer["padding"] = None
        compact = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
        (directory / "tokenizer.json").write_text(compact + "\n", encoding="utf-8")
    write_json(directory / "recipe.json", recipe)


def digest(directory: Path) -> str:
    """What the program compares with what is inside it; models/README.md has the definition."""
    recipe = json.loads((directory / "recipe.json").read_text(encoding="utf-8"))
    lender = directory.parent / recipe["word_embeddings"] if "word_embeddings" in recipe else None
    files = [directory / "config.json", (lender or directory) / "tokenizer.json", directory / "recipe.json", directory / "model.safetensors"]
    parts = [file.read_bytes() for file in files]
    if lender:
        words = load_file(lender / "model.safetensors")[WORDS]
        parts += [f"F16 [{', '.join(map(str, words.shape))}]".encode(), words.numpy().tobytes()]
    sha = hashlib.sha256()
    for part in parts:
        sha.update(len(part).to_bytes(8, "little") + part)
    return sha.hexdigest()[:32]


class Making:
    """One run of the command: what is trained already is not trained again."""

    def __init__(self, given):
        self.given = given
        given.device = given.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.config = json.loads(given.config.read_text(encoding="utf-8"))
        self.held = heldout.of(given.corpora, self.config)
        self.precision = {"f32": torch.float32, "bf16": torch.bfloat16}.get(given.precision) or faster_precision(given.device)
        self.taught = given.run / "taught"

    def trained(self, name: str) -> Path:
        """The folder of a model of the recipe, trained; its teachers have read the raw news first."""
        run = self.given.run / name
        if (run / "trained.pt").exists():
            return run
        config = of_model(self.config, name)
        teachers = [self.trained(teacher) for teacher in config["names"].get("teachers", [])]
        if teachers:
            label.read_news(self.held, self.config, self.taught, teachers, self.precision)
        start = self.trained(config["start"]) if "start" in config else None
        train(self.given.corpora, run, config, self.given.device, self.precision, None, self.given.mpnet, start, self.taught)
        return run

    def dateline(self) -> Path:
        """The program that reads what topic heads and calibration are fitted on."""
        if self.given.dateline:
            return self.given.dateline
        subprocess.run(["cargo", "build", "--release"], cwd=REPOSITORY, check=True)
        return REPOSITORY / "target" / "release" / "dateline"

    def make(self, name: str) -> None:
        """Trains a model that is shipped, and writes its directory."""
        run = self.trained(name)
        out, config = self.given.out / name, of_model(self.config, name)
        layers, embedding = len(config["encoder"]["layers"]), config["encoder"].get("embedding")
        log_path = run / "make.log.jsonl"
        shutil.copy(run / "train.log.jsonl", log_path)
        log = open(log_path, "a", encoding="utf-8")

        def say(**entry):
            print(json.dumps(entry), file=log, flush=True)
            print(json.dumps(entry), flush=True)

        dateline = self.dateline()
        model, _ = load_trained(run)
        recipe = {"token_types": "casing", **config["recipe"]}
        if name != SHIPPED[0]:
            recipe["word_embeddings"] = SHIPPED[0]
        if embedding and embedding["layer"] != layers:
            recipe["embedding"] = {"layer": embedding["layer"]}
        # First without topics, for the program to read what the topic head learns from.
        bare = {tensor: of for tensor, of in tensors_to_save(model).items() if not tensor.startswith("topics.")}
        write_model(out, bare, layers, recipe)
        if calibrate.int8_will_do(dateline, out, self.held, say):
            recipe["int8"] = True
            write_json(out / "recipe.json", recipe)
        recipe |= fit_topics(model, out, dateline, self.held, self.config["head"], run, say)
        write_model(out, tensors_to_save(model), layers, recipe)
        recipe["confidence"], recipe["min_score"] = calibrate.settle(calibrate.engine_scores(dateline, out, self.held), say)
        write_json(out / "recipe.json", recipe)
        (out / "DIGEST").write_text(digest(out) + "\n", encoding="utf-8")
        shutil.copy(log_path, out / "train.log.jsonl")


if __name__ == "__main__":
    making = Making(given)
    for name in [given.only] if given.only else SHIPPED:
        making.make(name)
