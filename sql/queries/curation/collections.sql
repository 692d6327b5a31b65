SELECT c.name, count(s.sample_id), ifnull(sum(s.duration_s), 0.0), c.created_at
FROM sample_collections AS c
LEFT JOIN collection_samples AS m USING (collection_id)
LEFT JOIN samples AS s USING (sample_id)
GROUP BY c.collection_id
ORDER BY c.name;
