-- Brings the counts of the names in `touched` up to date, and takes out what no article has any more.
UPDATE name SET
    articles = (SELECT count(*) FROM appears WHERE appears.name = name.id),
    mentions = (SELECT coalesce(sum(appears.mentions), 0) FROM appears WHERE appears.name = name.id)
WHERE id IN (SELECT id FROM touched);

-- Of equally frequent spellings the last in order: `Santa Ana` after `SANTA ANA`.
UPDATE name SET name = (
    SELECT alias.text FROM appears JOIN alias ON alias.id = appears.alias
    WHERE appears.name = name.id
    GROUP BY appears.alias ORDER BY count(*) DESC, alias.text DESC LIMIT 1
)
WHERE id IN (SELECT id FROM touched) AND articles > 0;

CREATE TEMP TABLE unused AS
    SELECT id FROM alias WHERE name IN (SELECT id FROM touched)
    AND NOT EXISTS (SELECT 1 FROM known_as WHERE known_as.alias = alias.id);
DELETE FROM alias_words WHERE rowid IN (SELECT id FROM unused);
DELETE FROM alias WHERE id IN (SELECT id FROM unused);
DELETE FROM name WHERE id IN (SELECT id FROM touched) AND articles = 0 AND id NOT IN (SELECT name FROM mention);
DELETE FROM topic WHERE id NOT IN (SELECT topic FROM article_topic);
DROP TABLE unused;
DROP TABLE touched;
