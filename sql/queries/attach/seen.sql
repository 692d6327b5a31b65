-- Attached tables that were looked at, each with what its database's files were like.
SELECT database, table_name, seen FROM attachments WHERE seen IS NOT NULL ORDER BY attachment_id;
