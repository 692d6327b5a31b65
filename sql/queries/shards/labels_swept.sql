-- In a shard: labels that runs of the set brought, and that nothing speaks of any more.
DELETE FROM labels
WHERE label_id IN (SELECT value FROM json_each(?1))
    AND notes IS NULL AND color IS NULL AND threshold IS NULL AND gap IS NULL
    AND NOT EXISTS (SELECT 1 FROM tag_runs AS r WHERE r.label_id = labels.label_id)
    AND NOT EXISTS (SELECT 1 FROM anchors AS a WHERE a.label_id = labels.label_id)
    AND NOT EXISTS (SELECT 1 FROM votes AS v WHERE v.label_id = labels.label_id)
