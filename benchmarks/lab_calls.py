"""What the lab costs: the same boto3 calls through it and through plain moto_server, side by side.

    .venv/bin/python benchmarks/lab_calls.py [rounds]

Both servers run at once and the rounds alternate, so that both meet the same machine.
It prints a table in Markdown and ends by itself; exit code 1 when a limit is not met.
"""

import hashlib
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

CALLS_LIMIT = 1.3  # times plain moto_server
START_LIMIT = 2.0  # seconds from awslab.start() to the first answered call
STARTS = 5
WARM_UP = 3
START = """
import time
begun = time.perf_counter()
import awslab
awslab.start()
import boto3
boto3.client("ecr").describe_repositories()
print(time.perf_counter() - begun)
"""
# The lab knows the access keys that exist; plain moto takes any.
CREDENTIALS = {
    "aws_access_key_id": "ASIALABLABLABLABLAB0",
    "aws_secret_access_key": "fake-secret-of-the-lab",
    "aws_session_token": "fake-session-of-the-lab",
    "region_name": "us-east-1",
}
CONFIG = Config(retries={"total_max_attempts": 1}, proxies={})


def moto_server() -> tuple[subprocess.Popen, str]:
    """Start plain moto_server; return its process and address once it listens."""
    command = [str(Path(sys.executable).parent / "moto_server"), "-p", "0"]
    environment = os.environ | {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert process.stderr
    for line in process.stderr:
        if found := re.search(r"Running on (http://\S+)", line):
            # It logs each request: a full pipe that nobody reads would stop it after some 700.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return process, found[1]
    raise RuntimeError("moto_server did not start")


def lab_server() -> tuple[subprocess.Popen, str]:
    """Start a lab process; return it and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "awslab.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    return process, f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"


def calls(endpoint: str) -> dict[str, Callable[[], Any]]:
    """Return the calls to measure, each ready to be made any number of times."""
    session = boto3.session.Session(**CREDENTIALS)
    client = {
        name: session.client(name, endpoint_url=endpoint, config=CONFIG)
        for name in ("ecr", "ec2", "ecs", "elbv2", "iam", "s3")
    }
    numbers = itertools.count()
    client["ecr"].create_repository(repositoryName="bench")
    client["s3"].create_bucket(Bucket="bench")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    manifest = manifests(client["ecr"])
    group = service(client)
    return {
        "ecr.describe_repositories": lambda: client["ecr"].describe_repositories(),
        "ecr.put_image": lambda: client["ecr"].put_image(
            repositoryName="bench", imageManifest=next(manifest)
        ),
        "ec2.create_vpc": lambda: client["ec2"].create_vpc(CidrBlock="10.0.0.0/16"),
        "ec2.describe_subnets": lambda: client["ec2"].describe_subnets(),
        "ecs.register_task_definition": lambda: client["ecs"].register_task_definition(**TASK),
        "ecs.describe_services": lambda: client["ecs"].describe_services(
            cluster="bench", services=["bench"]
        ),
        "elbv2.describe_target_health": lambda: client["elbv2"].describe_target_health(
            TargetGroupArn=group
        ),
        "iam.create_role": lambda: client["iam"].create_role(
            RoleName=f"role-{next(numbers)}", AssumeRolePolicyDocument=trust
        ),
        "s3.put_object": lambda: client["s3"].put_object(
            Bucket="bench", Key=f"key-{next(numbers)}", Body=b"x" * 1000
        ),
    }


TASK = {
    "family": "bench",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [{"name": "app", "image": "nginx", "memory": 256}],
}


def service(client: dict[str, Any]) -> str:
    """Make an ECS service that wants no task, and a target group; return the group's ARN."""
    (subnet, *_) = client["ec2"].describe_subnets()["Subnets"]
    groups = client["ec2"].describe_security_groups()["SecurityGroups"]
    where = {"subnets": [subnet["SubnetId"]], "securityGroups": [groups[0]["GroupId"]]}
    client["ecs"].create_cluster(clusterName="bench")
    client["ecs"].register_task_definition(**TASK)
    client["ecs"].create_service(
        cluster="bench",
        serviceName="bench",
        taskDefinition="bench",
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": where},
    )
    return client["elbv2"].create_target_group(
        Name="bench", Protocol="HTTP", Port=80, VpcId=subnet["VpcId"], TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]


def manifests(ecr: Any) -> Iterator[str]:
    """Yield manifests of ever other images, whose one layer is uploaded."""
    data = b"layer"
    upload = ecr.initiate_layer_upload(repositoryName="bench")["uploadId"]
    ecr.upload_layer_part(
        repositoryName="bench",
        uploadId=upload,
        partFirstByte=0,
        partLastByte=len(data) - 1,
        layerPartBlob=data,
    )
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    ecr.complete_layer_upload(repositoryName="bench", uploadId=upload, layerDigests=[digest])
    part = {"digest": digest, "size": len(data)}
    for number in itertools.count():
        yield json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": part | {"mediaType": "application/vnd.oci.image.config.v1+json"},
                "layers": [part | {"mediaType": "application/vnd.oci.image.layer.v1.tar"}],
                "annotations": {"number": str(number)},
            }
        )


def cpu_seconds(process: subprocess.Popen) -> float:
    """Return the CPU time that a process has used so far, 0 where there is no /proc."""
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(rounds: int) -> tuple[dict[str, tuple[float, float]], list[float]]:
    """Return, for each call, the median through moto_server and through the lab, in milliseconds.

    And the CPU time of the two servers for each call on average, in milliseconds.
    """
    servers = [moto_server(), lab_server()]
    try:
        sides = [calls(endpoint) for _, endpoint in servers]
        times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in sides[0]}
        before = [cpu_seconds(process) for process, _ in servers]
        for turn in range(rounds + WARM_UP):
            for name, both in times.items():
                # Who goes first alternates, so that neither always finds warm caches.
                for side in (0, 1) if turn % 2 else (1, 0):
                    begun = time.perf_counter()
                    sides[side][name]()
                    if turn >= WARM_UP:
                        both[side].append((time.perf_counter() - begun) * 1000)
        made = (rounds + WARM_UP) * len(times)
        used = [
            (cpu_seconds(process) - start) * 1000 / made
            for (process, _), start in zip(servers, before, strict=True)
        ]
    finally:
        for process, _ in servers:
            process.terminate()
            process.wait()
    medians = {name: (statistics.median(a), statistics.median(b)) for name, (a, b) in times.items()}
    return medians, used


def start_times() -> list[float]:
    """Return the seconds from `import awslab` to the first answered call, in fresh processes."""
    return [
        float(subprocess.check_output([sys.executable, "-c", START], text=True))
        for _ in range(STARTS)
    ]


def main() -> int:
    """Print the tables; return 1 when a limit is not met."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the start.")
    medians, used = measure(rounds)
    print(f"Medians of {rounds} calls, in milliseconds.\n")
    print("| call | moto_server | lab | ratio |\n|---|---:|---:|---:|")
    for name, (plain, lab) in medians.items():
        print(f"| `{name}` | {plain:.2f} | {lab:.2f} | {lab / plain:.2f} |")
    worst = max(lab / plain for plain, lab in medians.values())
    if used[0]:
        print(
            f"\nCPU time for each call on average: moto_server {used[0]:.2f} ms, lab {used[1]:.2f} ms, "
            f"ratio {used[1] / used[0]:.2f}."
        )
    starts = start_times()
    print(f"\nHighest ratio {worst:.2f} (limit {CALLS_LIMIT}).")
    print(
        f"Start to first answered call: median {statistics.median(starts):.2f} s of {STARTS}, "
        f"from {min(starts):.2f} to {max(starts):.2f} s (limit {START_LIMIT} s)."
    )
    return int(worst > CALLS_LIMIT or statistics.median(starts) > START_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
