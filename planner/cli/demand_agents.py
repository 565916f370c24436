"""``capplan demand agents``: what sessions of agents make of a question."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option, say
from planner.cli.replacing import need_new, replace_option


@click.command("agents")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--logged", is_flag=True, help="FILE holds logged calls: agent, session, step, input_tokens...")
@click.option(
    "--profile", nargs=2, metavar="AGENT NAME", help="Write the lengths of an agent's calls as this profile."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File of that profile; or of the agents of a log."
)
@replace_option
@json_option
@ends_well("demand agents")
def command(
    file: Path | None,
    logged: bool,
    profile: tuple[str, str] | None,
    output: Path | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Show what a session makes of its first question, in logical, computed and held tokens, for the agents in FILE;
    without FILE, for known examples. Columns of FILE: docs/agents.md.

    Example: capplan demand agents
    """
    from planner.cli.text_table import text_table
    from planner.demand.agents import EXAMPLES, filled, multipliers
    from planner.demand.agents.lengths import agent_profile
    from planner.demand.agents.measured import AGENT_STEPS, agents_of, closed_form_errors, measured_sessions
    from planner.demand.agents.shapes import AGENTS, check_agents
    from planner.inputs.output import write_table
    from planner.inputs.plain_table import read_plain_table
    from planner.plan.render import records

    if profile and output is None:
        raise click.UsageError("Say where to write the profile: -o length_profiles.csv.")
    if output is not None:
        need_new([output], replace)
    errors = None
    if file is None:
        agents = EXAMPLES
    elif logged:
        sessions = measured_sessions(read_plain_table(AGENT_STEPS, file))
        errors, agents = closed_form_errors(sessions), agents_of(sessions)
    else:
        agents = read_plain_table(AGENTS, file)
        check_agents(agents, str(file))
    shapes = filled(agents)
    table = multipliers(shapes)
    if profile and profile[0] not in set(shapes["agent"]):
        raise click.UsageError(f"No agent '{profile[0]}'; there are: {', '.join(shapes['agent'])}.")
    if profile and output:
        write_table(output, agent_profile(shapes, *profile))
    elif output:
        write_table(output, shapes)
    if as_json:
        data = {"agents": records(table), "closed_form": [] if errors is None else records(errors)}
        click.echo(envelope("demand agents", data))
        return
    if errors is not None:
        say("Closed form against the log (error: measured over closed form, less 1):")
        click.echo(text_table(errors) + "\n")
    click.echo(text_table(table))
    say("\n" + "\n".join(_sentences(table)))
    if output:
        say(f"Written to {output}.")


def _sentences(table: object) -> list[str]:
    """The table in words, an agent a line."""
    lines = []
    for row in table.itertuples(index=False):  # type: ignore[attr-defined]
        lines.append(
            f"{row.agent}: a question of {row.question_tokens:,.0f} tokens becomes a session of "
            f"{row.logical_tokens:,.0f} to bill, {row.compute_tokens:,.0f} to compute, and "
            f"{row.resident_kv_tokens:,.0f} to hold while it is open."
        )
    return lines
