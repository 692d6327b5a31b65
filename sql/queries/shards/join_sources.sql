-- Sources of the other library that this one has not.
INSERT OR IGNORE INTO sources (root, kind, exclude, time_zone)
SELECT root, kind, exclude, time_zone FROM other.sources
