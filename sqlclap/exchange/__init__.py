"""Exchange: annotations, clips and whole databases from and for other programs."""
