"""Turns records of the table's stream into change events and delivers them to the lake."""
