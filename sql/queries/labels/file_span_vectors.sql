-- Goes before label_file_sample: what was made of the file's old content is of its new one.
UPDATE span_vectors SET content_hash = :content_hash
WHERE sample_id = :sample_id
    AND content_hash = (SELECT s.content_hash FROM samples AS s WHERE s.sample_id = :sample_id);
