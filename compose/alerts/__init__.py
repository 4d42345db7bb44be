"""`wallwatch alerts`: rules of people, on the command line."""
