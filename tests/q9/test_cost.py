"""What the shop costs a month: what is paid by the hour, and what its traffic adds."""

import pytest

from awslab.server import control
from awslab.show.cost import cost_picture
from awslab.world.cost import HOURS, RATES, Item, bill
from tests.q9 import architecture as shop_of
from tests.q9.architecture import SERVICES, ZONES
from tests.q9.load import send


def cost(rates=None, **asked):
    """Do as `cloud.cost` does."""
    counted = control.ACTIONS["cost"](**asked)
    return cost_picture(bill([Item(**item) for item in counted.pop("items")], rates), counted)


def part(found, name):
    """Return the quantity of all lines of one rate."""
    return sum(each["quantity"] for each in found.parts if each["name"] == name)


def test_what_runs_is_paid_by_the_hour(world):
    """Six tasks, two NAT gateways, four endpoints in two zones, a load balancer and four public addresses."""
    found = cost()
    hours = {
        "fargate_vcpu_hour": 6 * 0.25,
        "fargate_gb_hour": 6 * 0.5,
        "nat_hour": len(ZONES),
        "endpoint_hour": 4 * len(ZONES),
        "alb_hour": 1,
        "ipv4_hour": 4,
    }
    months = {"secret_month": 1, "zone_month": 1}
    dollars = sum(RATES[name].dollars * HOURS * number for name, number in hours.items())
    dollars += sum(RATES[name].dollars * number for name, number in months.items())

    assert {name: part(found, name) / HOURS for name in hours} == pytest.approx(hours)
    assert {name: part(found, name) for name in months} == months
    assert found.total == pytest.approx(dollars, abs=0.01)
    assert "Nothing has been sent through a load balancer yet" in found.text


def test_traffic_is_scaled_to_a_month(world):
    """Ten minutes of 20 requests a second are 52 million a month: capacity units and logs, but no NAT for S3."""
    send((10, 20))
    found = cost(kilobytes=10)
    monthly = 20 * 3600 * HOURS

    assert part(found, "lcu_hour") == pytest.approx(monthly / 3600 / 25, rel=0.15)
    assert part(found, "nat_gb") == 0, "S3 is reached by a gateway endpoint"
    assert 0 < part(found, "logs_gb") < 10
    assert part(found, "endpoint_gb") == pytest.approx(part(found, "logs_gb"))
    assert "scaled to a month" in found.text


def test_without_the_gateway_endpoint_s3_is_paid_by_the_gigabyte(world):
    """The same traffic goes through the NAT gateways, and its bytes are paid."""
    world.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[world.shop.endpoints["s3"]])
    send((10, 20))
    found = cost(kilobytes=10)
    half = cost(kilobytes=5)

    assert part(found, "nat_gb") == pytest.approx(20 * 3600 * HOURS * 10e3 / 1e9, rel=0.15)
    assert part(half, "nat_gb") == pytest.approx(part(found, "nat_gb") / 2)


def test_arm_spot_and_storage_have_rates_of_their_own(world):
    """ARM64 and Spot tasks are cheaper, storage beyond 20 GB is paid."""
    shape = {"cpu": "1024", "memory": "2048", "ephemeralStorage": {"sizeInGiB": 50}}
    arm = {"runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}}
    world.deploy(
        taskDefinition=shop_of.register(world.session, world.shop, "user", "v1.0", **shape, **arm)
    )
    ecs = world.client("ecs")
    ecs.put_cluster_capacity_providers(
        cluster="shop",
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[],
    )
    ecs.update_service(
        cluster="shop",
        service="order",
        capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        forceNewDeployment=True,
    )
    world.settle(*SERVICES)
    found = cost()

    assert part(found, "fargate_arm_vcpu_hour") == pytest.approx(2 * HOURS)
    assert part(found, "fargate_arm_gb_hour") == pytest.approx(4 * HOURS)
    assert part(found, "fargate_spot_vcpu_hour") == pytest.approx(0.5 * HOURS)
    assert part(found, "fargate_storage_gb_hour") == pytest.approx(60 * HOURS)
    assert "(example)" in found.text


def test_what_is_deleted_costs_nothing(world):
    """A NAT gateway that is gone is off the bill; its Elastic IP address, kept, is not."""
    before = cost()
    world.client("ec2").delete_nat_gateway(NatGatewayId=world.shop.nat[ZONES[0]])
    after = cost()

    assert part(before, "nat_hour") - part(after, "nat_hour") == HOURS
    assert part(before, "ipv4_hour") == part(after, "ipv4_hour")


def test_the_picture_tells_the_same_in_all_forms(world):
    """Bars, table and text name every group, what is assumed and what is left out; own rates change the total."""
    found, free = cost(), cost({"nat_hour": 0})

    assert found.total - free.total == pytest.approx(2 * HOURS * RATES["nat_hour"].dollars)
    assert next(iter(found.groups)) == "NAT gateways"
    for group in found.groups:
        assert group in found.html
        assert group in found.text
    assert 'role="img"' in found.html
    assert "Not counted: data out to the internet" in found.text


def test_a_request_carries_something(world):
    """A negative size is refused."""
    with pytest.raises(control.Refused) as error:
        cost(kilobytes=-1)

    assert "less than nothing" in str(error.value)
