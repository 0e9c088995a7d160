"""The real `aws` command, guarded, and waiting on the lab's clock. `awslab.start()` puts it on PATH."""

import os
import sys


def main() -> int:
    """Run the AWS CLI with this process's arguments; return its exit code."""
    endpoint = os.environ.get("AWSLAB_ENDPOINT")
    if not endpoint:
        print(
            "aws: no lab is running in this kernel. Run `cloud = awslab.start()` first.",
            file=sys.stderr,
        )
        return 1
    from awslab import guard, waiting

    guard.install(endpoint)
    waiting.install(endpoint)
    from awscli.clidriver import main as aws

    return aws()


if __name__ == "__main__":
    sys.exit(main())
