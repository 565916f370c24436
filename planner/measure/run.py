"""Opens a device, runs the tests within the limits given, and says which card it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.errors import InputError, Problem
from planner.inputs.cards import Card
from planner.inputs.names import find_card
from planner.measure.device import Device
from planner.measure.points import Point, points_csv
from planner.measure.profile import figures_of, not_waited_for, profile_yaml, warnings_of
from planner.measure.suite import Session, run_all
from planner.measure.timing import Budget
from planner.units import GIB_BYTES

MINUTES = 5.0
QUICK_MINUTES = 1.0
FREE_SHARE = 0.25  # assumed: a quarter of what is free, so that a card in use is not filled
MOST_GIB = 8.0  # assumed: larger data make no test more telling
LEAST_GIB = 0.05


@dataclass(frozen=True)
class Target:
    """The card that is measured: its id, its record when the catalogue has it, and the head of a new record."""

    accelerator: str
    card: Card | None
    head: dict[str, str]


@dataclass(frozen=True)
class Measured:
    """Result of a session: the profile and the points as text, and what to tell."""

    accelerator: str
    device: str
    profile: str
    table: str
    points: tuple[Point, ...]
    passed_over: tuple[str, ...]
    warnings: tuple[str, ...]


def open_device(kind: str) -> Device:
    """The device of a kind: ``auto``, ``numpy``, or one of PyTorch's.

    Raises
    ------
    UnreachableError : PyTorch or the device is not there
    """
    if kind == "numpy":
        from planner.measure.numpy_device import NumpyDevice

        return NumpyDevice()
    from planner.measure.torch_device import open_torch

    return open_torch(kind)


def target_of(device: Device, cards: Sequence[Card], accelerator: str, vendor: str, origin: str) -> Target:
    """Which card of the catalogue the device is, or the head of a new one.

    Raises
    ------
    InputError : no id was given and the device's name means no card; or a new card lacks vendor or origin
    """
    found = find_card(accelerator or device.facts.name, cards)
    if found.record is not None:
        return Target(found.record.accelerator, found.record, {})
    if not accelerator:
        near = f" Nearest: {', '.join(found.nearest)}." if found.nearest else ""
        mend = f"Name it: --accelerator ID, with --vendor and --origin when the catalogue lacks it.{near}"
        raise InputError(
            [Problem("device", "", "name", f"'{device.facts.name}'", "a card of the catalogue", mend)]
        )
    missing = [name for name, text in (("--vendor", vendor), ("--origin", origin)) if not text]
    if missing:
        found_text = f"'{accelerator}' is not in the catalogue and has no {' and no '.join(missing)}"
        near = f"Nearest: {', '.join(found.nearest)}." if found.nearest else ""
        raise InputError(
            [Problem("command line", "", "--accelerator", found_text, "both, for a new card", near)]
        )
    return Target(accelerator, None, {"name": device.facts.name, "vendor": vendor, "origin": origin})


def measure(
    device: Device,
    target: Target,
    day: str,
    *,
    quick: bool = False,
    minutes: float | None = None,
    memory_gib: float | None = None,
) -> Measured:
    """Run every test on the device.

    Parameters
    ----------
    day : date of the run, for the profile
    quick : fewer shapes; a minute unless ``minutes`` says otherwise
    minutes : time for all tests; the last shape of a test may run over
    memory_gib : most that the data of one test may take; a quarter of what is free when not given
    """
    free = device.facts.free_gib or MOST_GIB
    most = memory_gib if memory_gib is not None else max(LEAST_GIB, min(FREE_SHARE * free, MOST_GIB))
    session = Session(device, most * GIB_BYTES, quick)
    run_all(session, Budget(60.0 * (minutes or (QUICK_MINUTES if quick else MINUTES))))
    if device.facts.cards > 1:
        _add_all_reduce(session)
    facts = device.facts
    figures = figures_of(session.points, target.card, facts)
    warnings = [
        *not_waited_for(session.points),
        *(warnings_of(session.points, target.card) if target.card else []),
    ]
    return Measured(
        target.accelerator,
        f"{facts.name}, {facts.driver}, {facts.library}",
        profile_yaml(target.accelerator, figures, facts, day, target.head),
        points_csv(session.points, target.accelerator, day, facts),
        tuple(session.points),
        tuple(session.passed_over),
        tuple(warnings),
    )


def _add_all_reduce(session: Session) -> None:
    """All-reduce over all cards of the machine, where its back end starts."""
    from planner.measure.all_reduce import BACK_ENDS, all_reduce_points

    facts = session.device.facts
    if facts.kind not in BACK_ENDS:
        session.passed_over.append(f"all-reduce: no collective library is known for '{facts.kind}'")
        return
    try:
        session.points += all_reduce_points(facts, facts.cards, session.quick)
    except (RuntimeError, ImportError, OSError) as error:
        session.passed_over.append(f"all-reduce: {str(error).strip().splitlines()[-1][:160]}")
