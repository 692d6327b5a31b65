"""What other packages can add to sqlclap; docs/extending.md explains it."""
