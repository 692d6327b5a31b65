"""The map and its clusters: sounds on a plane, near where they sound alike."""
