#!/usr/bin/env python3
"""Makes the tiny checkpoints that the tests load: one directory per model family, random weights, a tokenizer of its own.

    pip install torch==2.4.0 transformers==4.46.3 tokenizers==0.20.3 sentencepiece==0.2.3 safetensors==0.8.0 "numpy<2"
    python3 models/tiny/make.py            # all of them; or name some: make.py bert roberta

Nothing is downloaded: the vocabularies are trained on TEXT below and the weights are drawn from a generator seeded with
the family's name. Running it again gives the same bytes. What each directory is for stands in README.md.
"""

import collections
import io
import json
import os
import re
import shutil
import sys
import tempfile
import unicodedata
import zlib
from pathlib import Path

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import numpy as np
import sentencepiece
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).resolve().parent

# What the vocabularies are learnt from. Latin letters come often enough to be known; of the other scripts some letters
# are known and some are not, so that unknown pieces occur too.
TEXT = """\
The foreign minister of Kenya met her counterpart from Norway in Nairobi on Monday, officials said.
Shares in the bank fell 3.5 percent in Frankfurt after the European Central Bank raised interest rates.
Striker Ana Lopes scored twice as Porto beat Sporting 2-1 in Lisbon on Saturday night.
President Maria Silva said that the United Nations had asked for more time before the vote.
The court in The Hague will hear the case against the former general next week, his lawyer said.
A strong earthquake shook the coast of Chile early on Tuesday, but no one was hurt.
Researchers at the University of Tartu have found a new kind of moth in the forests of Estonia.
The company, based in Seattle, said it would cut 400 jobs in Ireland and in the Netherlands.
Washington and Jordan signed an agreement on water; Paris and London did not.
The Nordic Press Agency reported from Helsinki that the talks between the parties had failed.
Police in São Paulo and Bogotá arrested twelve people, among them a Brazilian and a Colombian.
Mr. Okonkwo, who leads the African Development Forum, told reporters that he was not concerned.
Novak, Müller, Nguyễn, García, Kovač, Øberg and Łukasz were among the winners of the prize.
"We did not expect it," said Dr. Fatima al-Hassan, the head of the hospital in Aleppo.
Café owners in Zürich and in Genève said that prices of coffee and of sugar had risen again.
The World Health Organization (WHO) sent doctors and medicine to the Democratic Republic of Congo.
In New Delhi, the Supreme Court of India refused to hear the government's appeal.
The film by Haruki Tanaka opened the festival in Cannes; it will be shown in Tokyo in May.
The U.S. Senate passed the bill by 51 votes to 49, and the House of Representatives will vote on Friday.
The storm moved over the Philippines and towards Taiwan, where schools and offices were closed.
OTTAWA WINS THE CUP AFTER EXTRA TIME; COACH SAYS TEAM WAS LUCKY.
He is the son of a teacher from Jakarta and of a nurse from Manila, and he has lived in Sydney.
The International Monetary Fund expects the economy of Ghana to grow by five percent this year.
Workers at the port of Rotterdam ended their strike on Thursday after an agreement on wages.
The museum in Mexico City bought the painting from a collector in Buenos Aires for two million dollars.
Ukraine, Poland and Romania asked the European Union for help with the transport of grain.
[Photo: the mayor of Bogotá] <advertisement> “It’s over,” she said – and left. [Editor’s note: it’s not.] <end>
東京 京都 大阪 北京 上海 東京 北京 中国 日本 中国 日本
Москва Киев Минск Москва и Киев
القاهرة بغداد دمشق القاهرة
ירושלים תל אביב ירושלים
🚀 🎉 🚀
""".splitlines()

CONLL = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC"]
# Other models put O last, or have more kinds of names; the order in config.json is the only truth.
O_LAST = ["B-LOC", "I-LOC", "B-MISC", "I-MISC", "B-ORG", "I-ORG", "B-PER", "I-PER", "O"]
WITH_DATES = ["O", "B-DATE", "I-DATE", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
ONTONOTES = (
    "CARDINAL DATE EVENT FAC GPE LANGUAGE LAW LOC MONEY NORP ORDINAL ORG PERCENT PERSON PRODUCT QUANTITY TIME WORK_OF_ART"
).split()
BIOES = ["O"] + [f"{place}-{label}" for label in ONTONOTES for place in "BIES"]


# --- tokenizers -------------------------------------------------------------------------------------------------------


def wordpiece(size=300, lowercase=False):
    """BERT's: BertNormalizer, BertPreTokenizer, WordPiece, [CLS] A [SEP]."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words = collections.Counter()
    for line in TEXT:
        line = tokenizer.normalizer.normalize_str(line)
        words.update(word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(line))
    vocab = special + pieces_of(words, size - len(special))
    tokenizer.model = models.WordPiece(
        {piece: i for i, piece in enumerate(vocab)}, unk_token="[UNK]", max_input_chars_per_word=100
    )
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocab.index("[CLS]")), ("[SEP]", vocab.index("[SEP]"))],
    )
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    return tokenizer


def pieces_of(words, n):
    """The letters seen twice or more, then the most frequent pairs of pieces, joined one after another, n in all.

    What the library's WordPieceTrainer does too, but that one settles ties by the order of a hash table.
    """
    splits = {word: [word[0]] + ["##" + c for c in word[1:]] for word in words}
    letters = collections.Counter()
    for word, count in words.items():
        for piece in splits[word]:
            letters[piece] += count
    pieces = sorted(piece for piece, count in letters.items() if count >= 2)
    while len(pieces) < n:
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(splits[word], splits[word][1:]):
                pairs[pair] += count
        (left, right), _ = min(pairs.items(), key=lambda item: (-item[1], item[0]))
        joined = left + right.removeprefix("##")
        if joined not in pieces:
            pieces.append(joined)
        for split in splits.values():
            for i in range(len(split) - 2, -1, -1):
                if split[i : i + 2] == [left, right]:
                    split[i : i + 2] = [joined]
    assert len(pieces) == n, "more letters than pieces"
    return pieces


def byte_level_bpe(vocab_size=340):
    """RoBERTa's: every byte is a letter, so nothing is unknown."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True, special=True)],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def sentencepiece_model(vocab_size=330):
    """A serialized ModelProto with a few hundred pieces."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder, "rules.tsv")
        rules.write_text("".join(f"{hexes(a)}\t{hexes(b)}\n" for a, b in sorted(normalization_rules().items())))
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(TEXT), model_writer=model, model_type="unigram", vocab_size=vocab_size - 2,
            character_coverage=0.98, normalization_rule_tsv=str(rules), num_threads=1, minloglevel=2,
        )  # fmt: skip
    return model.getvalue()


def unigram():
    """XLM-R's: sentencepiece's compiled normalisation, Metaspace, Unigram, and fairseq's order of the special tokens."""
    model = sentencepiece_model()
    learnt = sentencepiece.SentencePieceProcessor(model_proto=model)
    pieces = [(learnt.id_to_piece(i), round(learnt.get_score(i), 5)) for i in range(3, learnt.get_piece_size())]
    vocab = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces, ("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocab, unk_id=3))
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(precompiled_charsmap(model)), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    return tokenizer


def normalization_rules():
    """A few hundred of the rules that sentencepiece calls nmt_nfkc; all of them would take 300 kB."""
    rules = {"\u0007": ""} | dict.fromkeys("\t\n\r\u200b\u200e\u3000\ufeff", " ")
    for code in [*range(0xFF01, 0xFF5F), *range(0xFB00, 0xFB07), 0x2026, 0x2122, 0xA0, 0xAA, 0xB2, 0xBD, 0x2167, 0x3231]:
        rules[chr(code)] = unicodedata.normalize("NFKC", chr(code))
    for code in [*range(0xC0, 0x180), *range(0x1EA0, 0x1EFA)]:
        apart = unicodedata.normalize("NFD", chr(code))
        if apart != chr(code):
            rules[apart] = chr(code)
    return rules


def hexes(text):
    return " ".join(f"{ord(c):X}" for c in text)


def precompiled_charsmap(model):
    """Field 2 of field 3 of a serialized sentencepiece ModelProto: normalizer_spec.precompiled_charsmap."""
    return dict(fields(dict(fields(model))[3]))[2]


def fields(message):
    """(number, bytes or number) of a protocol buffer message, in order."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            n = varint() if key & 7 == 2 else {1: 8, 5: 4}[key & 7]
            yield key >> 3, message[at : at + n]
            at += n


# --- weights ----------------------------------------------------------------------------------------------------------


def randomize(model, family):
    """Weights large enough that a wrong transposition, bias, norm or head shows in the logits at once.

    Drawn by numpy, whose generators promise the same stream everywhere, and rounded, so that a last bit that a
    mathematical library does differently cannot reach the file.
    """
    draw = np.random.Generator(np.random.PCG64(zlib.crc32(family.encode())))
    state = model.state_dict()
    for name in sorted(state):
        tensor = state[name]
        x = draw.standard_normal(tuple(tensor.shape))
        if "LayerNorm.weight" in name or "layer_norm.weight" in name:
            x = 1 + 0.3 * x
        elif name.endswith("bias"):
            x = 0.3 * x
        elif "position_embeddings" in name:
            x = 0.4 * x
        elif "embeddings" in name and "project" not in name:
            x = 0.9 * x
        elif name == "classifier.weight":
            x = x * 3 / tensor.shape[-1] ** 0.5
        else:
            x = x * 1.3 / tensor.shape[-1] ** 0.5
        state[name] = torch.tensor(np.round(x, 4), dtype=torch.float32)
    model.load_state_dict(state)


def balance(model, tokenizer):
    """Moves the classifier's bias so that no tag wins everywhere: mentions appear, and move as soon as a number does."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with torch.no_grad():
        logits = [model(torch.tensor([tokenizer.encode(line).ids])).logits[0] for line in TEXT]
        mean = torch.cat(logits).double().mean(dim=0).numpy()
        # One decimal: coarse enough that no machine's last bit can tip the rounding.
        bias = model.classifier.bias.numpy() - mean
        model.classifier.bias.copy_(torch.tensor(np.round(bias, 1), dtype=torch.float32))


# --- families ---------------------------------------------------------------------------------------------------------

SMALL = dict(num_hidden_layers=2, num_attention_heads=4, intermediate_size=52, max_position_embeddings=64)


def bert(tags, tokenizer, **sizes):
    config = dict(hidden_size=36, **SMALL) | sizes
    return transformers.BertForTokenClassification, transformers.BertConfig, config, tags, tokenizer


def families():
    """name → (model class, configuration class, configuration, tags, tokenizer)"""
    return {
        "bert": lambda: bert(CONLL, wordpiece()),
        "bert-casing": lambda: bert(
            CONLL, wordpiece(lowercase=True), type_vocab_size=4, hidden_size=32, num_hidden_layers=3
        ),
        "bert-bioes": lambda: bert(BIOES, wordpiece(lowercase=True), hidden_act="gelu_new"),
        "bert-sharded": lambda: bert(CONLL, wordpiece(), hidden_size=48, num_hidden_layers=3),
        "bert-f16": lambda: bert(CONLL, wordpiece(lowercase=True), hidden_size=48, max_position_embeddings=512),
        "distilbert": lambda: (
            transformers.DistilBertForTokenClassification,
            transformers.DistilBertConfig,
            dict(dim=36, n_layers=2, n_heads=4, hidden_dim=52, max_position_embeddings=64),
            O_LAST,
            wordpiece(),
        ),
        "roberta": lambda: (
            transformers.RobertaForTokenClassification,
            transformers.RobertaConfig,
            # Two positions more than tokens: RoBERTa counts them from pad_token_id + 1.
            dict(hidden_size=36, **SMALL) | dict(max_position_embeddings=98, type_vocab_size=1, layer_norm_eps=1e-5),
            CONLL,
            byte_level_bpe(),
        ),
        "xlm-roberta": lambda: (
            transformers.XLMRobertaForTokenClassification,
            transformers.XLMRobertaConfig,
            dict(hidden_size=32, **SMALL) | dict(max_position_embeddings=130, type_vocab_size=1, layer_norm_eps=1e-5),
            WITH_DATES,
            unigram(),
        ),
        # Families that only libtorch runs.
        "deberta": lambda: (
            transformers.DebertaForTokenClassification,
            transformers.DebertaConfig,
            dict(hidden_size=36, **SMALL) | dict(relative_attention=True, pos_att_type=["c2p", "p2c"], max_relative_positions=-1,
                 position_biased_input=False, type_vocab_size=0, layer_norm_eps=1e-7),
            CONLL,
            wordpiece(),
        ),
        "deberta-v2": lambda: (
            transformers.DebertaV2ForTokenClassification,
            transformers.DebertaV2Config,
            dict(hidden_size=36, **SMALL) | dict(relative_attention=True, pos_att_type=["p2c", "c2p"], max_relative_positions=-1,
                 position_buckets=16, norm_rel_ebd="layer_norm", share_att_key=True, position_biased_input=False,
                 type_vocab_size=0, layer_norm_eps=1e-7),
            CONLL,
            around(unigram(), "[CLS] $A [SEP]"),
        ),
        "longformer": lambda: (
            transformers.LongformerForTokenClassification,
            transformers.LongformerConfig,
            dict(hidden_size=36, **SMALL) | dict(attention_window=[8, 8], max_position_embeddings=130, type_vocab_size=1,
                 layer_norm_eps=1e-5, sep_token_id=2, pad_token_id=1),
            CONLL,
            byte_level_bpe(),
        ),
        "mobilebert": lambda: (
            transformers.MobileBertForTokenClassification,
            transformers.MobileBertConfig,
            dict(hidden_size=36, **SMALL) | dict(embedding_size=16, intra_bottleneck_size=20, num_feedforward_networks=2),
            CONLL,
            wordpiece(lowercase=True),
        ),
        "albert": lambda: (
            transformers.AlbertForTokenClassification,
            transformers.AlbertConfig,
            dict(hidden_size=36, **SMALL) | dict(embedding_size=16, num_hidden_groups=1, inner_group_num=1, num_hidden_layers=3),
            CONLL,
            around(unigram(), "[CLS] $A [SEP]"),
        ),
        "xlnet": lambda: (
            transformers.XLNetForTokenClassification,
            transformers.XLNetConfig,
            dict(d_model=36, n_layer=2, n_head=4, d_inner=52),
            CONLL,
            around(unigram(), "$A:0 <sep>:0 <cls>:2"),
        ),
        "fnet": lambda: (
            transformers.FNetForTokenClassification,
            transformers.FNetConfig,
            dict(hidden_size=36, num_hidden_layers=2, intermediate_size=52, max_position_embeddings=64, type_vocab_size=4),
            CONLL,
            wordpiece(),
        ),
        "electra": lambda: (
            transformers.ElectraForTokenClassification,
            transformers.ElectraConfig,
            dict(hidden_size=44, embedding_size=20, **SMALL) | dict(intermediate_size=37),
            CONLL,
            electra_tokenizer(),
        ),
    }


def around(tokenizer, template, pair=None):
    """The same pieces with other special tokens around them, which take the places of <s> and </s>."""
    file = json.loads(tokenizer.to_str())
    first, last = [name for name in re.findall(r"[\[<]\w+[\]>]", template)]
    for old, new in [("<s>", first), ("</s>", last)]:
        for piece in file["model"]["vocab"]:
            piece[0] = new if piece[0] == old else piece[0]
        for token in file["added_tokens"]:
            token["content"] = new if token["content"] == old else token["content"]
    tokenizer = Tokenizer.from_str(json.dumps(file))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=template, pair=pair, special_tokens=[(name, tokenizer.token_to_id(name)) for name in (first, last)]
    )
    return tokenizer


def electra_tokenizer():
    tokenizer = wordpiece(lowercase=True)
    # As some published tokenizers have it, and as no reader of whole articles may obey it.
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=16)
    return tokenizer


def make(family):
    model_class, config_class, sizes, tags, tokenizer = families()[family]()
    config = config_class(
        vocab_size=tokenizer.get_vocab_size(),
        id2label=dict(enumerate(tags)),
        label2id={tag: i for i, tag in enumerate(tags)},
        **sizes,
    )
    model = model_class(config).eval()
    randomize(model, family)
    balance(model, Tokenizer.from_str(tokenizer.to_str()))
    folder = HERE / family
    shutil.rmtree(folder, ignore_errors=True)
    shard_size = "10GB"
    if family == "bert-sharded":
        model, shard_size = model.to(torch.bfloat16), "110KB"
    if family == "bert-f16":
        model = model.to(torch.float16)
    model.save_pretrained(folder, safe_serialization=True, max_shard_size=shard_size)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    if family == "bert":
        add_leftovers(folder / "model.safetensors", config)
    if family == "bert-casing":
        (folder / "recipe.json").write_text('{"token_types": "casing"}\n')
    for file in folder.iterdir():
        file.chmod(0o644)
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{family:14} {size / 1000:6.1f} kB  vocab {config.vocab_size}")


def add_leftovers(path, config):
    """Many published BERT taggers still carry a pooler and the list of positions, which no token classifier uses."""
    tensors = load_file(path)
    h = config.hidden_size
    tensors["bert.embeddings.position_ids"] = torch.arange(config.max_position_embeddings).unsqueeze(0)
    tensors["bert.pooler.dense.weight"] = torch.eye(h)
    tensors["bert.pooler.dense.bias"] = torch.zeros(h)
    save_file(tensors, path, metadata={"format": "pt"})


# --- look-alikes ------------------------------------------------------------------------------------------------------

DBMDZ = ["O", "B-MISC", "I-MISC", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]


def lookalikes():
    """The files, keys and label orders of the four token classifiers that most people use, with weights of ours.

    name on the hub → (tiny family, tags, keys of config.json besides sizes and labels, other files)
    """
    common = dict(attention_probs_dropout_prob=0.1, hidden_dropout_prob=0.1, initializer_range=0.02, layer_norm_eps=1e-12)
    vocab = lambda tokenizer: "".join(piece + "\n" for piece, _ in sorted(tokenizer.get_vocab().items(), key=lambda p: p[1]))
    specials = dict(unk_token="[UNK]", sep_token="[SEP]", pad_token="[PAD]", cls_token="[CLS]", mask_token="[MASK]")
    cased = json.dumps(dict(do_lower_case=False, model_max_length=512))
    return {
        "dslim/bert-base-NER": (
            "bert", DBMDZ,
            dict(_num_labels=9, architectures=["BertForTokenClassification"], max_length=512, output_past=True,
                 pad_token_id=0, type_vocab_size=2, **common),
            lambda: {"vocab.txt": vocab(wordpiece()), "tokenizer_config.json": cased, "added_tokens.json": "{}",
                     "special_tokens_map.json": json.dumps(specials)},
        ),
        "dbmdz/bert-large-cased-finetuned-conll03-english": (
            "bert", DBMDZ,
            dict(_num_labels=9, architectures=["BertForTokenClassification"], directionality="bidi", max_length=512,
                 output_past=True, pad_token_id=0, pooler_fc_size=768, pooler_num_attention_heads=12,
                 pooler_num_fc_layers=3, pooler_size_per_head=128, pooler_type="first_token_transform",
                 type_vocab_size=2, **common),
            # Trained on the original tags, which begin a name with I-; only a recipe can say so.
            lambda: {"vocab.txt": vocab(wordpiece()), "tokenizer_config.json": cased, "recipe.json": '{"scheme": "iob1"}\n'},
        ),
        "Davlan/xlm-roberta-base-ner-hrl": (
            "xlm-roberta", WITH_DATES,
            dict(architectures=["XLMRobertaForTokenClassification"], bos_token_id=0, eos_token_id=2, output_past=True,
                 pad_token_id=1, position_embedding_type="absolute", use_cache=True, gradient_checkpointing=False,
                 **(common | dict(layer_norm_eps=1e-5))),
            lambda: {"sentencepiece.bpe.model": sentencepiece_model(), "tokenizer_config.json": json.dumps(
                dict(bos_token="<s>", eos_token="</s>", sep_token="</s>", cls_token="<s>", unk_token="<unk>", pad_token="<pad>",
                     do_lower_case=False, model_max_length=512))},
        ),
        "elastic/distilbert-base-cased-finetuned-conll03-english": (
            "distilbert", CONLL,
            dict(architectures=["DistilBertForTokenClassification"], attention_dropout=0.1, dropout=0.1,
                 finetuning_task="ner", initializer_range=0.02, output_past=True, pad_token_id=0, qa_dropout=0.1,
                 seq_classif_dropout=0.2, sinusoidal_pos_embds=False, tie_weights_=True),
            lambda: {"vocab.txt": vocab(wordpiece()), "tokenizer_config.json": cased,
                     "special_tokens_map.json": json.dumps(specials)},
        ),
    }  # fmt: skip


def make_lookalike(name):
    family, tags, keys, files = lookalikes()[name]
    config = json.loads((HERE / family / "config.json").read_text())
    sizes = ["model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
             "max_position_embeddings", "type_vocab_size", "hidden_act", "dim", "n_layers", "n_heads", "hidden_dim",
             "activation"]  # fmt: skip
    labels = dict(id2label={str(i): tag for i, tag in enumerate(tags)}, label2id={tag: i for i, tag in enumerate(tags)})
    folder = HERE / "lookalikes" / name.replace("/", "--")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = {key: config[key] for key in sizes if key in config} | keys | labels
    (folder / "config.json").write_text(json.dumps(dict(sorted(config.items())), indent=2) + "\n")
    for file, content in files().items():
        (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    shutil.copyfile(HERE / family / "model.safetensors", folder / "model.safetensors")
    print(f"{name}: as {family}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for family in sys.argv[1:] or [*families(), *lookalikes()]:
        make_lookalike(family) if family in lookalikes() else make(family)
