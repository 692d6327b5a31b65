-- What could not be taken in: files, and rows of attached tables.
SELECT src.root, f.path, f.stage, f.reason, f.at
FROM ingest_failures AS f
JOIN sources AS src USING (source_id)
UNION ALL
SELECT a.database, a.table_name || ' ' || r.key, 'scan', r.problem, r.noticed_at
FROM attached_rows AS r
JOIN attachments AS a USING (attachment_id)
WHERE r.problem IS NOT NULL
ORDER BY 1, 2;
