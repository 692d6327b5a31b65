-- Sounds like one of the library's, best first.
SELECT s.sample_id, s.path, json_extract(n.value, '$.score') AS score, s.duration_s
FROM json_each(clap_neighbors(clap_vector(cast(:sample_id AS INTEGER)), 50)) AS n
JOIN samples AS s ON s.sample_id = json_extract(n.value, '$.sample_id')
ORDER BY score DESC
