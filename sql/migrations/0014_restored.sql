-- A library restored from a backup gives the numbers that it gave before to other rows. What must
-- never be taken for one another is told apart by more than its number.

-- Random: two courses of a library's history never have a change with the same mark.
ALTER TABLE embedding_changes ADD COLUMN mark INTEGER;

UPDATE embedding_changes SET mark = random();

DROP TRIGGER IF EXISTS embeddings_added;

CREATE TRIGGER embeddings_added AFTER INSERT ON embeddings
BEGIN
    INSERT INTO embedding_changes (model_id, embedding_id, op, mark)
    VALUES (NEW.model_id, NEW.embedding_id, 'add', random());
END;

DROP TRIGGER IF EXISTS embeddings_removed;

CREATE TRIGGER embeddings_removed AFTER DELETE ON embeddings
BEGIN
    INSERT INTO embedding_changes (model_id, embedding_id, op, mark)
    VALUES (OLD.model_id, OLD.embedding_id, 'remove', random());
END;

-- The highest ids that are gone again: dumps may lose sqlite_sequence, and models and sources have
-- no place there.
CREATE TABLE ids_gone (
    table_name TEXT PRIMARY KEY,
    highest INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO ids_gone (table_name, highest)
SELECT s.name, max(s.seq)
FROM sqlite_sequence AS s
WHERE s.name IN ('samples', 'embeddings', 'labels', 'reviews', 'tag_runs', 'layouts', 'clusterings')
GROUP BY s.name;

CREATE TRIGGER samples_gone AFTER DELETE ON samples
WHEN OLD.sample_id > ifnull((SELECT g.highest FROM ids_gone AS g WHERE g.table_name = 'samples'), 0)
BEGIN
    INSERT OR REPLACE INTO ids_gone VALUES ('samples', OLD.sample_id);
END;

CREATE TRIGGER embeddings_gone AFTER DELETE ON embeddings
WHEN OLD.embedding_id > ifnull((SELECT g.highest FROM ids_gone AS g WHERE g.table_name = 'embeddings'), 0)
BEGIN
    INSERT OR REPLACE INTO ids_gone VALUES ('embeddings', OLD.embedding_id);
END;

CREATE TRIGGER labels_gone AFTER DELETE ON labels
WHEN OLD.label_id > ifnull((SELECT g.highest FROM ids_gone AS g WHERE g.table_name = 'labels'), 0)
BEGIN
    INSERT OR REPLACE INTO ids_gone VALUES ('labels', OLD.label_id);
END;

CREATE TRIGGER reviews_gone AFTER DELETE ON reviews
WHEN OLD.review_id > ifnull((SELECT g.highest FROM ids_gone AS g WHERE g.table_name = 'reviews'), 0)
BEGIN
    INSERT OR REPLACE INTO ids_gone VALUES ('reviews', OLD.review_id);
END;

CREATE TRIGGER tag_runs_gone AFTER DELETE ON tag_runs
WHEN OLD.run_id > ifnull((SELECT g.highest FROM ids_gone AS g WHERE g.table_name = 'tag_runs'), 0)
BEGIN
    INSERT OR REPLACE INTO ids_gone VALUES ('tag_runs', OLD.run_id);
END;

CREATE TRIGGER layouts_gone AFTER DELETE ON layouts
WHEN OLD.layout_id > ifnull((SELECT g.highest FROM ids_gone AS g WHERE g.table_name = 'layouts'), 0)
BEGIN
    INSERT OR REPLACE INTO ids_gone VALUES ('layouts', OLD.layout_id);
END;

CREATE TRIGGER clusterings_gone AFTER DELETE ON clusterings
WHEN OLD.clustering_id > ifnull((SELECT g.highest FROM ids_gone AS g WHERE g.table_name = 'clusterings'), 0)
BEGIN
    INSERT OR REPLACE INTO ids_gone VALUES ('clusterings', OLD.clustering_id);
END;

CREATE TRIGGER models_gone AFTER DELETE ON models
WHEN OLD.model_id > ifnull((SELECT g.highest FROM ids_gone AS g WHERE g.table_name = 'models'), 0)
BEGIN
    INSERT OR REPLACE INTO ids_gone VALUES ('models', OLD.model_id);
END;

CREATE TRIGGER sources_gone AFTER DELETE ON sources
WHEN OLD.source_id > ifnull((SELECT g.highest FROM ids_gone AS g WHERE g.table_name = 'sources'), 0)
BEGIN
    INSERT OR REPLACE INTO ids_gone VALUES ('sources', OLD.source_id);
END;
