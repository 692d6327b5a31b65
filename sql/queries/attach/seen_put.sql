UPDATE attachments SET seen = ?2 WHERE attachment_id = ?1;
