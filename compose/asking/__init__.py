"""Commands that ask the store: in SQL, as files, through agents."""
