-- How many sounds have a value of each descriptor.
SELECT {counts} FROM samples
