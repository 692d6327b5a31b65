-- Never the id of a source that is gone, or has left samples behind: they would be of this one.
INSERT INTO sources (source_id, root, kind)
SELECT
    1 + max(
        ifnull((SELECT max(s.source_id) FROM sources AS s), 0),
        ifnull((SELECT max(s.source_id) FROM samples AS s), 0),
        ifnull((SELECT max(f.source_id) FROM ingest_failures AS f), 0),
        ifnull((SELECT max(g.highest) FROM ids_gone AS g WHERE g.table_name = 'sources'), 0)
    ),
    ?, ?
RETURNING source_id;
