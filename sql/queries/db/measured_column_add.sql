-- {columns} is one descriptor.
ALTER TABLE samples ADD COLUMN {columns} REAL
