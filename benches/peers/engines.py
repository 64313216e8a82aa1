"""onnxruntime and Hugging Face at the command of dateline-peers, which holds the clock.

    python engines.py DIR BATCHES

DIR is what export.py wrote; BATCHES is JSON, a list of batches, each a list of sentences, each a list of token ids. Commands
come as lines on standard input and are answered by a line when the work is done:

    run ENGINE THREADS CALLERS FROM TO    the batches FROM..TO, shared among so many callers with so many threads each
    hidden ENGINE FILE                    all batches; FILE gets the hidden states of real tokens, f32, in order
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import transformers
from transformers import BertModel


class Onnx:
    """A file in onnxruntime, with a session for each caller and number of threads."""

    def __init__(self, path: Path):
        self.path, self.sessions = path, {}

    def prepare(self, threads: int, callers: int) -> None:
        for caller in range(callers):
            if (threads, caller) not in self.sessions:
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = threads
                options.inter_op_num_threads = 1
                session = onnxruntime.InferenceSession(str(self.path), options, providers=["CPUExecutionProvider"])
                self.sessions[threads, caller] = session

    def hidden(self, batch: dict, threads: int, caller: int) -> np.ndarray:
        return self.sessions[threads, caller].run(["last_hidden_state"], batch)[0]


class HuggingFace:
    """The checkpoint in torch."""

    def __init__(self, path: Path, dtype: torch.dtype):
        self.model = BertModel.from_pretrained(path, add_pooling_layer=False, torch_dtype=dtype).eval()

    def prepare(self, threads: int, callers: int) -> None:
        torch.set_num_threads(threads)

    def hidden(self, batch: dict, threads: int, caller: int) -> np.ndarray:
        with torch.inference_mode():
            inputs = {name: torch.from_numpy(array) for name, array in batch.items()}
            return self.model(**inputs).last_hidden_state.float().numpy()


def padded(sentences: list[list[int]]) -> dict:
    ids = np.zeros((len(sentences), max(map(len, sentences))), dtype=np.int64)
    mask = np.zeros_like(ids)
    for i, sentence in enumerate(sentences):
        ids[i, : len(sentence)] = sentence
        mask[i, : len(sentence)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


def main(directory: Path, batches: Path) -> None:
    # It would warn that the pooler is not used.
    transformers.logging.set_verbosity_error()
    work = [padded(batch) for batch in json.loads(batches.read_text())]
    engines = {
        "onnxruntime-f32": Onnx(directory / "model.onnx"),
        "onnxruntime-int8": Onnx(directory / "model.int8.onnx"),
        "huggingface-f32": HuggingFace(directory, torch.float32),
        "huggingface-bf16": HuggingFace(directory, torch.bfloat16),
    }
    pool = ThreadPoolExecutor(2)
    for line in sys.stdin:
        command, name, *rest = line.split()
        engine = engines[name]
        if command == "hidden":
            engine.prepare(1, 1)
            with open(rest[0], "wb") as file:
                for batch in work:
                    hidden = engine.hidden(batch, 1, 0)
                    file.write(hidden[batch["attention_mask"] == 1].astype("<f4").tobytes())
        else:
            threads, callers, start, end = map(int, rest)
            engine.prepare(threads, callers)
            # The longest batches first, so that all callers end at about the same time.
            queue = list(range(start, end))

            def call(caller: int) -> None:
                while queue:
                    try:
                        index = queue.pop()
                    except IndexError:
                        return
                    engine.hidden(work[index], threads, caller)

            if callers == 1:
                call(0)
            else:
                list(pool.map(call, range(callers)))
        print("done", flush=True)


main(Path(sys.argv[1]), Path(sys.argv[2]))
