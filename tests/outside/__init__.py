"""What leaves the house: drawings, papers, files."""
