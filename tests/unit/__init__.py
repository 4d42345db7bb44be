"""Pure logic, without servers."""
