"""What stands between Faust and the shells."""
