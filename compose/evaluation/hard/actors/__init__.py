"""Every kind of behaviour as an actor; the ranges cross the limits of the class table."""
