-- Names with a form in which ?1 stands, in articles that have that form: of the kind ?2 if there is one, and of at least the
-- salience ?3 if there is one.
SELECT known_as.article, alias.name
FROM alias_words
JOIN alias ON alias.id = alias_words.rowid
JOIN name ON name.id = alias.name
JOIN known_as ON known_as.alias = alias.id
WHERE alias_words MATCH ?1
AND (?2 IS NULL OR name.kind = ?2)
AND (?3 IS NULL OR ?3 <= (
    SELECT salience FROM appears WHERE appears.article = known_as.article AND appears.name = alias.name
));
