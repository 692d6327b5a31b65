-- In a folder: below a source, the source itself, or an absolute one; also of a source that lies
-- within another, by its path below that one.
substr(path, 1, length(:sqlclap_folder) + 1) = :sqlclap_folder || '/'
OR substr(rtrim(root, '/') || '/' || path, 1, length(:sqlclap_folder) + 1) = :sqlclap_folder || '/'
OR EXISTS (
    SELECT 1
    FROM sources AS around
    WHERE around.source_id <> sources.source_id
        AND substr(
            rtrim(sources.root, '/') || '/' || path,
            1, length(rtrim(around.root, '/') || '/' || :sqlclap_folder || '/')
        ) = rtrim(around.root, '/') || '/' || :sqlclap_folder || '/'
)
