-- In a folder: below a source, the source itself, or an absolute one.
substr(path, 1, length(:sqlclap_folder) + 1) = :sqlclap_folder || '/'
OR root = :sqlclap_folder
OR substr(root, 1, length(:sqlclap_folder) + 1) = :sqlclap_folder || '/'
OR substr(root || '/' || path, 1, length(:sqlclap_folder) + 1) = :sqlclap_folder || '/'
