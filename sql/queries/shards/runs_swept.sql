-- In a shard: its parts of runs of the set that are not in force any more (?1: those that are, as JSON).
DELETE FROM tag_runs
WHERE json_extract(params, '$.set_run') NOT IN (SELECT value FROM json_each(?1))
