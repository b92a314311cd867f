"""A passkey made of software, for tests without a browser."""

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

SITE = "http://localhost"
FLAG = AuthenticatorData.FLAG


@dataclass
class SoftKey:
    """A passkey for localhost. Its wishes can be set to answer wrongly."""

    origin: str = SITE
    asks_holder: bool = True
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    name: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    owner: str = ""

    def made(self, options: dict[str, Any]) -> str:
        """Return the answer to a wish for a new passkey."""
        self.owner = options["publicKey"]["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(b"\0" * 16, self.name, public)
        data = AuthenticatorData.create(self._site(), self._flags() | FLAG.AT, 0, credential)
        made = AttestationObject.create("none", data, {})
        client = self._client("webauthn.create", options)
        return self._answer(clientDataJSON=client, attestationObject=bytes(made))

    def proof(self, options: dict[str, Any]) -> str:
        """Return the answer to a wish for a proof."""
        data = AuthenticatorData.create(self._site(), self._flags(), 1)
        client = self._client("webauthn.get", options)
        signed = self.key.sign(bytes(data) + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": bytes(data), "signature": signed}
        return self._answer(**parts, userHandle=self.owner)

    def _site(self) -> bytes:
        return sha256(b"localhost").digest()

    def _flags(self) -> int:
        return FLAG.UP | FLAG.UV if self.asks_holder else FLAG.UP

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        challenge = options["publicKey"]["challenge"]
        said = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(said).encode()

    def _answer(self, **parts: bytes | str) -> str:
        texts = {
            name: part if isinstance(part, str) else websafe_encode(part)
            for name, part in parts.items()
        }
        name = websafe_encode(self.name)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": texts,
                "clientExtensionResults": {"credProps": {"rk": True}},
            }
        )
