DELETE FROM attached_rows
WHERE attachment_id = ?1
    AND NOT EXISTS (SELECT 1 FROM temp.attached_new AS n WHERE n.key = attached_rows.key);
