"""Labels: what stands on one, where it stands, and how it becomes a picture, a paper or a printer's bytes."""
