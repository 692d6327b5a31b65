-- Files below the folder of pieces that rows of an attachment have.
SELECT r.path
FROM attached_rows AS r
JOIN attachments AS a USING (attachment_id)
WHERE r.attachment_id = ?1 AND r.source_id = a.pieces_id;
