-- Whether a sample has the name that a plan knows it by.
SELECT 1 FROM samples WHERE sample_id = :sample_id AND source_id = :source_id AND path = :path;
