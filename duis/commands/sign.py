"""`duis sign`."""

from __future__ import annotations

import argparse
import time

from duis.commands.files import Output, expand, read_document, show_progress
from duis.commands.schemas import schemas_of
from duis.errors import DuisError
from duis.signer.core import KeystoreSignatories, MakeBatchSigner, Signatories, Signatory, SigningTool, one_by_one
from gbcs.commandline import read_input
from gbcs.errors import MissingKeyError
from smki import storage
from smki.keystore import open_keystore

#: So many documents are signed together.
_BATCH = 500


def run(arguments: argparse.Namespace) -> int:
    tool = signing_tool(arguments, _batch_signers(bulk=arguments.bulk))
    output = Output(as_json=arguments.json)
    names = expand(arguments.files)
    for start in range(0, len(names), _BATCH):
        batch = names[start : start + _BATCH]
        _sign(tool, batch, output, preserve_counter=arguments.preserve_counter)
        show_progress(start + len(batch), len(names))
    return output.status


def _sign(tool: SigningTool, names: list[str], output: Output, *, preserve_counter: bool) -> None:
    documents = [_read(name) for name in names]
    readable = [document for document in documents if isinstance(document, bytes)]
    signed = iter(tool.sign_many(readable, preserve_counter=preserve_counter))
    for name, document in zip(names, documents, strict=True):
        output.show(name, next(signed) if isinstance(document, bytes) else document)


def _read(name: str) -> bytes | OSError | DuisError:
    try:
        return read_document(name)
    except (OSError, DuisError) as error:
        return error


def _batch_signers(*, bulk: bool) -> MakeBatchSigner:
    if not bulk:
        return one_by_one
    from gbcs.bulk import BulkSigner, TestKey  # noqa: PLC0415 - loads the kernels' compiler

    # Whoever asks for it by name says that the keys are test keys.
    return lambda key: BulkSigner(TestKey(key))


def signing_tool(arguments: argparse.Namespace, batch: MakeBatchSigner = one_by_one) -> SigningTool:
    """The tool that the options of `duis sign` or `duis signer` ask for; `batch` makes signers of private keys."""
    if arguments.keystore and not (arguments.key or arguments.certificate):
        signatories: Signatories = KeystoreSignatories(open_keystore(arguments.keystore), batch)
    elif arguments.key and arguments.certificate and not arguments.keystore:
        signatories = _of_files(arguments.key, arguments.certificate, batch)
    else:
        arguments.usage_error("either --keystore or both --key and --certificate")
    return SigningTool(
        signatories,
        milliseconds=lambda: time.time_ns() // 1_000_000,
        check=arguments.check,
        schemas=schemas_of(arguments.schemas),
    )


def _of_files(key: str, certificate: str, batch: MakeBatchSigner) -> Signatories:
    entries = storage.read_octets(key, read_input(key) + b"\n" + read_input(certificate)).entries
    for entry in entries:
        if entry.private_key:
            signatory = Signatory(batch(entry.private_key), entry.certificate)
            return lambda _: signatory
    raise MissingKeyError(f"private key in {key} for a certificate in {certificate}")
