-- A database of llm: https://llm.datasette.io/en/stable/embeddings/storage.html
SELECT count(*) = 2 FROM sqlite_schema WHERE type = 'table' AND name IN ('collections', 'embeddings');
