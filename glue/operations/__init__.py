"""Operations beside the job: wait for bronze, backfill from an export, redrive the quarantine."""
