"""python run.py PROJECT TARGET COMMANDS: dbt's commands one after another, in one process.

COMMANDS is a JSON list of argument lists. Prints a JSON list: for each command, its nodes' statuses.
"""

import json
import sys

from dbt.cli.main import dbtRunner

project, target, commands = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
places = ["--project-dir", project, "--profiles-dir", project, "--target-path", target, "--log-path", target]
outcomes = []
for command in commands:
    outcome = dbtRunner().invoke([*command, "--quiet", *places])
    results = getattr(outcome.result, "results", None) or []
    outcomes.append({r.node.name: {"status": str(r.status), "message": r.message or ""} for r in results})
print("\n" + json.dumps(outcomes))
