-- Sounds by the collections that they are in; NULL: in none.
SELECT s.sample_id, c.name AS value
FROM samples AS s
LEFT JOIN collection_samples AS m USING (sample_id)
LEFT JOIN sample_collections AS c USING (collection_id);
