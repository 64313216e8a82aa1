-- An index of dateline's records: derived data, which `dateline index` makes again at any time.
-- Any program that reads SQLite can read it; `words` and `alias_words` need SQLite 3.43 or later.

CREATE TABLE about (
    what  TEXT PRIMARY KEY,         -- schema, model, recipe, options, complete, articles, names, mentions …
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE records (              -- files of records; the text of articles is there and not here
    id       INTEGER PRIMARY KEY,
    path     TEXT NOT NULL UNIQUE,  -- relative to this file's directory where it is below it, else absolute
    bytes    INTEGER,               -- length and SHA-256 of the file, when it had been read to its end
    sha256   TEXT,
    articles INTEGER,               -- records in it
    under    TEXT,                  -- the key that what was found is under, if it is not beside the article's own
    fields   TEXT NOT NULL          -- JSON list of the fields that were tagged, where `tag --field` named them
);

CREATE TABLE article (
    id      INTEGER PRIMARY KEY,
    key     TEXT NOT NULL UNIQUE,   -- the record's id, or a digest where it has none; key~2 for a second one
    source  TEXT,                   -- the record's `source`
    date    TEXT,                   -- 2025-03-03T08:15:00, or shorter where the record says less; sorts as text
    title   TEXT NOT NULL,          -- the headline, or else the first line
    wrong   REAL NOT NULL,          -- how many of its mentions are expected to be wrong, by their scores
    records INTEGER NOT NULL REFERENCES records,
    line    INTEGER NOT NULL,       -- where its record stands in that file: line, counted from 1,
    offset  INTEGER NOT NULL,       --   first byte,
    length  INTEGER NOT NULL,       --   and bytes without the line's end
    digest  BLOB NOT NULL,          -- first 16 bytes of the SHA-256 of its record
    text    BLOB NOT NULL           -- first 16 bytes of the SHA-256 of its text, field by field: what verdicts are filed under
);

CREATE TABLE name (                 -- someone or something, across articles
    id       INTEGER PRIMARY KEY,
    kind     TEXT NOT NULL,         -- person, place, org, misc, or what else a model has
    label    TEXT NOT NULL,         -- PER, LOC, ORG, MISC …
    folded   TEXT NOT NULL,         -- without case, accents and punctuation: what makes spellings one name
    name     TEXT NOT NULL,         -- the most frequent spelling
    articles INTEGER NOT NULL,      -- in which it appears; 0 if it is in page furniture alone
    mentions INTEGER NOT NULL,      -- in these articles
    UNIQUE (kind, folded)
);

CREATE TABLE alias (                -- a way in which a name is written
    id   INTEGER PRIMARY KEY,
    name INTEGER NOT NULL REFERENCES name,
    text TEXT NOT NULL,
    UNIQUE (name, text)
);

CREATE TABLE appears (              -- a name in an article; those of salience 0 are not here
    article  INTEGER NOT NULL REFERENCES article,
    name     INTEGER NOT NULL REFERENCES name,
    mentions INTEGER NOT NULL,      -- in this article
    salience REAL NOT NULL,         -- share of the article's attention, 0 to 1
    alias    INTEGER NOT NULL REFERENCES alias, -- how this article calls it in full
    PRIMARY KEY (article, name)
) WITHOUT ROWID;

CREATE TABLE known_as (             -- every form that an article has of a name that appears in it
    article INTEGER NOT NULL REFERENCES article,
    alias   INTEGER NOT NULL REFERENCES alias,
    PRIMARY KEY (article, alias)
) WITHOUT ROWID;

CREATE TABLE mention (              -- every mention, those of salience 0 too
    article  INTEGER NOT NULL REFERENCES article,
    number   INTEGER NOT NULL,      -- position among the record's mentions, from 0
    name     INTEGER NOT NULL REFERENCES name,
    field    TEXT NOT NULL,         -- the record's field that it stands in
    start    INTEGER NOT NULL,      -- code points of that field before it,
    "end"    INTEGER NOT NULL,      --   and up to its end
    sentence INTEGER,               -- number of its sentence in the article; NULL in compact records
    score    REAL NOT NULL,         -- probability that exactly this is a name of its kind
    zone     TEXT NOT NULL,         -- headline, byline, dateline, caption, body, boilerplate
    PRIMARY KEY (article, number)
) WITHOUT ROWID;

CREATE TABLE topic (
    id    INTEGER PRIMARY KEY,
    code  TEXT NOT NULL UNIQUE,     -- medtop:11000000
    label TEXT NOT NULL             -- politics
);

CREATE TABLE article_topic (
    article INTEGER NOT NULL REFERENCES article,
    topic   INTEGER NOT NULL REFERENCES topic,
    score   REAL NOT NULL,          -- probability that the article is about it
    own     INTEGER NOT NULL,       -- 1 if the record says so, 0 if it is what one of its topics is part of
    PRIMARY KEY (article, topic)
) WITHOUT ROWID;

CREATE TABLE vector (               -- embeddings, sixty-four in a row, since `--like` looks at all of them
    block   INTEGER NOT NULL,       -- of the articles 64·block to 64·block + 63
    width   INTEGER NOT NULL,       -- numbers in an embedding
    vectors BLOB NOT NULL,          -- for each: a scale as little-endian f32, 0 if it has none, and a signed
    PRIMARY KEY (block, width)      --   byte a number: number ≈ scale × byte
);

CREATE TABLE stored (               -- with --store: records themselves, so that this file is enough
    article INTEGER PRIMARY KEY REFERENCES article,
    record  TEXT NOT NULL
);

-- Words of title and text by their article's id; the text itself is not in it.
CREATE VIRTUAL TABLE words USING fts5(
    title, text, content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2'
);

-- Words of folded aliases by the alias's id.
CREATE VIRTUAL TABLE alias_words USING fts5(
    folded, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0'
);

-- For people: who appears where.
CREATE VIEW appearance AS
    SELECT article.key AS article, article.date, article.title, name.kind, name.name, appears.mentions, appears.salience
    FROM appears JOIN article ON article.id = appears.article JOIN name ON name.id = appears.name;
