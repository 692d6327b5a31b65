-- In a shard: how many sounds some of the set's runs tag (?1: their labels by their numbers, as JSON), by
-- label; without pairs of labels and sounds (?2, a JSON array) that are counted elsewhere.
SELECT label, count(*) FROM (
    SELECT DISTINCT j.value AS label, t.sample_id
    FROM json_each(?1) AS j
    JOIN tag_runs AS r ON json_extract(r.params, '$.set_run') = CAST(j.key AS INTEGER)
    JOIN tags AS t USING (run_id)
)
WHERE (label, sample_id) NOT IN (SELECT p.value ->> 0, p.value ->> 1 FROM json_each(?2) AS p)
GROUP BY label
