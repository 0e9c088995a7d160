"""Pictures of networks say what the data says: in words, by shape and within their frame."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from awslab.show.network import path_picture
from awslab.show.vpc import map_picture

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<b>x</b>"


def hop(kind="security group", ok=True, leg="forward", **fields):
    """Make one hop as the lab sends it."""
    return {
        "kind": kind,
        "id": "sg-1",
        "name": "web",
        "ok": ok,
        "why": "The rule allows it." if ok else "No rule allows it.",
        "code": "" if ok else "ENI_SG_RULES_MISMATCH",
        "leg": leg,
        "of": "eni-1",
        "place": "public-a",
        **fields,
    }


def way(*hops):
    """Make a path as the lab sends it."""
    return {
        "source": "internet",
        "destination": "shop",
        "port": 443,
        "protocol": "tcp",
        "reachable": all(each["ok"] for each in hops),
        "why": hops[-1]["why"],
        "hops": list(hops),
    }


def drawing(picture):
    """Parse the picture's first SVG."""
    html = picture.html
    start = html.index('<svg xmlns="http://www.w3.org/2000/svg" role="img"')
    return ElementTree.fromstring(html[start : html.index("</svg>", start) + 6])


def texts(root):
    """Return what the drawing says."""
    return [element.text for element in root.iter(f"{SVG}text")]


def inside(root):
    """Say whether every box lies within the frame."""
    _, _, width, height = map(float, root.get("viewBox").split())
    return all(
        float(box.get("x")) + float(box.get("width")) <= width
        and float(box.get("y")) + float(box.get("height")) <= height
        for box in root.iter(f"{SVG}rect")
    )


def test_a_path_says_which_step_stops_it():
    """By a word in the drawing, in the table and in the text; not by colour alone."""
    picture = path_picture(way(hop(), hop(ok=False)))

    assert not picture.reachable
    assert picture.why == "No rule allows it."
    assert picture.blocked == picture.hops[1]
    assert texts(drawing(picture)).count("STOPS HERE") == 1
    assert "[STOP] security group sg-1 (web): No rule allows it." in repr(picture)
    assert repr(picture).startswith("internet to shop, tcp port 443: not reachable")


def test_a_path_that_arrives_stops_nowhere():
    """The packet and its answer are drawn one below the other."""
    picture = path_picture(way(hop(), hop(leg="return")))

    assert picture.reachable
    assert picture.blocked is None
    assert "STOPS HERE" not in picture.html
    assert {"The packet", "Its answer"} <= set(texts(drawing(picture)))
    assert "return: security group" in picture.text


@pytest.mark.parametrize("hops", [1, 5, 6, 17])
def test_a_path_stays_in_its_frame(hops):
    """A long way goes on in the next row."""
    picture = path_picture(way(*[hop(id="eni-0123456789abcdef0") for _ in range(hops)]))

    assert inside(drawing(picture))


def test_what_learners_name_things_is_text():
    """A Name tag cannot put markup into the page."""
    evil = path_picture(way(hop(name=HOSTILE, why=HOSTILE, id=HOSTILE, place=HOSTILE)))
    named = map_picture(network(vpc(subnet(name=HOSTILE), name=HOSTILE)))

    assert HOSTILE not in evil.html + named.html


def subnet(kind="public", zone="us-east-1a", interfaces=0, **fields):
    """Make one subnet as the lab sends it."""
    return {
        "id": "subnet-1",
        "name": f"{kind}-{zone[-1]}",
        "cidr": "10.0.0.0/24",
        "zone": zone,
        "kind": kind,
        "why": f"subnet-1 is {kind}: rtb-1, sends 0.0.0.0/0 to an internet gateway, igw-1.",
        "free": 251 - interfaces,
        "route_table": "rtb-1",
        "main": False,
        "routes": [{"destination": "0.0.0.0/0", "target": "igw-1", "active": True}],
        "acl": "acl-1",
        "interfaces": [
            {
                "id": f"eni-{number}",
                "address": f"10.0.0.{number + 4}",
                "public_ip": None,
                "owner": f"task {number}",
                "groups": ["sg-1"],
            }
            for number in range(interfaces)
        ],
        **fields,
    }


def vpc(*subnets, **fields):
    """Make one VPC as the lab sends it."""
    return {
        "id": "vpc-1",
        "name": "shop",
        "cidrs": ["10.0.0.0/16"],
        "dns_support": True,
        "dns_hostnames": False,
        "internet_gateway": "igw-1",
        "zones": sorted({each["zone"] for each in subnets}),
        "subnets": list(subnets),
        "endpoints": [],
        "peerings": [],
        **fields,
    }


def network(*vpcs):
    """Make a map as the lab sends it."""
    return {"region": "us-east-1", "vpcs": list(vpcs)}


def test_a_map_says_of_each_subnet_what_it_is_and_why():
    """Tier, route and free addresses stand in the drawing, the whole sentence in the text."""
    picture = map_picture(network(vpc(subnet("public"), subnet("isolated", routes=[]))))
    said = texts(drawing(picture))

    assert {"public", "isolated", "0.0.0.0/0 -> igw-1", "no route out of the VPC"} <= set(said)
    assert "10.0.0.0/24, 251 addresses free" in said
    assert "is public: rtb-1, sends 0.0.0.0/0 to an internet gateway, igw-1." in repr(picture)
    assert picture.data["vpcs"][0]["subnets"][0]["kind"] == "public"


def test_a_blackhole_is_named():
    """A route whose target is gone is not drawn like one that works."""
    dead = [{"destination": "0.0.0.0/0", "target": "nat-1", "active": False}]
    picture = map_picture(network(vpc(subnet(routes=dead))))

    assert "0.0.0.0/0 -> nat-1 BLACKHOLE" in texts(drawing(picture))


def test_a_vpc_without_an_internet_gateway_says_so():
    """In the drawing and in the text."""
    picture = map_picture(network(vpc(subnet(), internet_gateway=None)))

    assert "no internet gateway attached" in texts(drawing(picture))
    assert "internet gateway: none attached" in picture.text


def test_a_full_subnet_counts_what_it_does_not_show():
    """The text lists every interface, the drawing the first six."""
    picture = map_picture(network(vpc(subnet(interfaces=9))))

    assert "and 3 more network interfaces" in texts(drawing(picture))
    assert len(re.findall(r"eni-\d task", picture.text)) == 9


@pytest.mark.parametrize("zones", ["a", "ab", "abcdef"])
def test_a_map_stays_in_its_frame(zones):
    """More than three zones go on below."""
    subnets = [subnet("public", f"us-east-1{zone}", interfaces=8) for zone in zones]
    endpoint = {
        "id": "vpce-1",
        "service": "com.amazonaws.us-east-1.ecr.api",
        "type": "interface",
        "private_dns": True,
    }
    peering = {"id": "pcx-1", "other": "vpc-2", "active": False}
    root = drawing(map_picture(network(vpc(*subnets, endpoints=[endpoint], peerings=[peering]))))

    assert inside(root)
    assert "peering pcx-1 with vpc-2, not active" in texts(root)
    assert any(
        text.startswith("ecr.api: interface endpoint, private DNS on") for text in texts(root)
    )


def test_an_empty_network_is_a_picture_too():
    """A VPC without subnets, and no VPC at all."""
    assert inside(drawing(map_picture(network(vpc()))))
    assert repr(map_picture(network())) == "0 VPCs in us-east-1"
