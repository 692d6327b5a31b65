"""What a release takes."""
