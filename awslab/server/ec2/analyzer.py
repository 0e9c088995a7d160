"""Reachability Analyzer: EC2's own answer to what reaches what, from the rules that the lab follows.

https://docs.aws.amazon.com/vpc/latest/reachability/what-is-reachability-analyzer.html
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response
from moto.ec2.utils import random_resource_id

from awslab.server import clock
from awslab.server.ec2 import topology
from awslab.server.ec2._analysis import result
from awslab.server.errors import AWSError
from awslab.world import network_dns, network_path
from awslab.world.network import INTERNET, Interface, Network, Path

RESPONSES = [
    "create_network_insights_path",
    "delete_network_insights_analysis",
    "delete_network_insights_path",
    "describe_network_insights_analyses",
    "describe_network_insights_paths",
    "start_network_insights_analysis",
]


def create_network_insights_path(self: EC2Response) -> ActionResult:
    """Answer CreateNetworkInsightsPath.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInsightsPath.html
    """
    source, destination = _id(self._get_param("Source")), _id(self._get_param("Destination"))
    if not destination and not self._get_param("DestinationIp"):
        text = "The request must contain the parameter Destination or DestinationIp"
        raise AWSError("MissingParameter", text)
    network = topology.network(self.current_account, self.region)
    for place in filter(None, (source, destination)):
        _place(network, self.ec2_backend, place)
    made = {
        "NetworkInsightsPathId": f"nip-{random_resource_id(17)}",
        "CreatedDate": clock.current.now,
        "Source": source,
        "Destination": destination,
        "SourceIp": self._get_param("SourceIp"),
        "DestinationIp": self._get_param("DestinationIp"),
        "Protocol": self._get_param("Protocol"),
        "DestinationPort": self._get_param("DestinationPort"),
        "Tags": _tags(self, "network-insights-path"),
    }
    made["NetworkInsightsPathArn"] = _arn(self, "path", made["NetworkInsightsPathId"])
    made = {key: value for key, value in made.items() if value is not None}
    _kept(self, "lab_insights_paths")[made["NetworkInsightsPathId"]] = made
    return ActionResult({"NetworkInsightsPath": made})


def describe_network_insights_paths(self: EC2Response) -> ActionResult:
    """Answer DescribeNetworkInsightsPaths."""
    found = _wanted(self, "lab_insights_paths", "NetworkInsightsPathIds", "Path")
    return ActionResult({"NetworkInsightsPaths": found})


def delete_network_insights_path(self: EC2Response) -> ActionResult:
    """Answer DeleteNetworkInsightsPath; a path with analyses cannot be deleted."""
    path_id = self._get_param("NetworkInsightsPathId")
    paths = _kept(self, "lab_insights_paths")
    _require(paths, path_id, "Path")
    analyses = _kept(self, "lab_insights_analyses").values()
    if any(each["NetworkInsightsPathId"] == path_id for each in analyses):
        text = f"There is an analysis for the network insights path {path_id}"
        raise AWSError("AnalysisExistsForNetworkInsightsPath", text)
    del paths[path_id]
    return ActionResult({"NetworkInsightsPathId": path_id})


def start_network_insights_analysis(self: EC2Response) -> ActionResult:
    """Answer StartNetworkInsightsAnalysis: the network as it is now is what is analysed.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartNetworkInsightsAnalysis.html
    """
    path_id = self._get_param("NetworkInsightsPathId")
    paths = _kept(self, "lab_insights_paths")
    _require(paths, path_id, "Path")
    network = topology.network(self.current_account, self.region)
    found = analyse(network, self.ec2_backend, paths[path_id])
    made = {
        "NetworkInsightsAnalysisId": f"nia-{random_resource_id(17)}",
        "NetworkInsightsPathId": path_id,
        "StartDate": clock.current.now,
        "Tags": _tags(self, "network-insights-analysis"),
    }
    made["NetworkInsightsAnalysisArn"] = _arn(
        self, "analysis", str(made["NetworkInsightsAnalysisId"])
    )
    outcome = result(network, found, self.current_account)
    kept = _kept(self, "lab_insights_analyses")
    kept[made["NetworkInsightsAnalysisId"]] = {**made, "Status": "succeeded", **outcome}
    return ActionResult({"NetworkInsightsAnalysis": {**made, "Status": "running"}})


def describe_network_insights_analyses(self: EC2Response) -> ActionResult:
    """Answer DescribeNetworkInsightsAnalyses."""
    found = _wanted(self, "lab_insights_analyses", "NetworkInsightsAnalysisIds", "Analysis")
    path_id = self._get_param("NetworkInsightsPathId")
    if path_id:
        found = [each for each in found if each["NetworkInsightsPathId"] == path_id]
    return ActionResult({"NetworkInsightsAnalyses": found})


def delete_network_insights_analysis(self: EC2Response) -> ActionResult:
    """Answer DeleteNetworkInsightsAnalysis."""
    analysis_id = self._get_param("NetworkInsightsAnalysisId")
    analyses = _kept(self, "lab_insights_analyses")
    _require(analyses, analysis_id, "Analysis")
    del analyses[analysis_id]
    return ActionResult({"NetworkInsightsAnalysisId": analysis_id})


def analyse(network: Network, backend: Any, asked: dict[str, Any]) -> Path:
    """Return the way that a path asks about.

    Without a destination port any port that the destination's groups name will do.
    """
    source = asked.get("SourceIp") or _place(network, backend, asked.get("Source", ""))
    destination = asked.get("DestinationIp") or _place(network, backend, asked["Destination"])
    protocol = str(asked.get("Protocol", "tcp")).lower()
    port = asked.get("DestinationPort")
    ports = [int(port)] if port is not None else _ports(network, destination)
    ways = [network_path.path(network, source, destination, each, protocol) for each in ports]
    return next((way for way in ways if way.reachable), ways[0])


def _ports(network: Network, destination: str) -> list[int]:
    try:
        target = network_path.locate(network, destination)
    except LookupError:
        return [443]
    groups = target.groups if isinstance(target, Interface) else ()
    named = [
        rule.ports[0] for group in groups for rule in network.groups[group].ingress if rule.ports
    ]
    return [443, *dict.fromkeys(named)]


def _place(network: Network, backend: Any, place: str) -> str:
    """Return what a path walks from or to for the id of an AWS resource."""
    if place in network.internet_gateways:
        return INTERNET
    if place in network.interfaces:
        return place
    endpoint = network.endpoints.get(place)
    if endpoint and endpoint.interfaces:
        return endpoint.interfaces[0]
    if endpoint:
        return network_dns.SERVICES[endpoint.service.rpartition(".")[2]][1]
    nat = network.nat_gateways.get(place)
    if nat:
        return nat.private_ip
    if place.startswith("i-"):
        return next(iter(backend.get_instance(place).nics.values())).id
    text = f"The component {place!r} does not exist or is not supported"
    raise AWSError("InvalidParameterValue", text)


def _id(place: str | None) -> str | None:
    """Return the id that an ARN ends with, or the id itself."""
    return place.rpartition("/")[2] if place else place


def _kept(self: EC2Response, name: str) -> dict[str, dict[str, Any]]:
    return vars(self.ec2_backend).setdefault(name, {})


def _wanted(self: EC2Response, kept: str, ids: str, kind: str) -> list[dict[str, Any]]:
    known, wanted = _kept(self, kept), self._get_param(ids, [])
    for each in wanted:
        _require(known, each, kind)
    return [known[each] for each in wanted] or ([] if wanted else list(known.values()))


def _require(known: dict[str, Any], wanted: str, kind: str) -> None:
    if wanted not in known:
        text = f"The network insights {kind.lower()} ID '{wanted}' does not exist"
        raise AWSError(f"InvalidNetworkInsights{kind}Id.NotFound", text)


def _arn(self: EC2Response, kind: str, thing_id: str) -> str:
    return f"arn:aws:ec2:{self.region}:{self.current_account}:network-insights-{kind}/{thing_id}"


def _tags(self: EC2Response, kind: str) -> list[dict[str, str]]:
    tags = self._parse_tag_specification().get(kind, {})
    return [{"Key": key, "Value": value} for key, value in tags.items()]
