"""Rules that hold for every input, shown with generated inputs."""
