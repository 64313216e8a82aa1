#!/usr/bin/env python3
"""Makes the tiny models of natural language inference, for --zero-shot, and writes down what Hugging Face's say of some pairs.

    pip install torch==2.4.0 transformers==4.46.3 tokenizers==0.20.3 sentencepiece==0.2.3 safetensors==0.8.0 "numpy<2"
    python3 models/tiny/make_nli.py

As make.py: random weights, tokenizers of its own, the same bytes each time. The directories are `nli/FAMILY`, the logits
data/parity/nli.json: for each family the pairs, their ids, and the logits of contradiction, neutral and entailment, each pair alone
and unpadded.
"""

import json
import shutil

import make
import torch
import transformers
from make import HERE, SMALL, around, byte_level_bpe, randomize, unigram, wordpiece

PREMISES = [
    "The foreign minister of Kenya met her counterpart from Norway in Nairobi on Monday.",
    "Striker Ana Lopes scored twice as Porto beat Sporting 2-1.",
    "Shares fell.",
]
HYPOTHESES = ["This example is about politics.", "This example is about sport."]
LABELS = ["contradiction", "neutral", "entailment"]


def families():
    sequence = transformers
    roberta = dict(hidden_size=36, **SMALL) | dict(max_position_embeddings=98, type_vocab_size=1, layer_norm_eps=1e-12)
    return {
        "bert": (sequence.BertForSequenceClassification, sequence.BertConfig, dict(hidden_size=36, **SMALL), wordpiece()),
        "distilbert": (
            sequence.DistilBertForSequenceClassification, sequence.DistilBertConfig,
            dict(dim=36, n_layers=2, n_heads=4, hidden_dim=52, max_position_embeddings=64), wordpiece(),
        ),
        "roberta": (sequence.RobertaForSequenceClassification, sequence.RobertaConfig, roberta, byte_level_bpe()),
        "bart": (
            sequence.BartForSequenceClassification, sequence.BartConfig,
            dict(d_model=36, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
                 encoder_ffn_dim=52, decoder_ffn_dim=52, max_position_embeddings=96), byte_level_bpe(),
        ),
        "deberta-v2": (
            sequence.DebertaV2ForSequenceClassification, sequence.DebertaV2Config,
            dict(hidden_size=36, **SMALL) | dict(relative_attention=True, pos_att_type=["p2c", "c2p"], position_buckets=16,
                 norm_rel_ebd="layer_norm", share_att_key=True, position_biased_input=False, type_vocab_size=0,
                 pooler_hidden_size=36, conv_kernel_size=3), around(unigram(), "[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]"),
        ),
    }  # fmt: skip


def main():
    torch.set_num_threads(1)
    dump = {}
    for family, (model_class, config_class, sizes, tokenizer) in families().items():
        labels = dict(id2label=dict(enumerate(LABELS)), label2id={label: i for i, label in enumerate(LABELS)})
        config = config_class(vocab_size=tokenizer.get_vocab_size(), **labels, **sizes)
        model = model_class(config).eval()
        randomize(model, "nli-" + family)
        if family == "bart":
            # The decoder's and the encoder's word embeddings are one table.
            model.model.encoder.embed_tokens = model.model.decoder.embed_tokens = model.model.shared
        folder = HERE / "nli" / family
        shutil.rmtree(folder, ignore_errors=True)
        model.save_pretrained(folder, safe_serialization=True)
        (folder / "generation_config.json").unlink(missing_ok=True)
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        rows = []
        for premise in PREMISES:
            for hypothesis in HYPOTHESES:
                encoding = tokenizer.encode(premise, hypothesis)
                inputs = dict(input_ids=torch.tensor([encoding.ids]), attention_mask=torch.ones(1, len(encoding.ids), dtype=torch.long))
                if getattr(config, "type_vocab_size", 0) > 1:
                    inputs["token_type_ids"] = torch.tensor([encoding.type_ids])
                with torch.no_grad():
                    logits = model(**inputs).logits[0]
                rows.append({"premise": premise, "hypothesis": hypothesis, "ids": encoding.ids,
                             "logits": [float(f"{x:.7g}") for x in logits.tolist()]})  # fmt: skip
        dump[family] = rows
        print(family, sum(file.stat().st_size for file in folder.iterdir()) // 1000, "kB")
    lines = ",\n".join(f'"{family}":[\n' + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]" for family, rows in dump.items())
    (HERE.parent.parent / "data" / "parity" / "nli.json").write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    make.torch.manual_seed(0)
    main()
