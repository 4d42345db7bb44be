"""What a run of the engine made of the stories, and the figures of that."""
