"""Programs that use a deployed stage as its clients do, and fail on a wrong response."""
