"""Portico's tokens as PyJWT sees them, which knows nothing but discovery and the key set."""

import sys

import jwt

from customer import call, expect, post_form, registered, signed_in

base = sys.argv[1]
checks = 0


def verify(token, audience, typ):
    global checks
    key = keys.get_signing_key_from_jwt(token)
    header = jwt.get_unverified_header(token)
    assert header["typ"].lower() == typ, header
    assert header["alg"] in discovery["id_token_signing_alg_values_supported"], header
    claims = jwt.decode(
        token, key, algorithms=[header["alg"]], audience=audience, issuer=discovery["issuer"],
        options={"require": ["iss", "sub", "aud", "exp", "iat"]},
    )
    checks += 1
    return claims


discovery = expect(200, call(base, "GET", "/.well-known/openid-configuration"))
server = expect(200, call(base, "GET", "/.well-known/oauth-authorization-server"))
assert server["issuer"] == discovery["issuer"] and server["token_endpoint"] == discovery["token_endpoint"]
keys = jwt.PyJWKClient(discovery["jwks_uri"])
algorithms = {key.algorithm_name for key in keys.get_signing_keys()}
assert algorithms >= {"ES256", "RS256"}, algorithms

registered(base, "ada@example.com")
answer = signed_in(base, "ada@example.com")
access = verify(answer["access_token"], audience=None if "aud" not in jwt.decode(
    answer["access_token"], options={"verify_signature": False}) else jwt.decode(
    answer["access_token"], options={"verify_signature": False})["aud"], typ="at+jwt")
identity = verify(answer["id_token"], audience=access["client_id"], typ="jwt")
assert identity["sub"] == access["sub"] and access["exp"] - access["iat"] <= 600

# What anybody could have signed is refused by us as by PyJWT.
forged = answer["access_token"][:-8] + "AAAAAAAA"
try:
    verify(forged, access["aud"], "at+jwt")
    raise SystemExit("a forged token verifies")
except jwt.InvalidSignatureError:
    checks += 1
for token in (forged, answer["id_token"]):
    expect(401, call(base, "GET", "/v1/me", headers={"authorization": f"Bearer {token}"}))
    checks += 1
expect(200, call(base, "GET", "/v1/me", headers={"authorization": f"Bearer {answer['access_token']}"}))

refreshed = expect(200, post_form(base, "/oauth2/token", {
    "grant_type": "refresh_token", "refresh_token": answer["refresh_token"], "client_id": access["client_id"]}))
again = verify(refreshed["access_token"], audience=access["aud"], typ="at+jwt")
assert again["sid"] == access["sid"] and refreshed["refresh_token"] != answer["refresh_token"]

print(f"PyJWT {jwt.__version__} agrees: {checks} checks, {', '.join(sorted(algorithms))}")
