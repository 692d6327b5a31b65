SELECT
    src.root, src.kind, src.exclude, count(s.sample_id) AS samples,
    count(s.sample_id) FILTER (WHERE s.status = 'missing' AND src.root NOT LIKE 'vectors:%')
        AS missing
FROM sources AS src
LEFT JOIN samples AS s USING (source_id)
GROUP BY src.source_id
ORDER BY src.root;
