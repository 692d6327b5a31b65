-- Sources whose row is gone while sounds of theirs are there. The ids are stepped through by the
-- index of (source_id, path): that takes as long as there are sources, not sounds.
WITH RECURSIVE held (source_id) AS (
    SELECT min(source_id) FROM samples
    UNION ALL
    SELECT (SELECT min(s.source_id) FROM samples AS s WHERE s.source_id > held.source_id)
    FROM held
    WHERE held.source_id IS NOT NULL
)
SELECT held.source_id
FROM held
WHERE held.source_id IS NOT NULL
    AND held.source_id NOT IN (SELECT source_id FROM sources);
