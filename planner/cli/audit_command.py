"""``capplan audit``: every rule, the cost and the bound of a run again, without the solver."""

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
    """Check every rule, the cost and the bound of RUN again from its tables alone. Exit code 10 when anything is off.

    A folder with the proof that a case has no plan is checked the same way.

    Example: capplan audit runs/starter
    """
    from planner import api
    from planner.plan.certificate.render import certified_json, proof_json, render_certified, render_proof
    from planner.plan.render import render_audit

    if api.holds_proof(run):
        proof = api.audit_proof(run)
        faults = [{"rule": found.rule, "key": str(found.key), "text": found.text} for found in proof.findings]
        click.echo(envelope("audit", proof_json(proof), errors=faults) if as_json else render_proof(proof))
        sys.exit(10 if proof.findings else 0)
    audit = api.audit_run(run)
    if as_json:
        faults = [
            {"rule": finding.rule, "key": str(finding.key), "text": finding.text}
            for finding in audit.findings
        ]
        data = {"rules_checked": list(audit.rules_checked), "cost": audit.cost} | certified_json(audit)
        click.echo(envelope("audit", data, errors=faults))
    else:
        click.echo(render_audit(audit))
        click.echo(render_certified(audit))
    if not audit.clean:
        sys.exit(10)
