"""The silver job: from bronze's lines to one typed row per change event."""
