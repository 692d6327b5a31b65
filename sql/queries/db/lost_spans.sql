-- Spans that anchors, votes and tags speak of, and that their sounds no longer hold.
SELECT label, kind, path, start_s, end_s
FROM label_moments
WHERE state = 'past the end'
ORDER BY path, start_s, label, kind;
