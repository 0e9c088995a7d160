"""Values drawn per learner: the same everywhere for one name, different between names."""

import ipaddress

import pytest

from awslab import draw
from awslab.learner import learner


def drawn(name: str) -> list:
    """Return one learner's values of a made-up assignment."""
    mine = draw("6.3.x", name)
    return [mine.pick("PORT", [3000, 5000, 8080]), mine.number("COUNT", 2, 9), mine.cidr("VPC")]


def test_same_name_same_values():
    """The graded copy draws what the learner saw; spaces and case do not matter."""
    assert drawn("Ada Lovelace") == drawn("  ada  lovelace ")
    assert drawn("ada") == [3000, 8, "10.153.0.0/16"]


def test_neighbours_differ():
    """Among fifty learners hardly two share all their values."""
    everybody = {tuple(drawn(f"learner{n}")) for n in range(50)}

    assert len(everybody) >= 48


def test_assignments_differ():
    """One learner's values in one assignment say nothing about another."""
    ports = range(1024, 65536)
    assert draw("a", "ada").pick("PORT", ports) != draw("b", "ada").pick("PORT", ports)


@pytest.mark.parametrize("prefix", [16, 20, 24])
def test_cidr_is_a_private_network(prefix):
    """Every drawn range is a whole network of 10.0.0.0/8 with the prefix asked for."""
    for n in range(200):
        network = ipaddress.ip_network(draw("x", str(n)).cidr("VPC", prefix))

        assert network.prefixlen == prefix
        assert network.subnet_of(ipaddress.ip_network("10.0.0.0/8"))


@pytest.mark.parametrize("prefix", [8, 28])
def test_cidr_refuses_other_prefixes(prefix):
    """A prefix outside 16 to 24 is the author's mistake, and named."""
    with pytest.raises(ValueError, match="16 to 24"):
        draw("x", "ada").cidr("VPC", prefix)


def test_nothing_to_pick_from():
    """An empty choice is the author's mistake, and named."""
    with pytest.raises(ValueError, match="nothing to pick from"):
        draw("x", "ada").pick("PORT", [])


def test_name_of_the_notebook(monkeypatch):
    """Without a name the notebook's own NAME counts; without that, the picture asks for it."""

    class Names:
        """A notebook that says NAME = "ada"."""

        def get(self, name):
            return b'{"value": "ada"}'

    monkeypatch.setattr(learner, "namespace", Names())
    named = draw("x")
    monkeypatch.undo()

    assert named.name == "ada"
    assert "NAME is empty" in repr(draw("x", ""))
    assert "NAME is empty" in draw("x", "")._repr_mimebundle_()["text/html"]
