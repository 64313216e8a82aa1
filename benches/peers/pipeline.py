"""Times Hugging Face's token-classification pipeline on articles, as its users would run it.

    python3 benches/peers/pipeline.py MODEL_DIR ARTICLES.jsonl cuda:0

Prints the articles a second of the fastest of three rounds, after one to warm up. Articles are cut to the model's positions, as the
pipeline does without a stride; dateline reads them whole.
"""

import json
import sys
import time

import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForTokenClassification, PreTrainedTokenizerFast, pipeline

model_dir, articles, device = sys.argv[1:]
with open(articles, encoding="utf-8") as lines:
    texts = [json.loads(line)["text"] for line in lines]
model = AutoModelForTokenClassification.from_config(AutoConfig.from_pretrained(model_dir))
weights = {name: tensor.float() for name, tensor in load_file(f"{model_dir}/model.safetensors").items()}
# The topic head is dateline's own.
missing = model.load_state_dict(weights, strict=False).missing_keys
assert not missing, missing
model.eval()
tokenizer = PreTrainedTokenizerFast(
    tokenizer_file=f"{model_dir}/tokenizer.json", model_max_length=model.config.max_position_embeddings, pad_token="[PAD]",
    cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]",
)  # fmt: skip
find = pipeline("token-classification", model=model, tokenizer=tokenizer, device=device, aggregation_strategy="simple", batch_size=64)
best = 0.0
for _ in range(4):
    start = time.perf_counter()
    found = find(texts)
    best = max(best, len(texts) / (time.perf_counter() - start))
print(f"Hugging Face {torch.__version__} on {device}: {best:.1f} articles/s, {sum(map(len, found))} names")
