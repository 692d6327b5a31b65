-- In a shard: each sound's tag of the highest confidence and score, of some of the set's runs (?1: their
-- labels by their numbers, as JSON).
SELECT sample_id, label FROM (
    SELECT
        t.sample_id, j.value AS label,
        row_number() OVER (
            PARTITION BY t.sample_id
            ORDER BY
                CASE t.confidence WHEN 'high' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END DESC,
                t.score DESC
        ) AS place
    FROM json_each(?1) AS j
    JOIN tag_runs AS r ON json_extract(r.params, '$.set_run') = CAST(j.key AS INTEGER)
    JOIN tags AS t USING (run_id)
) WHERE place = 1
