-- In a shard: which runs of the set (?1: their numbers, as JSON) have their part here, and its tags.
SELECT json_extract(r.params, '$.set_run') AS set_run, count(t.rowid)
FROM tag_runs AS r LEFT JOIN tags AS t USING (run_id)
WHERE set_run IN (SELECT j.value FROM json_each(?1) AS j)
GROUP BY set_run
