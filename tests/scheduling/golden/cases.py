"""One case: an act, who does it, who has an account, what was there before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.scheduling.golden.stage import Stage


@dataclass(frozen=True)
class Case:
    """``act`` names the file, the rest the section in it."""

    act: str
    actor: str
    accounts: str
    before: Callable[[Stage], None]
    do: Callable[[Stage], object]
    how: str = ""

    @property
    def title(self) -> str:
        how = f", {self.how}" if self.how else ""
        return f"{self.actor}{how} [{self.accounts}]"
