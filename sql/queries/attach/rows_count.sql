SELECT count(*) FROM attached_rows WHERE attachment_id = ?1;
