"""What is told to whom: receivers of notifications, and the alert rules of people."""
