"""How every command ends: data or errors, as text or as JSON, with the exit code of DESIGN."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click

from planner.errors import InputError, PlannerError, Problem, StoppedError

F = TypeVar("F", bound=Callable[..., Any])
SHOWN_PER_FILE = 50
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


def envelope(
    command: str,
    data: Mapping[str, Any] | None,
    *,
    warnings: Iterable[str] = (),
    errors: Iterable[Mapping[str, Any]] = (),
) -> str:
    """The JSON every command prints: schema, command, ok, data, warnings, errors."""
    faults = list(errors)
    body = {
        "schema": 1,
        "command": command,
        "ok": not faults,
        "data": data,
        "warnings": list(warnings),
        "errors": faults,
    }
    return json.dumps(body, ensure_ascii=False, indent=2, allow_nan=False)


def problem_fields(problem: Problem) -> dict[str, str]:
    """A problem as JSON fields."""
    names = ("file", "where", "field", "found", "expected", "mend")
    return {name: getattr(problem, name) for name in names} | {"text": str(problem)}


def say(text: str) -> None:
    """Talk to the person, on stderr."""
    click.echo(text, err=True)


def say_problems(problems: Iterable[Problem], kind: str) -> None:
    """Print problems on stderr, at most fifty per file."""
    shown: dict[str, int] = {}
    for problem in problems:
        shown[problem.file] = shown.get(problem.file, 0) + 1
        if shown[problem.file] <= SHOWN_PER_FILE:
            say(f"{kind}: {problem}")
    for file, count in shown.items():
        if count > SHOWN_PER_FILE:
            say(f"{file}: {count - SHOWN_PER_FILE} more like these.")


def ends_well(command: str) -> Callable[[F], F]:
    """Turn expected failures into messages and exit codes; bugs keep their trace."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except PlannerError as error:
                _fail(command, error, bool(kwargs.get("as_json")))
            except KeyboardInterrupt:
                _fail(command, StoppedError("Stopped. Nothing was written."), bool(kwargs.get("as_json")))
            except BrokenPipeError:
                sys.stderr.close()  # the reader of our output has gone; there is nobody to tell
                sys.exit(0)

        return run  # type: ignore[return-value]

    return decorate


def _fail(command: str, error: PlannerError, as_json: bool) -> None:
    problems = error.problems if isinstance(error, InputError) else ()
    if as_json:
        faults = [problem_fields(problem) for problem in problems] or [{"text": str(error)}]
        click.echo(envelope(command, None, errors=faults))
    elif problems:
        say_problems(problems, "error")
        say(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}. Nothing was written.")
    else:
        say(f"error: {error}")
    sys.exit(error.exit_code)
