"""Control topics as commands and the page use them; never what a setting means."""
