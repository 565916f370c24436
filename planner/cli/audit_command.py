"""``capplan audit``: every rule and the cost of a run again, without the solver."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option


@click.command("audit")
@click.argument("run", type=click.Path(path_type=Path))
@json_option
@ends_well("audit")
def command(run: Path, as_json: bool) -> None:
    """Check every rule and the cost of RUN again from its tables alone. Exit code 10 when anything is off.

    Example: capplan audit runs/starter
    """
    from planner import api
    from planner.plan.render import render_audit

    audit = api.audit_run(run)
    if as_json:
        faults = [
            {"rule": finding.rule, "key": str(finding.key), "text": finding.text}
            for finding in audit.findings
        ]
        data = {"rules_checked": list(audit.rules_checked), "cost": audit.cost}
        click.echo(envelope("audit", data, errors=faults))
    else:
        click.echo(render_audit(audit))
    if not audit.clean:
        sys.exit(10)
