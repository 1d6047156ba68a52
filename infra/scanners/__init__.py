"""What public scanners find in templates and code, and what of it is accepted, with the reason."""
