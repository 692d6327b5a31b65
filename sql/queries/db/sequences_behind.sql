-- Tables that would give an id a second time: name, the highest id known to have been given, and
-- the highest that the next one would be sure to pass. Rows that are there hold their own ids.
-- A copy table by table leaves two rows of a name in sqlite_sequence: SQLite reads the first alone.
-- One max() a subquery: SQLite finds it at the index's end.
WITH known (name, highest) AS (
    SELECT g.table_name, g.highest FROM ids_gone AS g
    UNION ALL SELECT s.name, s.seq FROM sqlite_sequence AS s
    UNION ALL SELECT 'embedding_changes', (SELECT max(m.seq) FROM index_meta AS m)
    UNION ALL SELECT 'samples', (SELECT max(e.sample_id) FROM embeddings AS e)
    UNION ALL SELECT 'samples', (SELECT max(a.sample_id) FROM anchors AS a)
    UNION ALL SELECT 'samples', (SELECT max(v.sample_id) FROM votes AS v)
    UNION ALL SELECT 'samples', (SELECT max(t.sample_id) FROM tags AS t)
    UNION ALL SELECT 'samples', (SELECT max(u.sample_id) FROM layout_umap AS u)
    UNION ALL SELECT 'samples', (SELECT max(c.sample_id) FROM clusters AS c)
    UNION ALL SELECT 'embeddings', (SELECT max(b.last_embedding_id) FROM query_background AS b)
    UNION ALL SELECT 'labels', (SELECT max(a.label_id) FROM anchors AS a)
    UNION ALL SELECT 'labels', (SELECT max(v.label_id) FROM votes AS v)
    UNION ALL SELECT 'labels', (SELECT max(t.label_id) FROM tags AS t)
    UNION ALL SELECT 'labels', (SELECT max(r.label_id) FROM reviews AS r)
    UNION ALL SELECT 'labels', (SELECT max(r.label_id) FROM tag_runs AS r)
    UNION ALL SELECT 'labels', (SELECT max(c.label_id) FROM calibrations AS c)
    UNION ALL SELECT 'tag_runs', (SELECT max(t.run_id) FROM tags AS t)
    UNION ALL SELECT 'layouts', (SELECT max(u.layout_id) FROM layout_umap AS u)
    UNION ALL SELECT 'layouts', (SELECT max(l.aligned_to) FROM layouts AS l)
    UNION ALL SELECT 'clusterings', (SELECT max(c.clustering_id) FROM clusters AS c)
    UNION ALL SELECT 'deployments', (SELECT max(t.deployment_id) FROM recording_times AS t)
    UNION ALL SELECT 'clusterings', (SELECT max(n.clustering_id) FROM cluster_names AS n)
),
passed (name, highest) AS (
    SELECT s.name, s.seq FROM sqlite_sequence AS s
    WHERE s.rowid = (SELECT min(o.rowid) FROM sqlite_sequence AS o WHERE o.name = s.name)
    UNION ALL SELECT 'embedding_changes', (SELECT max(c.seq) FROM embedding_changes AS c)
    UNION ALL SELECT 'samples', (SELECT max(s.sample_id) FROM samples AS s)
    UNION ALL SELECT 'embeddings', (SELECT max(e.embedding_id) FROM embeddings AS e)
    UNION ALL SELECT 'labels', (SELECT max(l.label_id) FROM labels AS l)
    UNION ALL SELECT 'tag_runs', (SELECT max(r.run_id) FROM tag_runs AS r)
    UNION ALL SELECT 'reviews', (SELECT max(r.review_id) FROM reviews AS r)
    UNION ALL SELECT 'layouts', (SELECT max(l.layout_id) FROM layouts AS l)
    UNION ALL SELECT 'clusterings', (SELECT max(c.clustering_id) FROM clusterings AS c)
    UNION ALL SELECT 'deployments', (SELECT max(d.deployment_id) FROM deployments AS d)
)
SELECT k.name, max(k.highest), ifnull(max(p.highest), 0)
FROM known AS k
LEFT JOIN passed AS p ON p.name = k.name AND typeof(p.highest) = 'integer'
WHERE typeof(k.highest) = 'integer' AND k.highest < 1 << 52 AND k.name NOT IN ('models', 'sources')
GROUP BY k.name
HAVING max(k.highest) > ifnull(max(p.highest), 0)
ORDER BY k.name;
