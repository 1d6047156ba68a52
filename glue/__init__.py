"""From bronze's lines to silver's rows: the job, the lake's bookkeeping, and what an operator runs."""
