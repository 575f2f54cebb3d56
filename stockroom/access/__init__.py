"""The access floor: who asks, what may be asked, and what is written down about looking at patients."""
