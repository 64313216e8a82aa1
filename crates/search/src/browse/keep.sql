-- Orders that pages are read in, and sums. All of it is made again when the index has changed.
CREATE INDEX IF NOT EXISTS mention_by_score ON mention (score, article, number);
CREATE INDEX IF NOT EXISTS article_by_wrong ON article (wrong DESC, id);
CREATE INDEX IF NOT EXISTS name_by_mentions ON name (kind, mentions DESC, id);
CREATE INDEX IF NOT EXISTS name_by_folded ON name (folded);

DROP TABLE IF EXISTS kept_name;
CREATE TABLE kept_name (            -- of a name that appears in articles
    name  INTEGER PRIMARY KEY REFERENCES name,
    wrong REAL NOT NULL             -- how many of its mentions are expected to be wrong
);
INSERT INTO kept_name
    SELECT mention.name, sum(1 - mention.score) FROM mention JOIN name ON name.id = mention.name
    WHERE name.articles > 0 GROUP BY mention.name;

DROP TABLE IF EXISTS kept_split;
CREATE TABLE kept_split (           -- names of several kinds that are written alike
    folded   TEXT PRIMARY KEY,
    mentions INTEGER NOT NULL,
    wrong    REAL NOT NULL
) WITHOUT ROWID;
INSERT INTO kept_split
    SELECT name.folded, sum(name.mentions), sum(kept_name.wrong) FROM name JOIN kept_name ON kept_name.name = name.id
    GROUP BY name.folded HAVING count(*) > 1;
CREATE INDEX kept_split_by_wrong ON kept_split (wrong DESC, folded);

DROP TABLE IF EXISTS kept;
CREATE TABLE kept (what TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
