-- Attached tables, in the order in which they were.
SELECT
    a.attachment_id, a.source_id, src.root, a.database, a.table_name, a.key_column, a.path_column,
    a.blob_column, a.start_column, a.end_column, a.urls
FROM attachments AS a
JOIN sources AS src USING (source_id)
ORDER BY a.attachment_id;
