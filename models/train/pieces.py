#!/usr/bin/env python3
"""Carries data to a machine without a network, and checkpoints back, in pieces that a narrow channel takes.

    pieces.py pack --corpora ../shared/corpora --out pieces/     what training reads, smaller: about 40 MiB
    pieces.py split target/train/trained.pt --out pieces/        any file or directory
    pieces.py join pieces/ --out there/                          and back, every byte checked

A piece is at most 15 MiB. `pieces.json` has their SHA-256.
"""

import argparse
import gzip
import hashlib
import io
import json
import random
import shutil
import tarfile
import tempfile
from pathlib import Path

PIECE_BYTES = 15 << 20
HERE = Path(__file__).resolve().parent


def split(path: Path, out: Path) -> None:
    """Writes `path` as pieces of a compressed archive."""
    out.mkdir(parents=True, exist_ok=True)
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:xz") as archive:
        archive.add(path, arcname=path.name)
    data = whole.getvalue()
    sums = {}
    for i, start in enumerate(range(0, len(data), PIECE_BYTES)):
        piece = data[start : start + PIECE_BYTES]
        name = f"piece-{i:03}"
        (out / name).write_bytes(piece)
        sums[name] = hashlib.sha256(piece).hexdigest()
    (out / "pieces.json").write_text(json.dumps(sums, indent=2) + "\n", encoding="utf-8")
    print(f"{out}: {len(sums)} pieces, {len(data) / 2**20:.1f} MiB")


def join(pieces: Path, out: Path) -> None:
    """Puts pieces together again and unpacks them."""
    data = bytearray()
    for name, wanted in json.loads((pieces / "pieces.json").read_text(encoding="utf-8")).items():
        piece = (pieces / name).read_bytes()
        found = hashlib.sha256(piece).hexdigest()
        if found != wanted:
            raise SystemExit(f"{pieces / name}: expected sha256 {wanted}, got {found}")
        data += piece
    out.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(bytes(data)), mode="r:xz") as archive:
        archive.extractall(out, filter="data")


def pack(corpora: Path, out: Path, config: dict, raw_documents: int) -> None:
    """Pieces of a directory `corpora` with what training reads of the corpora, and `original` with the original model in
    f16."""
    from safetensors.torch import load_file, save_file

    from train import original_model

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "packed"
        for part in ("ner", "topics", "taxonomy"):
            shutil.copytree(corpora / part, root / "corpora" / part)
        (root / "corpora" / "news").mkdir(parents=True)
        for name in config["texts"]["raw"]:
            with gzip.open(corpora / "news" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
                every = list(lines)
            kept = random.Random(f"pack {name}").sample(every, min(raw_documents, len(every)))
            with gzip.open(root / "corpora" / "news" / f"{name}.jsonl.gz", "wt", encoding="utf-8", compresslevel=1) as file:
                file.writelines(kept)
        (root / "original").mkdir()
        home = original_model()
        save_file({k: t.half() if t.is_floating_point() else t for k, t in load_file(home / "model.safetensors").items()},
                  root / "original" / "model.safetensors")
        for name in ("config.json", "tokenizer.json"):
            shutil.copy(home / name, root / "original" / name)
        split(root, out)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = arguments.add_subparsers(dest="command", required=True)
    for name in ("pack", "split", "join"):
        command = commands.add_parser(name)
        if name == "pack":
            command.add_argument("--corpora", type=Path, required=True)
            command.add_argument("--raw-documents", type=int, default=2000, help="articles of each source of raw news")
        else:
            command.add_argument("path", type=Path)
        command.add_argument("--out", type=Path, required=True)
    given = arguments.parse_args()
    if given.command == "pack":
        config = json.loads((HERE / "news-en.json").read_text(encoding="utf-8"))
        pack(given.corpora, given.out, config, given.raw_documents)
    elif given.command == "split":
        split(given.path, given.out)
    else:
        join(given.path, given.out)


if __name__ == "__main__":
    main()
