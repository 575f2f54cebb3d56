"""The outside floor: files, mail, drawings; everything that is not the database."""
