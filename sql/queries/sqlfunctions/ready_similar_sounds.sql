-- Sounds like one of the library's, best first.
WITH asked AS (SELECT clap_vector(cast(:sample_id AS INTEGER)) AS vector)
SELECT s.sample_id, s.path, json_extract(n.value, '$.score') AS score, s.duration_s, s.heard_share
FROM asked
CROSS JOIN json_each(iif(asked.vector IS NULL, '[]', clap_neighbors(asked.vector, 50))) AS n
CROSS JOIN samples AS s ON s.sample_id = json_extract(n.value, '$.sample_id')
ORDER BY score DESC
