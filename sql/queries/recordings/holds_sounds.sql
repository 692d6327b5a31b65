-- Whether a sound lies below a folder.
SELECT EXISTS (
    SELECT 1 FROM samples AS s
    JOIN sources AS src USING (source_id)
    WHERE substr(rtrim(src.root, '/') || '/' || s.path, 1, length(:folder) + 1) = :folder || '/'
);
