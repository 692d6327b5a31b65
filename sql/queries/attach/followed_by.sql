-- The attached table whose rows say which files of a source are taken in, where none names this one.
SELECT a.table_name
FROM attachments AS a
WHERE :source_id IN (a.source_id, a.pieces_id)
    AND NOT EXISTS (
        SELECT 1 FROM attached_rows AS r WHERE r.source_id = :source_id AND r.path = :path
    );
