"""What comes in from outside: the readers of each format, free of the database."""
