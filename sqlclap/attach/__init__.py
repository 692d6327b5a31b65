"""Attaches tables of other databases: their rows name sounds, and a library of its own holds these.

The other database is only ever read. docs/attach.md says why, and what it gives.
"""
