INSERT OR IGNORE INTO temp.found_files VALUES (?, ?, ?, ?);
