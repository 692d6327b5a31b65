-- Sounds of attached tables' folders that no row names.
DELETE FROM samples
WHERE source_id IN (SELECT source_id FROM attachments UNION SELECT pieces_id FROM attachments)
    AND NOT EXISTS (
        SELECT 1 FROM attached_rows AS r
        WHERE r.source_id = samples.source_id AND r.path = samples.path
    );
