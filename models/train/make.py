#!/usr/bin/env python3
"""From corpora to models/news-en: trains, fits the topic head, writes the model and calibrates it. See README.md.

    python models/train/make.py --corpora ../shared/corpora

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


def arguments_given() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--corpora", type=Path, required=True, help="the directory that README.md describes")
    arguments.add_argument("--out", type=Path, default=REPOSITORY / "models" / "news-en", help="the model directory to write")
    arguments.add_argument("--run", type=Path, default=REPOSITORY / "target" / "train", help="checkpoints and log")
    arguments.add_argument("--config", type=Path, default=HERE / "news-en.json")
    arguments.add_argument("--device", help="cpu or cuda [default: cuda where there is a GPU]")
    arguments.add_argument("--precision", choices=["auto", "f32", "bf16"], default="auto")
    arguments.add_argument("--weights", choices=["last", "averaged"], default="averaged")
    arguments.add_argument("--stages", type=int, help="how many of the configuration's stages to run [default: all]")
    arguments.add_argument("--start", type=Path,
                           help="a model directory to go on from with the second stage, instead of running the first")
    arguments.add_argument("--teacher", type=Path, action="append", default=[],
                           help="a model directory that helps to tag raw news; may be repeated")
    arguments.add_argument("--dateline", type=Path, help="the program; without it, it is built with cargo")
    return arguments.parse_args()


def missing(corpora: Path, config: dict) -> list[Path]:
    """Files that the command will read and that are not there."""
    names = {name for stage in [config, *config["stages"]] for phase in stage.get("names", {}).get("phases", [])
             for name in phase["shares"]} - {"taught", "casing"}
    files = [corpora / "taxonomy" / "iptc_top17.json"]
    files += [corpora / "ner" / name / "train.conll" for name in sorted(names)]
    files += [corpora / "ner" / name / "dev.conll" for name in ["conll2003", "worldwide", "news_modern"]]
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
from safetensors.torch import save_file

import calibrate
from corpora import TAGS, topic_labels
from encoder import D, FEED_FORWARD, H, LAYERS, POSITIONS, TYPES, VOCABULARY, Model, tensors_to_save
from topics import fit_topics
from train import at_stage, faster_precision, original_model, train


def config_json() -> dict:
    """`config.json` of the exported model."""
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
        "num_hidden_layers": LAYERS,
        "pad_token_id": 0,
        "position_embedding_type": "absolute",
        "type_vocab_size": TYPES,
        "use_cache": True,
        "vocab_size": VOCABULARY,
        "id2label": {str(i): tag for i, tag in enumerate(TAGS)},
        "label2id": {tag: i for i, tag in enumerate(TAGS)},
        "torch_dtype": "float16",
    }


def trained(finished: Path, config: dict, given) -> Model:
    """The model of a finished stage."""
    state = torch.load(finished, map_location="cpu", weights_only=True)
    model = Model(len(config["names"]["schemes"]), len(topic_labels(given.corpora)), config["dropout"])
    model.load_state_dict(state["averaged" if given.weights == "averaged" else "model"])
    return model


def export(finished: Path, config: dict, given, out: Path) -> None:
    """Writes a stage's model for the next one to start from and to learn from."""
    part = out.with_suffix(".part")
    part.mkdir(parents=True, exist_ok=True)
    save_file(tensors_to_save(trained(finished, config, given)), part / "model.safetensors")
    part.rename(out)


def write_json(path: Path, value) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_model(directory: Path, tensors: dict[str, torch.Tensor], recipe: dict) -> None:
    """A directory that `dateline --model` opens."""
    directory.mkdir(parents=True, exist_ok=True)
    save_file(tensors, directory / "model.safetensors")
    write_json(directory / "config.json", config_json())
    tokenizer = json.loads((original_model() / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["truncation"] = tokenizer["padding"] = None
    compact = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
    (directory / "tokenizer.json").write_text(compact + "\n", encoding="utf-8")
    write_json(directory / "recipe.json", recipe)


def digest(directory: Path) -> str:
    """What the program compares with what is inside it: src/model/files.rs has the definition."""
    sha = hashlib.sha256()
    for file in ["config.json", "tokenizer.json", "recipe.json", "model.safetensors"]:
        content = (directory / file).read_bytes()
        sha.update(len(content).to_bytes(8, "little") + content)
    return sha.hexdigest()[:32]


def main(given) -> None:
    given.device = given.device or ("cuda" if torch.cuda.is_available() else "cpu")
    config = json.loads(given.config.read_text(encoding="utf-8"))
    n_stages = given.stages or len(config["stages"])
    precision = {"f32": torch.float32, "bf16": torch.bfloat16}.get(given.precision) or faster_precision(given.device)

    start, teachers = given.start, list(given.teacher) + ([given.start] if given.start else [])
    stages = range(2 if given.start else 1, n_stages + 1)
    for stage in stages:
        run = given.run / f"stage{stage}"
        finished = train(given.corpora, run, at_stage(config, stage), given.device, precision, None, start, teachers)
        exported = run / "model"
        if not exported.exists():
            export(finished, config, given, exported)
        start, teachers = exported, list(given.teacher) + [exported]
    model = trained(finished, config, given).to(given.device).eval()

    log_path = given.run / "train.log.jsonl"
    before = [given.start / "train.log.jsonl"] if given.start and (given.start / "train.log.jsonl").exists() else []
    logs = before + [given.run / f"stage{stage}" / "train.log.jsonl" for stage in stages]
    log_path.write_text("".join(path.read_text(encoding="utf-8") for path in logs), encoding="utf-8")
    log = open(log_path, "a", encoding="utf-8")

    def say(**entry):
        print(json.dumps(entry), file=log, flush=True)
        print(json.dumps(entry), flush=True)

    dateline = given.dateline
    if dateline is None:
        subprocess.run(["cargo", "build", "--release"], cwd=REPOSITORY, check=True)
        dateline = REPOSITORY / "target" / "release" / "dateline"
    # First without topics, for the program to read what the topic head learns from.
    recipe = {"token_types": "casing", "window": 130, "stride": 16, "agreement": config["agreement"], "languages": ["eng"]}
    bare = {name: tensor for name, tensor in tensors_to_save(model).items() if not name.startswith("topics.")}
    write_model(run / "bare", bare, recipe)
    if calibrate.int8_will_do(dateline, run / "bare", given.corpora, say):
        recipe["int8"] = True
        write_json(run / "bare" / "recipe.json", recipe)
    recipe["topics"] = fit_topics(model, run / "bare", dateline, given.corpora, config["head"], run, say)
    write_model(given.out, tensors_to_save(model), recipe)
    scores = calibrate.engine_scores(dateline, given.out, given.corpora)
    recipe["confidence"] = calibrate.fit(scores)
    say(event="confidence", **recipe["confidence"])
    write_json(given.out / "recipe.json", recipe)
    (given.out / "DIGEST").write_text(digest(given.out) + "\n", encoding="utf-8")
    shutil.copy(given.run / "train.log.jsonl", given.out / "train.log.jsonl")


if __name__ == "__main__":
    main(given)
