INSERT INTO attachments (
    database, table_name, key_column, path_column, blob_column, start_column, end_column, urls,
    source_id
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
RETURNING attachment_id;
