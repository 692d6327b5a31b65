-- What a sample's file was when it was taken in.
SELECT s.content_hash, s.bytes, s.mtime_ns FROM samples AS s WHERE s.sample_id = ?;
