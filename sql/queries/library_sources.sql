SELECT src.root, count(s.sample_id) AS samples
FROM sources AS src
LEFT JOIN samples AS s USING (source_id)
GROUP BY src.source_id
ORDER BY src.root;
