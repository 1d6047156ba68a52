"""How long tests wait: bounds that only something broken reaches, however busy the machine is."""

# What comes at once on an idle machine: an answer, a page, a query.
SHORTLY = 180
# What takes up to a minute there: a command, a pass, a start.
LONG = 1_800
