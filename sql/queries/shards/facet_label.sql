-- In a shard: sounds by the labels that they have of the catalog (:sqlclap_labelled, pairs of sounds and
-- labels) or of the set's runs in force (:sqlclap_runs, labels by the runs' numbers); NULL: of none.
WITH labelled AS (
    SELECT j.value ->> 0 AS sample_id, j.value ->> 1 AS value
    FROM json_each(:sqlclap_labelled) AS j
    UNION
    SELECT t.sample_id, j.value
    FROM json_each(:sqlclap_runs) AS j
    JOIN tag_runs AS r ON json_extract(r.params, '$.set_run') = CAST(j.key AS INTEGER)
    JOIN tags AS t USING (run_id)
)
SELECT s.sample_id, d.value
FROM samples AS s
LEFT JOIN labelled AS d USING (sample_id);
