-- A part of queries: the fields of a match by name; root and path_bytes give its file.
src.root, s.path_bytes, s.sample_id, s.path, s.duration_s, s.status, s.heard_share, s.format
