"""Tests of metadata: what files and their names say of sounds."""
