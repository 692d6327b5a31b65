-- {columns} is one descriptor that is a text.
ALTER TABLE samples ADD COLUMN {columns} TEXT
