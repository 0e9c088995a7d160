"""What makes moto faster changes no answer: the same bytes as moto's own way, from a shop and from odd values."""

import itertools
import uuid
from contextlib import suppress

import moto.core.utils
import pytest
import xmltodict
from botocore.exceptions import ClientError
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from moto.core import responses, serialize
from moto.core.serialize import (
    AttributePickerContext,
    ResponseSerializer,
    XFormedAttributePicker,
)
from moto.moto_server.werkzeug_app import BackendRequest

from awslab import shop
from awslab.server import inprocess, moto_caches, moto_xml

READS = (
    ("acm", "list_certificates", {}),
    ("cloudtrail", "lookup_events", {}),
    ("cloudwatch", "describe_alarms", {}),
    ("ec2", "describe_instances", {}),
    ("ec2", "describe_network_acls", {}),
    ("ec2", "describe_network_interfaces", {}),
    ("ec2", "describe_route_tables", {}),
    ("ec2", "describe_security_groups", {}),
    ("ec2", "describe_subnets", {"Filters": [{"Name": "tag:Name", "Values": ["*a*", "shop?"]}]}),
    ("ec2", "describe_tags", {"Filters": [{"Name": "key", "Values": ["Name"]}]}),
    ("ec2", "describe_vpc_endpoints", {}),
    ("ec2", "describe_vpcs", {"VpcIds": ["vpc-00000000"]}),
    ("ec2", "describe_vpcs", {}),
    ("ecr", "describe_images", {"repositoryName": "user"}),
    ("ecr", "describe_repositories", {}),
    ("ecs", "describe_services", {"cluster": "shop", "services": ["user", "order", "none"]}),
    ("ecs", "list_clusters", {}),
    ("ecs", "list_services", {"cluster": "shop"}),
    ("ecs", "list_services", {"cluster": "none"}),
    ("ecs", "list_task_definitions", {}),
    ("elbv2", "describe_listeners", {"ListenerArns": ["arn:aws:none"]}),
    ("elbv2", "describe_load_balancers", {}),
    ("elbv2", "describe_target_groups", {}),
    ("iam", "get_account_authorization_details", {}),
    ("iam", "list_roles", {}),
    ("logs", "describe_log_groups", {}),
    ("route53", "list_hosted_zones", {}),
    ("s3", "list_buckets", {}),
    ("s3", "list_objects_v2", {"Bucket": "none"}),
    ("secretsmanager", "list_secrets", {}),
    ("sqs", "list_queues", {}),
    ("sts", "get_caller_identity", {}),
    ("cloudformation", "describe_stacks", {}),
    ("ssm", "describe_parameters", {}),
)


@pytest.fixture
def plain(app, monkeypatch):
    """Give back moto's own ways, for as long as one test runs."""
    from moto.ec2.models import tags

    def plain():
        monkeypatch.setattr(ResponseSerializer, "get_value", moto_caches._get_value)
        monkeypatch.setattr(serialize, "xmltodict", xmltodict)
        monkeypatch.setattr(responses.BaseResponse, "get_access_key", moto_caches._get_access_key)
        for name in ("method_names_from_class", "camelcase_to_underscores"):
            monkeypatch.setattr(responses, name, getattr(moto.core.utils, name))
        monkeypatch.delattr(BackendRequest, "_load_form_data")
        monkeypatch.setattr(
            tags, "simple_aws_filter_to_re", tags.simple_aws_filter_to_re.__wrapped__
        )

    return plain


def _answers(app, session, monkeypatch):
    """Build a shop in the empty lab, read everything, and return every answer as it came."""
    # Loading a service draws ids too.
    for service, operation, parameters in READS:
        with suppress(ClientError):
            getattr(session.client(service), operation)(**parameters)
    app.reset()
    said, call, numbers = [], inprocess.call, itertools.count()

    def listen(*request):
        said.append(call(*request))
        return said[-1]

    with monkeypatch.context() as patch:
        patch.setattr(inprocess, "call", listen)
        # botocore's idempotency tokens, some of which come back
        patch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=next(numbers)))
        patch.setattr(x509, "random_serial_number", lambda: 1 + next(numbers))
        shop.construct(session)
        for service, operation, parameters in READS:
            try:
                getattr(session.client(service), operation)(**parameters)
            except ClientError as error:
                said.append(error.response["Error"])
    return said


def test_answers_are_byte_for_byte_those_of_moto(app, session, monkeypatch, plain):
    """A shop is built and read twice: status, headers and body of every call are the same, request ids included."""
    fast = _answers(app, session, monkeypatch)
    plain()
    slow = _answers(app, session, monkeypatch)

    assert len(fast) > 150
    for number, (ours, motos) in enumerate(zip(fast, slow, strict=True)):
        assert ours == motos, f"call {number}"


_names = st.sampled_from(["a", "item", "member", "Key", "ns:a", "@xmlns", "@xsi:type", "#text"])
_odd = st.sampled_from(["", "#comment", "@", "a b", "<", "?a", "a/b", '@"', "=", 3])
_texts = st.text(alphabet="ab<>&\"' \n\r\té\u2028", max_size=6)
_leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _texts, st.binary())
_values = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner),
        st.dictionaries(st.one_of(_names, _names, _odd), inner, max_size=4),
    ),
    max_leaves=12,
)


def _said(write, document, **options):
    try:
        return write(document, pretty=False, **options)
    except Exception as error:
        return type(error), str(error)


@given(st.dictionaries(_names, _values, max_size=2), st.booleans(), st.booleans())
def test_xml_is_that_of_xmltodict(document, full, short):
    """Text, attributes, lists, empty elements, what xmltodict refuses: the same text or the same error."""
    options = {"full_document": full, "short_empty_elements": short}
    expected = _said(xmltodict.unparse, document, **options)

    assert _said(moto_xml.unparse, document, **options) == expected


def _members(shape, seen):
    """Yield the members of a structure and of all below it, with the structure they belong to."""
    if shape is None or id(shape) in seen or len(seen) > 300:
        return
    seen.add(id(shape))
    if shape.type_name == "structure":
        for key, member in shape.members.items():
            member.parent = shape
            yield key, member
            yield from _members(member, seen)
    elif shape.type_name == "list":
        yield from _members(shape.member, seen)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("ec2", "DescribeVpcs"),
        ("ec2", "DescribeSecurityGroups"),
        ("ecs", "DescribeServices"),
        ("elbv2", "DescribeLoadBalancers"),
        ("iam", "ListRoles"),
        ("rds", "DescribeDBInstances"),
        ("s3", "ListObjectsV2"),
    ],
)
def test_a_member_is_found_by_the_names_that_moto_tries(service, operation):
    """In a dictionary, a subclass of one, an object and an object with aliases, under each of its names in turn."""
    model = moto.core.utils.get_service_model(service).operation_model(operation)
    picker = XFormedAttributePicker(response_transformers={".Name": repr})
    serializer = ResponseSerializer(model, value_picker=picker)

    class Thing:
        class Meta:
            serialization_aliases = {"Name": "inner.name", "Arn": "own_arn"}

    class Vpc:
        pass

    compared = 0
    for key, shape in _members(model.output_shape, set()):
        for kind in (dict, type("Own", (dict,), {}), Thing, Vpc):
            context = AttributePickerContext(kind(), key, shape)
            for name in {*picker.get_possible_keys(context), "nothing"}:
                value = kind()
                value.update({name: "x"}) if isinstance(value, dict) else setattr(value, name, "x")
                expected = moto_caches._get_value(serializer, value, key, shape)
                compared += 1

                assert serializer.get_value(value, key, shape) == expected
                assert serializer.get_value(value, key, shape) == expected  # known by now

    assert compared > 50


def test_a_class_has_the_methods_that_moto_lists(app):
    """For every service that is loaded: methods, attributes, properties, and what is not there."""
    classes = responses.BaseResponse.__subclasses__()
    wrong = [
        (of.__name__, name)
        for of in classes
        for listed in [set(moto.core.utils.method_names_from_class(of))]
        for name in {*dir(of), *dir(type(of)), "describe_nothing", "", None}
        if (name in moto_caches.Methods(of)) != (name in listed)
    ]

    assert len(classes) > 5
    assert not wrong


def test_a_filter_and_an_operation_are_kept_by_their_text(app):
    """The kept patterns and names are those that moto makes."""
    from moto.ec2 import utils

    for text in ("", "*", "a?b", r"a\*b", "[x]", "DescribeVpcs", "UpdateEC2Thing", "a b"):
        for kept in (utils.simple_aws_filter_to_re, responses.camelcase_to_underscores):
            assert kept(text) == kept.__wrapped__(text)
            assert kept(text) == kept.__wrapped__(text)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer x"},
        {"Authorization": "AWS AKIAIOSFODNN7EXAMPLE:signature="},
        {"Authorization": "AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/20260105/x/ec2/aws4"},
        {"Authorization": "AWS4-HMAC-SHA256 Credential=SHORT/20260105/us-east-1/ec2/aws4_request"},
    ],
)
@pytest.mark.parametrize("query", [{}, {"AWSAccessKeyId": ["AKIAQQQQQQQQQQQQQQQQ"]}])
def test_an_access_key_is_read_as_moto_reads_it(headers, query):
    """From the header, else from the query, else moto's own; twice, as the second time it is known."""
    response = responses.BaseResponse("ec2")
    response.headers, response.querystring = headers, query
    expected = moto_caches._get_access_key(response)

    assert [moto_caches.get_access_key(response) for _ in "ab"] == [expected] * 2
