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
    from awscli.clidriver import create_clidriver

    arguments = sys.argv[1:]
    if not any(argument.startswith("--endpoint-url") for argument in arguments):
        # For SQS and a few others, version 1 of the CLI prefers an old host name to AWS_ENDPOINT_URL.
        arguments = ["--endpoint-url", endpoint, *arguments]
    return create_clidriver().main(arguments)


if __name__ == "__main__":
    sys.exit(main())
