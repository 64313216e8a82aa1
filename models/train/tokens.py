"""Words → ids and casing, exactly as dateline's own tokenizer does (src/tokenize/).

A *pre-token* is what BERT splits at white space and around punctuation: "U.S." is four. Its *pieces* are word pieces.
The vocabulary is lower-cased; the casing of a pre-token goes into the token types of its pieces instead.
"""

from pathlib import Path

from tokenizers import Tokenizer

LOWER, CAPITALISED, ALL_CAPITALS, MIXED = range(4)


def casing(text: str) -> int:
    """The casing of a pre-token; the rule is `Casing::of` in src/tokenize/steps.rs."""
    cased = [c for c in text if c.isupper() or c.islower()]
    if not cased:
        return LOWER
    upper = sum(c.isupper() for c in cased[1:])
    lower = len(cased) - 1 - upper
    first = cased[0].isupper()
    if not first and upper == 0:
        return LOWER
    if first and upper == 0:
        return CAPITALISED
    if first and lower == 0:
        return ALL_CAPITALS
    return MIXED


def as_all_capitals(letters: int) -> int:
    """The casing of a pre-token with that many letters once it is set in capitals."""
    return LOWER if letters == 0 else CAPITALISED if letters == 1 else ALL_CAPITALS


class Tokens:
    """A tokenizer that remembers every word it has seen."""

    def __init__(self, model_dir: Path):
        self.tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        # BERT's names of the special tokens, or MPNet's.
        self.cls, self.sep, self.pad = (
            next(found for name in names if (found := self.tokenizer.token_to_id(name)) is not None)
            for names in (("[CLS]", "<s>"), ("[SEP]", "</s>"), ("[PAD]", "<pad>"))
        )
        self._seen: dict[str, tuple] = {}

    def word(self, word: str) -> tuple[tuple[tuple[int, ...], int, int], ...]:
        """The pre-tokens of `word`: (ids of its pieces, casing, number of letters that have case) each."""
        known = self._seen.get(word)
        if known is None:
            encoding = self.tokenizer.encode(word, add_special_tokens=False)
            groups: list[tuple[list[int], int, int]] = []
            for piece, token, (start, end) in zip(encoding.ids, encoding.tokens, encoding.offsets):
                if token.startswith("##") and groups:
                    ids, first, _ = groups[-1]
                    groups[-1] = (ids + [piece], first, end)
                else:
                    groups.append(([piece], start, end))
            known = tuple(
                (tuple(ids), casing(word[start:end]), sum(c.isupper() or c.islower() for c in word[start:end]))
                for ids, start, end in groups
            )
            self._seen[word] = known
        return known
