-- Parts of the set's runs that one of two libraries lacks go: they are written anew for both. In the
-- joined one a run that has no part is known to lack it.
DELETE FROM main.tag_runs
WHERE json_extract(params, '$.set_run') NOT IN (
    SELECT json_extract(there.params, '$.set_run') FROM other.tag_runs AS there
    WHERE json_extract(there.params, '$.set_run') > 0
)
