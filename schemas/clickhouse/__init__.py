"""The store: numbered migrations, the tables they make and how to connect to them."""
