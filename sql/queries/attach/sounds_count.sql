-- Sounds that rows of an attachment name.
SELECT count(*)
FROM samples AS s
WHERE EXISTS (
    SELECT 1 FROM attached_rows AS r
    WHERE r.source_id = s.source_id AND r.path = s.path AND r.attachment_id = ?1
);
