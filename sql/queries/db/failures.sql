SELECT src.root, f.path, f.stage, f.reason, f.at
FROM ingest_failures AS f
JOIN sources AS src USING (source_id)
ORDER BY src.root, f.path;
