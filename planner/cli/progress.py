"""A line on the terminal while the solver works; nothing when stderr is not a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.status import Status

    from planner.optimization.solve import Progress


class ProgressLine:
    """Shows the stage, then incumbent, bound and gap as the solver reports them."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled
        self.status: Status | None = None

    def __enter__(self) -> Self:
        if self.enabled:
            from rich.console import Console

            self.status = Console(stderr=True).status("Reading the case")
            self.status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status is not None:
            self.status.stop()

    def stage(self, text: str) -> None:
        """Say what is being done now."""
        if self.status is not None:
            self.status.update(text)

    def show(self, progress: Progress) -> None:
        """Say how far the solver is: money in million, gap in per cent."""
        million = 1e3  # the program counts in thousands
        best = (
            "no plan yet" if progress.cost == float("inf") else f"best {progress.cost / million:,.2f} million"
        )
        self.stage(f"{best}, bound {progress.bound / million:,.2f} million, gap {100 * progress.gap:.2f} %")
