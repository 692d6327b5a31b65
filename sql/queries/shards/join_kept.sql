-- What a library keeps that is of it alone, by kind: it can't be joined with another. Labels that only
-- runs of the set have brought are not.
SELECT 'labels', count(*) FROM other.labels AS l
WHERE NOT EXISTS (
        SELECT 1 FROM other.tag_runs AS r
        WHERE r.label_id = l.label_id AND json_extract(r.params, '$.set_run') > 0
    )
    OR EXISTS (
        SELECT 1 FROM other.tag_runs AS r
        WHERE r.label_id = l.label_id AND json_extract(r.params, '$.set_run') IS NULL
    )
    OR EXISTS (SELECT 1 FROM other.anchors AS a WHERE a.label_id = l.label_id)
    OR EXISTS (SELECT 1 FROM other.votes AS v WHERE v.label_id = l.label_id)
UNION ALL SELECT 'collections', count(*) FROM other.sample_collections
UNION ALL SELECT 'deployments', count(*) FROM other.deployments AS d
WHERE EXISTS (
    SELECT 1 FROM main.deployments AS o
    WHERE o.folder = d.folder AND o.name <> d.name COLLATE NOCASE
)
UNION ALL SELECT 'attached tables', count(*) FROM other.attachments
