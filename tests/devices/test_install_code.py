"""Install codes: lengths, check octets, and the key that is made of one."""

from __future__ import annotations

import pytest

from devices.errors import InstallCodeError
from devices.han.install_code import InstallCode, aes_mmo, check_octets, default_install_code
from tests.devices.rig import METER, STRANGER

#: The example of the ZigBee Smart Energy specification (5.4.8.1.1.1) and of chip makers' notes on it.
PRINTED = "83FE D340 7A93 9723 A5C6 39B2 6916 D505 C3B5"
KEY = "66b6900981e1ee3ca4206b6b861c02bb"


def test_the_published_example() -> None:
    code = InstallCode.parse(PRINTED)
    assert code.key.hex() == KEY
    assert str(code) == PRINTED.replace(" ", "")
    assert code.octets == bytes.fromhex(PRINTED)[:16]


def test_the_check_value_of_the_crc() -> None:
    assert check_octets(b"123456789") == (0x906E).to_bytes(2, "little")


@pytest.mark.parametrize("length", [6, 8, 12, 16])
def test_every_length_has_a_key_of_its_own(length: int) -> None:
    code = InstallCode(bytes(range(length)))
    assert InstallCode.parse(str(code)) == code
    assert len(code.key) == 16
    assert code.key != InstallCode(bytes(length)).key


@pytest.mark.parametrize("length", [0, 2, 7, 9, 10, 15, 17, 18, 20])
def test_another_length_is_refused(length: int) -> None:
    with pytest.raises(InstallCodeError, match="6, 8, 12 and 16"):
        InstallCode(bytes(length))
    if length not in (8, 10, 14, 18):
        with pytest.raises(InstallCodeError, match=rf"{length} octets with the CRC; install codes have 8, 10, 14"):
            InstallCode.read(bytes(length))


def test_a_wrong_crc_is_refused() -> None:
    with pytest.raises(InstallCodeError, match="the CRC is c3b4 where c3b5 belongs"):
        InstallCode.parse(PRINTED[:-1] + "4")
    with pytest.raises(InstallCodeError, match="not hexadecimal"):
        InstallCode.parse("my device")


def test_the_hash_of_whole_blocks_and_of_parts_of_them() -> None:
    digests = {aes_mmo(bytes(length)) for length in range(40)}
    assert len(digests) == 40


def test_what_is_printed_by_default_depends_on_the_device() -> None:
    assert default_install_code(METER) == default_install_code(METER) != default_install_code(STRANGER)
