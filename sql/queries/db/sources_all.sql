-- All sources, by root.
SELECT source_id, root, kind, exclude, time_zone FROM sources ORDER BY root;
