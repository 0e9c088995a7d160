"""The words with which Amazon ECS says why a task did not start: `ecs_tasks` offers them.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from dataclasses import dataclass

FAILED_TO_START = "TaskFailedToStart"
_AUTH = "ResourceInitializationError: unable to pull secrets or registry auth: "
_RETRIEVAL = f"{_AUTH}execution resource retrieval failed: "
_LOGGER = "ResourceInitializationError: failed to validate logger args: "
_RETRIED = "service call has been retried 1 time(s): "
_UNAVAILABLE = (
    "ServiceUnavailable: The request has failed due to a temporary failure of the server."
)


@dataclass(frozen=True)
class Stop:
    """Why a task ended.

    `container` is the reason and `exit_code` the exit code of the container at fault; None where ECS shows none.
    """

    code: str
    reason: str
    container: str | None = None
    exit_code: int | None = None


def access_denied(role_session: str, action: str, resource: str = "*") -> str:
    """Return AWS's sentence for a call that no policy allows; `role_session` is an assumed-role ARN.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    return (
        f"AccessDeniedException: User: {role_session} is not authorized to perform: {action} "
        f"on resource: {resource} because no identity-based policy allows the {action} action"
    )


def _http(service: str, operation: str, request_id: str, status: int = 400) -> str:
    return (
        f"operation error {service}: {operation}, https response error StatusCode: {status}, "
        f"RequestID: {request_id}, "
    )


def _dial(host: str, address: str | None) -> str:
    """Return what a dialler says that got no answer; without an address the name was not resolved."""
    return (
        f"dial tcp {address}:443: i/o timeout"
        if address
        else f"dial tcp: lookup {host}: i/o timeout"
    )


def _unreachable(service: str, operation: str, host: str, address: str | None) -> str:
    return (
        f"operation error {service}: {operation}, exceeded maximum number of attempts, 3, https "
        f'response error StatusCode: 0, RequestID: , request send failed, Post "https://{host}/": '
        f"{_dial(host, address)}"
    )


def _not_started(reason: str) -> Stop:
    return Stop(FAILED_TO_START, reason)


# --- network interface and role ------------------------------------------------------------------


def network_interface_failed(
    subnet_id: str,
    error: str = "InsufficientFreeAddressesInSubnet",
    *,
    public_ip: bool = False,
) -> Stop:
    """End a task for which EC2 could not make a network interface, usually for want of an address.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-failed-to-start-error.html
    """
    public = " with public IP assignment enabled" if public_ip else ""
    return _not_started(
        f"Unexpected EC2 error while attempting to Create Network Interface{public} in subnet "
        f"'{subnet_id}': {error}"
    )


def network_interface_timeout() -> Stop:
    """End a task whose network interface was not ready in time.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-failed-to-start-error.html
    """
    return _not_started("Timeout waiting for network interface provisioning to complete.")


def cannot_assume_role(role_arn: str) -> Stop:
    """End a task whose role does not trust `ecs-tasks.amazonaws.com`, or is gone.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    return _not_started(
        f"ECS was unable to assume the role '{role_arn}' that was provided for this task. Please "
        "verify that the role being passed has the proper trust relationship and permissions and "
        "that your IAM user has permissions to pass this role."
    )


# --- registry, image ---------------------------------------------------------------------------


def cannot_connect_to_ecr(region: str, address: str | None) -> Stop:
    """End a task that has no path to ECR's API; `address` is what its name resolves to, None if to nothing.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    """
    lost = _unreachable("ECR", "GetAuthorizationToken", f"api.ecr.{region}.amazonaws.com", address)
    return _not_started(
        f"{_AUTH}The task cannot pull registry auth from Amazon ECR: There is a connection issue "
        f"between the task and Amazon ECR. Check your task network configuration. {lost}"
    )


def registry_auth_denied(denied: str, request_id: str) -> Stop:
    """End a task whose execution role may not call ecr:GetAuthorizationToken; `denied` is IAM's sentence.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    """
    return _not_started(
        f"{_RETRIEVAL}unable to retrieve ecr registry auth: {_RETRIED}{denied} "
        f"status code: 400, request id: {request_id}"
    )


def registry_auth_failed(request_id: str) -> Stop:
    """End a task to which ECR's API answers with an error of its own.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html
    """
    return _not_started(
        f"{_RETRIEVAL}unable to retrieve ecr registry auth: service call has been retried 3 time(s): "
        f"{_http('ECR', 'GetAuthorizationToken', request_id, 503)}{_UNAVAILABLE}"
    )


def cannot_pull_status(image: str, url: str, status: str, retries: int = 5) -> Stop:
    """End a task whose registry, or the bucket behind it, answers with an HTTP status such as "404 Not Found".

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
    """
    answered = f"unexpected status code {url}: {status}"
    if "starport-layer-bucket" in url:
        return _not_started(
            f"CannotPullContainerError: ref pull has been retried {retries} time(s): failed to "
            f"copy: httpReadSeeker: failed open: {answered}"
        )
    return _not_started(_pull(retries, f"failed to resolve ref {image}: {answered}"))


def cannot_pull_not_found(image: str, retries: int = 7) -> Stop:
    """End a task whose image's repository, tag or digest does not exist.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
    """
    return _not_started(_pull(retries, f"failed to resolve ref {image}: not found"))


def cannot_pull_denied(image: str, retries: int = 1) -> Stop:
    """End a task whose execution role, or the repository's policy, does not allow ecr:BatchGetImage.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
    """
    host, _, path = image.partition("/")
    tag = path.partition("@")[2] or path.rpartition(":")[2]
    return _not_started(
        _pull(
            retries,
            f"failed to resolve ref {image}: pulling from host {host} failed with status code "
            f"[manifests {tag}]: 403 Forbidden",
        )
    )


def cannot_pull_blob_denied(image: str, retries: int = 1) -> Stop:
    """End a task whose execution role does not allow ecr:GetDownloadUrlForLayer.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
    """
    host = image.partition("/")[0]
    return _not_started(
        f"CannotPullContainerError: ref pull has been retried {retries} time(s): failed to copy: "
        f"httpReadSeeker: failed open: pulling from host {host} failed: 403 Forbidden"
    )


def cannot_pull_timeout(image: str, url: str, address: str | None, retries: int = 5) -> Stop:
    """End a task that has no path to the registry, or to S3 where ECR keeps its layers.

    `url` is what could not be fetched: the manifest's, or a layer's in the starport bucket;
    `address` is what its host resolves to, None if to nothing.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
    """
    timeout = _dial(url.split("/")[2], address)
    if "starport-layer-bucket" in url:
        return _not_started(
            f"CannotPullContainerError: ref pull has been retried {retries} time(s): failed to "
            f'copy: httpReadSeeker: failed open: failed to do request: Get "{url}": {timeout}'
        )
    return _not_started(
        _pull(
            retries,
            f'failed to resolve ref {image}: failed to do request: Head "{url}": {timeout}',
        )
    )


def cannot_pull_platform(platform: str = "linux/amd64", retries: int = 7) -> Stop:
    """End a task whose image was not built for the task's CPU architecture.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
    """
    return _not_started(
        _pull(retries, f"image Manifest does not contain descriptor matching platform '{platform}'")
    )


def _pull(retries: int, what: str) -> str:
    return (
        f"CannotPullContainerError: pull image manifest has been retried {retries} time(s): {what}"
    )


# --- secrets -----------------------------------------------------------------------------------


def _asm(arn: str, rest: str) -> Stop:
    return _not_started(
        f"{_RETRIEVAL}unable to retrieve secret from asm: {_RETRIED}failed to fetch secret {arn} "
        f"from secrets manager: {rest}"
    )


def secret_missing(arn: str, request_id: str) -> Stop:
    """End a task that names a secret which is not there.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-not-found-error.html
    """
    why = "ResourceNotFoundException: Secrets Manager can't find the specified secret."
    return secret_refused(arn, why, request_id)


def secret_deleted(arn: str, request_id: str) -> Stop:
    """End a task that names a secret which waits for its deletion.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
    """
    why = (
        "InvalidRequestException: You can't perform this operation on the secret because it was "
        "marked for deletion."
    )
    return secret_refused(arn, why, request_id)


def secret_refused(arn: str, why: str, request_id: str) -> Stop:
    """End a task whose secret Secrets Manager does not give; `why` is its code and sentence.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    """
    return _asm(arn, f"{_http('Secrets Manager', 'GetSecretValue', request_id)}{why}")


def secret_denied(arn: str, denied: str, request_id: str) -> Stop:
    """End a task whose execution role may not read a secret, or not decrypt it; `denied` is IAM's sentence.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    """
    return _asm(arn, f"{_http('Secrets Manager', 'GetSecretValue', request_id)}api error {denied}")


def secret_unavailable(source: str, request_id: str) -> Stop:
    """End a task to which Secrets Manager, or SSM, answers with an error of its own; `source` is its valueFrom.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html
    """
    if source.split(":")[2:3] == ["secretsmanager"]:
        http = _http("Secrets Manager", "GetSecretValue", request_id, 503)
        return _asm(source, f"{http}{_UNAVAILABLE}")
    http = _http("SSM", "GetParameters", request_id, 503)
    return _not_started(
        f"{_RETRIEVAL}unable to retrieve secrets from ssm: {_RETRIED}{http}{_UNAVAILABLE}"
    )


def secret_key_missing(key: str) -> Stop:
    """End a task that asks a JSON secret for a key it does not have.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """
    return _not_started(
        f"{_RETRIEVAL}unable to retrieve secret from asm: {_RETRIED}retrieved secret from Secrets "
        f"Manager did not contain json key {key}"
    )


def ssm_missing(names: list[str]) -> Stop:
    """End a task that names SSM parameters which are not there.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    """
    return _not_started(
        f"{_RETRIEVAL}unable to retrieve secrets from ssm: {_RETRIED}invalid parameters: "
        f"{','.join(names)}"
    )


def ssm_denied(denied: str, request_id: str) -> Stop:
    """End a task whose execution role may not call ssm:GetParameters; `denied` is IAM's sentence.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    """
    http = _http("SSM", "GetParameters", request_id)
    return _not_started(
        f"{_RETRIEVAL}unable to retrieve secrets from ssm: {_RETRIED}{http}api error {denied}"
    )


def cannot_connect_to_secret(arn: str) -> Stop:
    """End a task that has no path to Secrets Manager or to SSM; `arn` names the secret or parameter.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    """
    if arn.split(":")[2:3] == ["secretsmanager"]:
        return _asm(
            arn,
            "operation error Secrets Manager: GetSecretValue, https response error StatusCode: 0, "
            "RequestID: , canceled, context deadline exceeded",
        )
    return _not_started(
        f"{_RETRIEVAL}unable to retrieve secrets from ssm: The task cannot pull secrets from AWS "
        "Systems Manager. There is a connection issue between the task and AWS Systems Manager "
        "Parameter Store. Check your task network configuration. operation error SSM: "
        "GetParameters, https response error StatusCode: 0, RequestID: , canceled, context "
        "deadline exceeded"
    )


# --- logs --------------------------------------------------------------------------------------


def log_group_missing(request_id: str) -> Stop:
    """End a task whose log group does not exist.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    """
    http = _http("CloudWatch Logs", "CreateLogStream", request_id)
    return _not_started(
        f"{_LOGGER}create stream has been retried 1 times: failed to create Cloudwatch log stream: "
        f"{http}ResourceNotFoundException: The specified log group does not exist. : exit status 1"
    )


def log_stream_denied(denied: str, request_id: str, *, creating_group: bool = False) -> Stop:
    """End a task whose execution role may not create its log stream, or its log group.

    `denied` is IAM's sentence.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    """
    what = "group" if creating_group else "stream"
    http = _http("CloudWatch Logs", f"CreateLog{what.title()}", request_id)
    return _not_started(
        f"{_LOGGER}create {what} has been retried 1 times: failed to create Cloudwatch log {what}: "
        f"{http}api error {denied} : exit status 1"
    )


def cannot_connect_to_logs() -> Stop:
    """End a task that has no path to CloudWatch Logs.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    """
    return _not_started(
        f"{_LOGGER}The task cannot find the Amazon CloudWatch log group defined in the task "
        "definition. There is a connection issue between the task and Amazon CloudWatch. Check "
        "your network configuration. : signal: killed"
    )


def logs_unavailable(request_id: str) -> Stop:
    """End a task to which CloudWatch Logs answers with an error of its own.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html
    """
    http = _http("CloudWatch Logs", "CreateLogStream", request_id, 503)
    return _not_started(
        f"{_LOGGER}create stream has been retried 1 times: failed to create Cloudwatch log stream: "
        f"{http}{_UNAVAILABLE} : exit status 1"
    )
