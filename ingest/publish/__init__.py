"""Records on their way to Kafka, in order and acknowledged; never their meaning."""
