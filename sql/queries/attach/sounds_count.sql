-- Sounds that go with some attachments: their rows name them, and no others' do.
SELECT count(*)
FROM samples AS s
WHERE EXISTS (
    SELECT 1 FROM attached_rows AS r
    WHERE r.source_id = s.source_id AND r.path = s.path
        AND r.attachment_id IN (SELECT value FROM json_each(?1))
)
AND NOT EXISTS (
    SELECT 1 FROM attached_rows AS r
    WHERE r.source_id = s.source_id AND r.path = s.path
        AND r.attachment_id NOT IN (SELECT value FROM json_each(?1))
);
