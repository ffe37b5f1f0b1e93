"""Tokens: who is let in, as whom, and that a bad token is never taken for none."""

import base64
import hmac
import json
import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from tablecast.api.auth import Authenticator, Unauthenticated, issue_token
from tablecast.errors import Mistake
from tablecast.settings import Settings

SECRET = "0123456789abcdef0123456789abcdef"


def settings(**changes: Any) -> Settings:
    return Settings(**({"secret": SECRET, "anonymous": "somebody"} | changes))


def bearer(claims: dict[str, Any], key: Any = None, alg: str = "HS256", **header: Any) -> str:
    claims = {"aud": "tablecast", "exp": int(time.time()) + 60} | claims
    key = key or OctKey.import_key(SECRET)
    return "Bearer " + jwt.encode({"alg": alg} | header, claims, key, algorithms=[alg])


def test_an_issued_token_names_its_subject_and_when_it_ends() -> None:
    """The token that the command line issues is the one that the API takes."""
    token = issue_token(settings(), "ada", seconds=60)
    principal = Authenticator(settings()).principal("Bearer " + token)
    assert (principal.subject, principal.admin) == ("ada", False)
    assert principal.expires_at == pytest.approx(time.time() + 60, abs=3)


def test_an_administrator_is_who_the_token_says() -> None:
    """`admin` counts only where it is the JSON value true."""
    token = issue_token(settings(), "root", seconds=60, admin=True)
    assert Authenticator(settings()).principal("Bearer " + token).admin
    assert not Authenticator(settings()).principal(bearer({"sub": "x", "admin": "yes"})).admin


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Basic YTpi", id="another scheme"),
        pytest.param("Bearer", id="no token"),
        pytest.param("Bearer not-a-token", id="garbage"),
        pytest.param("Bearer a.b.c", id="garbage in three parts"),
        pytest.param("Bearer " + "é" * 9, id="not ascii"),
        pytest.param(bearer({"sub": "ada", "exp": int(time.time()) - 60}), id="expired"),
        pytest.param(bearer({"sub": "ada", "exp": "tomorrow"}), id="an end that is no number"),
        pytest.param(bearer({"sub": "ada", "aud": "elsewhere"}), id="for another audience"),
        pytest.param(bearer({}), id="no subject"),
        pytest.param(bearer({"sub": 7}), id="a subject that is no text"),
        pytest.param(bearer({"sub": "a" * 129}), id="a subject too long"),
        pytest.param(bearer({"sub": "system:tablecast"}), id="the server's own subject"),
        pytest.param(bearer({"sub": "ada"}, OctKey.import_key("f" * 32)), id="another secret"),
        pytest.param(bearer({"sub": "ada"}, alg="HS512"), id="another algorithm"),
        pytest.param("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.", id="unsigned"),
    ],
)
def test_a_bad_token_is_refused_even_where_anonymous_is_allowed(header: str) -> None:
    """Nobody falls back to the anonymous subject by a typing error."""
    with pytest.raises(Unauthenticated):
        Authenticator(settings(cluster="embedded")).principal(header)


def test_a_token_without_an_end_is_refused() -> None:
    """A token that never ends could never be taken back."""
    token = jwt.encode(
        {"alg": "HS256"}, {"sub": "ada", "aud": "tablecast"}, OctKey.import_key(SECRET)
    )
    with pytest.raises(Unauthenticated):
        Authenticator(settings()).principal("Bearer " + token)


def test_without_a_token_one_is_the_anonymous_subject_and_admin_only_when_embedded() -> None:
    """On one's own laptop the anonymous subject owns the place; elsewhere it is nobody special."""
    assert Authenticator(settings(cluster="embedded")).principal(None).admin
    somebody = Authenticator(settings(cluster="kubernetes")).principal(None)
    assert (somebody.subject, somebody.admin) == ("somebody", False)


def test_without_a_token_and_without_an_anonymous_subject_one_is_refused() -> None:
    """The production default lets nobody in without a token."""
    with pytest.raises(Unauthenticated):
        Authenticator(settings(anonymous="")).principal(None)


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        pytest.param(RSAKey.generate_key(2048, {"kid": "one"}), "RS256", id="RSA"),
        pytest.param(ECKey.generate_key("P-256", {"kid": "one"}), "ES256", id="elliptic curve"),
    ],
)
def test_an_issuer_whose_keys_are_in_the_jwk_set_is_trusted(
    tmp_path: Path, key: Any, alg: str
) -> None:
    """An identity provider's tokens are taken beside those signed by the secret."""
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    authenticator = Authenticator(settings(jwks_file=path))
    assert authenticator.principal(bearer({"sub": "ada"}, key, alg, kid="one")).subject == "ada"
    assert authenticator.principal(bearer({"sub": "bob"})).subject == "bob"


def test_a_public_key_is_never_taken_for_a_shared_secret(tmp_path: Path) -> None:
    """The classic confusion: an HMAC made with the issuer's public key."""
    key = RSAKey.generate_key(2048, {"kid": "one"})
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    signed = bearer({"sub": "ada"}, kid="one").removeprefix("Bearer ").rpartition(".")[0]
    mac = hmac.digest(key.as_pem(private=False), signed.encode(), "sha256")
    forged = f"Bearer {signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    for changes in ({}, {"secret": ""}):
        with pytest.raises(Unauthenticated):
            Authenticator(settings(jwks_file=path, **changes)).principal(forged)


def test_an_empty_secret_signs_and_verifies_nothing() -> None:
    """An empty key would make every forgery good."""
    empty = settings(secret="")
    with pytest.raises(Mistake):
        issue_token(empty, "ada", seconds=60)
    with pytest.raises(Unauthenticated):
        Authenticator(empty).principal(bearer({"sub": "ada"}))


def test_a_short_secret_is_refused_at_the_start() -> None:
    """A guessable secret is a mistake to tell before anybody relies on it."""
    with pytest.raises(Mistake, match="too short"):
        Authenticator(settings(secret="short"))
