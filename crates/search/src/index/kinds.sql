-- Jumps from kind to kind, instead of reading all names.
WITH RECURSIVE kinds (kind) AS (
    SELECT min(kind) FROM name
    UNION ALL
    SELECT (SELECT min(kind) FROM name WHERE kind > kinds.kind) FROM kinds WHERE kind IS NOT NULL
)
SELECT kind FROM kinds WHERE kind IS NOT NULL;
