-- Goes before label_file_sample: what spoke of the file's old content speaks of its new one.
UPDATE anchors SET content_hash = :content_hash
WHERE sample_id = :sample_id
    AND content_hash = (SELECT s.content_hash FROM samples AS s WHERE s.sample_id = :sample_id);
