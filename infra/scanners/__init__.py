"""Runs public scanners over templates and code, and lists the accepted findings with their reasons."""
