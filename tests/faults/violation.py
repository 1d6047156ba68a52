"""What a run finds."""


class ViolationError(AssertionError):
    """An invariant does not hold; `invariant` is its number in docs/quality/faults.md."""

    def __init__(self, invariant: int, text: str) -> None:
        super().__init__(f"invariant {invariant}: {text}")
        self.invariant = invariant
        self.text = text

    def __reduce__(self) -> tuple[type["ViolationError"], tuple[int, str]]:
        return type(self), (self.invariant, self.text)


def holds(invariant: int, condition: object, text: str) -> None:
    """Raises ViolationError unless the condition does."""
    if not condition:
        raise ViolationError(invariant, text)
