"""Runs AWS CLI commands in one process: starting the CLI takes a second of processor time.

Reads the arguments of one command per line, as JSON, and writes its exit code and output as a line.
"""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver

responses = sys.stdout
driver = create_clidriver()
for line in sys.stdin:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        code = driver.main(json.loads(line))
    print(json.dumps({"code": code, "output": output.getvalue()}), file=responses, flush=True)
