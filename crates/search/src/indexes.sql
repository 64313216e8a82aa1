-- Made when a first run is at its end, which is much faster than row by row.
CREATE INDEX IF NOT EXISTS appears_by_name ON appears (name, article, mentions, salience, alias);
CREATE INDEX IF NOT EXISTS known_as_by_alias ON known_as (alias, article);
CREATE INDEX IF NOT EXISTS article_topic_by_topic ON article_topic (topic, article, score);
CREATE INDEX IF NOT EXISTS article_by_date ON article (date, key);
CREATE INDEX IF NOT EXISTS article_by_text ON article (text);
CREATE INDEX IF NOT EXISTS article_by_source ON article (source);
CREATE INDEX IF NOT EXISTS article_by_records ON article (records);
