"""Programs that use a deployed stage as its clients do, and fail loudly on a wrong answer."""
