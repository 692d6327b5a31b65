SELECT sample_id FROM samples WHERE path GLOB ? ORDER BY path, sample_id;
