# Python's, or pysqlite3 where it is installed: it has the same face, and no types.
import sqlite3 as sqlite3
