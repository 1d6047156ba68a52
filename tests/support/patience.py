"""How long tests wait for what has to happen, in seconds: bounds that only something broken reaches."""

# What comes at once on an idle machine: an response, a page, a query.
SHORTLY = 180
# What takes up to a minute there: a command, a pass, a start.
LONG = 1_800
