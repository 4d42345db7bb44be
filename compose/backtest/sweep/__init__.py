"""Many runs over the same tapes, each with other settings."""
