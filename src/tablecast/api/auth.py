"""Who asks: bearer tokens (JWT), and the one subject that a server may allow without any.

A token that was sent and is not good is refused: nobody falls back to anonymous by mistake.
"""

import json
import time
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey
from joserfc.jwt import JWTClaimsRegistry

from tablecast.api.context import Principal
from tablecast.errors import Mistake
from tablecast.settings import Settings

SECRET_CHARACTERS = 32
LEEWAY_SECONDS = 5
SUBJECT_CHARACTERS = 128

_OURS_SIGNED_WITH = "HS256"
# Public-key algorithms alone: with HMAC among them a public key would do as a shared secret.
_ISSUERS_SIGN_WITH = ["RS256", "PS256", "ES256", "Ed25519", "EdDSA"]
_OURS = "system:"


class Unauthenticated(Mistake):
    """No token where one is needed, or one that is not good."""


class Authenticator:
    """Turns an `Authorization` header into a `Principal`, by the settings' secret and JWK set."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secret = _secret_key(settings)
        self._issuer = _issuer_keys(settings)

    def principal(self, header: str | None) -> Principal:
        """Return who asks; raises `Unauthenticated`."""
        if header is None or not header.strip():
            return self._anonymous()
        scheme, _, token = header.strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _refusal("The Authorization header is not `Bearer <token>`.")
        return self._verified(token.strip())

    def _anonymous(self) -> Principal:
        subject = self._settings.anonymous
        if not subject:
            raise _refusal("This needs a bearer token.")
        return Principal(subject, admin=self._settings.cluster == "embedded")

    def _verified(self, token: str) -> Principal:
        try:
            claims = self._claims(token)
            registry = JWTClaimsRegistry(
                leeway=LEEWAY_SECONDS,
                sub={"essential": True},
                exp={"essential": True},
                aud={"essential": True, "value": self._settings.audience},
            )
            registry.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as exc:
            raise _refusal("This bearer token is wrong or has expired.") from exc
        return _principal_of(claims)

    def _claims(self, token: str) -> dict[str, Any]:
        algorithm = jws.extract_compact(token.encode()).headers().get("alg")
        if algorithm == _OURS_SIGNED_WITH and self._secret is not None:
            return jwt.decode(token, self._secret, algorithms=[_OURS_SIGNED_WITH]).claims
        if algorithm in _ISSUERS_SIGN_WITH and self._issuer is not None:
            return jwt.decode(token, self._issuer, algorithms=_ISSUERS_SIGN_WITH).claims
        raise ValueError("no key of ours verifies this algorithm")


def issue_token(settings: Settings, subject: str, seconds: float, admin: bool = False) -> str:
    """Return a bearer token for `subject`, signed by the settings' secret, good for `seconds`."""
    key = _secret_key(settings)
    if key is None:
        raise Mistake("Tokens are signed by the setting `secret`, which is empty.", field="secret")
    now = time.time()
    claims: dict[str, Any] = {
        "sub": subject,
        "aud": settings.audience,
        "iat": int(now),
        "exp": now + seconds,
    }
    if admin:
        claims["admin"] = True
    return jwt.encode({"alg": _OURS_SIGNED_WITH}, claims, key)


def _principal_of(claims: dict[str, Any]) -> Principal:
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_CHARACTERS:
        raise _refusal(f"A token's `sub` is 1 to {SUBJECT_CHARACTERS} characters.")
    if subject.startswith(_OURS):
        raise _refusal(f"Subjects that begin with `{_OURS}` are the server's own.")
    return Principal(subject, claims.get("admin") is True, float(claims["exp"]))


def _secret_key(settings: Settings) -> OctKey | None:
    if not settings.secret:
        return None
    if len(settings.secret) < SECRET_CHARACTERS:
        raise Mistake(
            "The setting `secret` is too short to sign with.",
            code="SECRET_TOO_SHORT",
            field="secret",
            hint=f"At least {SECRET_CHARACTERS} random characters.",
        )
    return OctKey.import_key(settings.secret)


def _issuer_keys(settings: Settings) -> KeySet | None:
    if settings.jwks_file is None:
        return None
    return KeySet.import_key_set(json.loads(settings.jwks_file.read_text()))


def _refusal(message: str) -> Unauthenticated:
    return Unauthenticated(
        message, code="UNAUTHENTICATED", hint="Send `Authorization: Bearer <token>`."
    )
