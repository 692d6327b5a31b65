-- Pairs of sounds whose cosine similarity is at least :least (say 0.98).
SELECT a.sample_id, a.path, b.sample_id AS other_id, b.path AS other, pair.score
FROM (
    SELECT
        s.sample_id AS one,
        json_extract(n.value, '$.sample_id') AS two,
        json_extract(n.value, '$.score') AS score
    FROM samples AS s, json_each(clap_neighbors(clap_vector(s.sample_id), 4)) AS n
    WHERE s.status = 'ok' AND clap_vector(s.sample_id) IS NOT NULL
    LIMIT 4000
) AS pair
JOIN samples AS a ON a.sample_id = pair.one
JOIN samples AS b ON b.sample_id = pair.two
WHERE pair.one < pair.two AND pair.score >= cast(:least AS REAL)
ORDER BY pair.score DESC
