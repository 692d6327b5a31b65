SELECT sample_id FROM samples WHERE source_id = :source_id AND path = :path;
