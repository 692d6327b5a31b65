-- The file is gone, unless another program has found it elsewhere meanwhile.
DELETE FROM samples
WHERE sample_id = :sample_id AND source_id = :source_id AND path = :path;
