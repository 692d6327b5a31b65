-- The attached table whose rows say which files of a source are taken in, in a folder or anywhere (.).
SELECT a.table_name
FROM attachments AS a
WHERE :source_id IN (a.source_id, a.pieces_id)
    AND (
        :path = '.' OR EXISTS (
            SELECT 1 FROM attached_rows AS r
            WHERE r.source_id = :source_id AND r.path >= :path || '/' AND r.path < :path || '0'
        )
    );
