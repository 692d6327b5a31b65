-- What the triggers do, done at once for all that happened while they were missing.
DELETE FROM embeddings WHERE sample_id NOT IN (SELECT sample_id FROM samples);

DELETE FROM tags
WHERE sample_id NOT IN (SELECT sample_id FROM samples)
    OR label_id NOT IN (SELECT label_id FROM labels)
    OR run_id NOT IN (SELECT run_id FROM tag_runs);
DELETE FROM tag_runs WHERE label_id NOT IN (SELECT label_id FROM labels);
DELETE FROM votes WHERE label_id NOT IN (SELECT label_id FROM labels);
DELETE FROM reviews WHERE label_id NOT IN (SELECT label_id FROM labels);
DELETE FROM calibrations WHERE label_id NOT IN (SELECT label_id FROM labels);
DELETE FROM anchors WHERE label_id NOT IN (SELECT label_id FROM labels);

DELETE FROM layout_umap
WHERE sample_id NOT IN (SELECT sample_id FROM samples)
    OR layout_id NOT IN (SELECT layout_id FROM layouts);
DELETE FROM clusters
WHERE sample_id NOT IN (SELECT sample_id FROM samples)
    OR clustering_id NOT IN (SELECT clustering_id FROM clusterings);
DELETE FROM cluster_names
WHERE clustering_id NOT IN (SELECT clustering_id FROM clusterings);

UPDATE anchors
SET content_hash = (SELECT s.content_hash FROM samples AS s WHERE s.sample_id = anchors.sample_id)
WHERE content_hash IS NULL;
UPDATE votes
SET content_hash = (SELECT s.content_hash FROM samples AS s WHERE s.sample_id = votes.sample_id)
WHERE content_hash IS NULL;

UPDATE OR IGNORE anchors
SET sample_id = (
    SELECT min(s.sample_id) FROM samples AS s WHERE s.content_hash = anchors.content_hash
)
WHERE content_hash <> ''
    AND sample_id NOT IN (SELECT sample_id FROM samples)
    AND content_hash IN (SELECT s.content_hash FROM samples AS s);
UPDATE votes
SET sample_id = (
    SELECT min(s.sample_id) FROM samples AS s WHERE s.content_hash = votes.content_hash
)
WHERE content_hash <> ''
    AND sample_id NOT IN (SELECT sample_id FROM samples)
    AND content_hash IN (SELECT s.content_hash FROM samples AS s);

DELETE FROM span_vectors
WHERE sample_id NOT IN (SELECT sample_id FROM samples)
    OR model_id NOT IN (SELECT model_id FROM models);
