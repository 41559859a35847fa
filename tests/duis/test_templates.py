from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duis import templates
from duis.document import parse
from duis.errors import CommandVariantError, DuisError
from duis.identifiers import RequestID
from duis.services import SERVICES
from smki.certificate import Certificate
from tests.duis.conftest import ESME, NOW, USER

VARIANTS = sorted(SERVICES)


@given(st.sampled_from(VARIANTS), st.data())
def test_every_service_has_a_valid_request_for_every_command_variant(variant, data):
    service = SERVICES[variant]
    number = data.draw(st.sampled_from(sorted(service.command_variants)))
    request = templates.request(variant, NOW, command_variant=number)
    assert parse(request.to_xml()) == request
    assert (request.service, request.command_variant) == (service, number)
    assert (request.request_id.target == templates.DCC) is not service.for_device


def test_parties_counter_and_dates_follow_what_is_given():
    own = RequestID(USER, ESME, 7)
    assert templates.request("3.1", NOW, own).request_id == own
    assert templates.request("3.1", NOW).request_id.counter == NOW.timestamp() * 1000
    assert templates.request("6.11", NOW).body["CurrentDateTime"] == NOW
    period = templates.request("4.8.1", NOW).body["ReadLogPeriod"]
    assert period["StartDateTime"] < period["EndDateTime"] <= NOW
    limit = templates.request("7.16", NOW).body
    assert NOW < limit["StartDateTime"] < limit["EndDateTime"]


def test_optional_elements_and_alternatives_on_demand():
    assert "ExecutionDateTime" not in templates.request("4.1.1", NOW).body
    later = templates.request("4.1.1", NOW, wanted={"ExecutionDateTime"}).body
    assert later["ExecutionDateTime"] == NOW + timedelta(days=1)
    assert "ElecTariffElements" in templates.request("1.1.1", NOW).body
    gas = templates.request("1.1.1", NOW, wanted={"GasTariffElements", "GasPriceElements"}).body
    assert "GasTariffElements" in gas
    assert "GasPriceElements" in gas["PriceElements"]
    with pytest.raises(DuisError, match="ExecutionDateTime: no such element can be added to a request for 7\\.3"):
        templates.request("7.3", NOW, wanted={"ExecutionDateTime"})


def test_elements_that_are_numbered_have_each_number_once():
    days = templates.request("1.1.1", NOW).body["ElecTariffElements"]["SwitchingTable"]["WeekProfiles"]
    (week,) = days["WeekProfile"]
    assert [day["@index"] for day in week["ReferencedDayName"]] == list(range(1, 8))


def test_certificates_are_certificates():
    body = templates.request("6.15.1", NOW).body
    certificates = body["ReplacementCertificates"]["SupplierOrNetworkOperatorCertificates"]
    assert {Certificate.load(octets).role.label for octets in certificates.values()} == {"supplier"}


def test_no_such_service_or_command_variant():
    with pytest.raises(DuisError, match=r"no service 9\.9, only 1\.1\.1"):
        templates.request("9.9", NOW)
    with pytest.raises(CommandVariantError):
        templates.request("3.1", NOW, command_variant=4)


def test_a_description_names_every_element_with_its_rule():
    lines = list(templates.describe(SERVICES["1.5"].body))
    assert lines == [
        "UpdateMeterBalance",
        "  | PrepaymentMode",
        "    | AdjustMeterBalance: -2147483648..2147483647",
        "    | ResetMeterBalance",
        "  | CreditMode",
        "    | AdjustMeterBalance: -2147483648..2147483647",
        "    | ResetMeterBalance",
    ]
    for service in SERVICES.values():
        assert next(templates.describe(service.body)).split()[0] == service.element
