-- Sounds that people keep something of: favourites, ratings, notes, collections, last use.
SELECT
    s.sample_id,
    s.path,
    f.sample_id IS NOT NULL AS favourite,
    r.rating,
    n.note,
    (
        SELECT json_group_array(named.name)
        FROM (
            SELECT c.name
            FROM collection_samples AS m
            JOIN sample_collections AS c USING (collection_id)
            WHERE m.sample_id = s.sample_id
            ORDER BY c.name
        ) AS named
    ) AS collections,
    u.action AS last_action,
    u.used_at AS last_used_at,
    ifnull(u.uses, 0) AS uses
FROM (
    SELECT sample_id FROM favourites
    UNION SELECT sample_id FROM sample_ratings
    UNION SELECT sample_id FROM sample_notes
    UNION SELECT sample_id FROM collection_samples
    UNION SELECT sample_id FROM recent_uses
) AS kept
JOIN samples AS s USING (sample_id)
LEFT JOIN favourites AS f USING (sample_id)
LEFT JOIN sample_ratings AS r USING (sample_id)
LEFT JOIN sample_notes AS n USING (sample_id)
LEFT JOIN recent_uses AS u USING (sample_id)
