// Apps sign customers in, go on without them, and stop, by `openid-client`.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "openid-client";
import { Browser, app, ask, gateway, has, key, refused, register, secret, signIn } from "./common.js";

const orders = await app("orders", client.ClientSecretBasic(secret));
const isActive = async (token) => (await client.tokenIntrospection(orders, token)).active;

test("the issuer's address is all that an app has to know", async () => {
  const metadata = (await app("shop")).serverMetadata();
  assert.equal(metadata.issuer, gateway);
  assert(metadata.supportsPKCE());
  await assert.rejects(client.discovery(new URL(gateway), "shop", undefined, client.None()), /only requests to HTTPS/i);
});

test("a public app signs a customer in, and another app asks for nothing", async () => {
  const [shop, club, browser, customer] = [await app("shop"), await app("club"), new Browser(), await register()];
  const { tokens } = await signIn(shop, browser, customer);
  const claims = tokens.claims();
  assert.equal(claims.aud, "shop");
  assert.equal(tokens.scope, "openid email");
  const told = await client.fetchUserInfo(shop, tokens.access_token, claims.sub);
  assert.deepEqual([told.email, told.email_verified], [customer.email, true]);
  // It is another's token for an app that expects another customer.
  await assert.rejects(client.fetchUserInfo(shop, tokens.access_token, "cus_another"));

  const second = await signIn(club, browser, null);
  assert.deepEqual([second.tokens.claims().sub, second.tokens.claims().sid], [claims.sub, claims.sid]);
});

test("nobody is signed in silently who is not there", async () => {
  const shop = await app("shop");
  const { checks, url } = await ask(shop, { more: { prompt: "none" } });
  const back = await new Browser().comeBack(url);
  await refused(client.authorizationCodeGrant(shop, back, checks), "login_required");
});

test("who does not want to sign in is back at the app", async () => {
  const [shop, browser] = [await app("shop"), new Browser()];
  const { checks, url } = await ask(shop);
  const { location } = await browser.press(await browser.open(url), "cancel");
  await refused(client.authorizationCodeGrant(shop, location, checks), "access_denied");
});

test("each way of showing who one is", async () => {
  const [browser, customer] = [new Browser(), await register()];
  for (const [id, authentication] of [
    ["basic", client.ClientSecretBasic(secret)], ["post", client.ClientSecretPost(secret)], ["keyed", client.PrivateKeyJwt(key)],
  ]) {
    const config = await app(id, authentication, { id_token_signed_response_alg: id === "post" ? "RS256" : "ES256" });
    const { tokens } = await signIn(config, browser, customer);
    assert.equal(tokens.claims().aud, id);
    assert((await client.refreshTokenGrant(config, tokens.refresh_token)).access_token);
  }
  // In another way than the registered one nobody is let in.
  const { url, checks } = await ask(await app("basic"));
  const back = await browser.comeBack(url);
  for (const authentication of [client.ClientSecretPost(secret), client.ClientSecretBasic("wrong"), client.None()]) {
    const wrong = await app("basic", authentication);
    await assert.rejects(client.authorizationCodeGrant(wrong, back, checks));
    assert.deepEqual(wrong.asked, [{ path: "/oauth2/token", status: 401, error: "invalid_client" }]);
  }
});

test("an assertion is good once", async () => {
  const twice = { [client.modifyAssertion]: (_, payload) => void (payload.jti = "the same once more") };
  const robot = await app("auditor", client.PrivateKeyJwt(key, twice));
  assert.equal((await client.clientCredentialsGrant(robot, { scope: "read" })).scope, "read");
  await assert.rejects(client.clientCredentialsGrant(robot, { scope: "read" }));
  assert.deepEqual(robot.asked.at(-1), { path: "/oauth2/token", status: 401, error: "invalid_client" });
});

test("a request is pushed before the browser moves", async () => {
  const [basic, browser, customer] = [await app("basic", client.ClientSecretBasic(secret)), new Browser(), await register()];
  const { checks, url } = await ask(basic, { build: client.buildAuthorizationUrlWithPAR });
  assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
  const tokens = await client.authorizationCodeGrant(basic, await browser.comeBack(url, customer), checks);
  assert.equal(tokens.claims().aud, "basic");
  assert.equal((await browser.open(url)).status, 400, "it is spent with its code");
  const elsewhere = ask(basic, { build: client.buildAuthorizationUrlWithPAR, more: { redirect_uri: "https://evil.example/" } });
  await refused(elsewhere, "invalid_request");
});

test("a request is signed", async () => {
  const [signer, browser, customer] = [await app("signer", client.PrivateKeyJwt(key)), new Browser(), await register()];
  const build = (config, parameters) => client.buildAuthorizationUrlWithJAR(config, parameters, key);
  assert.equal((await signIn(signer, browser, customer, { build })).tokens.claims().aud, "signer");
  // Unsigned it is none.
  const page = await browser.open((await ask(signer)).url);
  assert.deepEqual([page.status, page.location], [400, undefined]);
});

test("a partner gets a subject of its own, a page that asks, and signed answers", async () => {
  const customer = await register();
  const shop = (await signIn(await app("shop"), new Browser(), customer)).tokens.claims();
  const partner = await app("partner", client.ClientSecretBasic(secret), { userinfo_signed_response_alg: "ES256" });
  const browser = new Browser();
  const { url } = await ask(partner);
  const asked = await browser.press(await browser.open(url), "submit", customer);
  assert(has(asked, "consent"), "it is somebody else's app");
  const { tokens } = await signIn(partner, browser, customer);
  assert.notEqual(tokens.claims().sub, shop.sub);
  const told = await client.fetchUserInfo(partner, tokens.access_token, tokens.claims().sub);
  assert.deepEqual([told.aud, told.email], ["partner", customer.email]);

  const auditor = await app("auditor", client.PrivateKeyJwt(key), { introspection_signed_response_alg: "ES256" });
  const known = await client.tokenIntrospection(auditor, tokens.access_token);
  assert.deepEqual([known.active, known.client_id, known.sub], [true, "partner", tokens.claims().sub]);
  assert.deepEqual(await client.tokenIntrospection(auditor, "nonsense"), { active: false });
});

test("a code that comes twice ends what it bought", async () => {
  const [shop, customer] = [await app("shop"), await register()];
  const { back, checks, tokens } = await signIn(shop, new Browser(), customer);
  assert(await isActive(tokens.access_token));
  await refused(client.authorizationCodeGrant(shop, back, checks), "invalid_grant");
  assert.deepEqual([await isActive(tokens.access_token), await isActive(tokens.refresh_token)], [false, false]);
  await assert.rejects(client.fetchUserInfo(shop, tokens.access_token, tokens.claims().sub), { status: 401 });
  await refused(client.refreshTokenGrant(shop, tokens.refresh_token), "invalid_grant");
});

test("a code is nothing without its verifier, or at another app", async () => {
  const [shop, club, browser, customer] = [await app("shop"), await app("club"), new Browser(), await register()];
  const { checks, url } = await ask(shop);
  const back = await browser.comeBack(url, customer);
  const other = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
  await refused(client.authorizationCodeGrant(shop, back, other), "invalid_grant");
  await refused(client.authorizationCodeGrant(club, back, checks), "invalid_grant");
  assert((await client.authorizationCodeGrant(shop, back, checks)).access_token);
});

test("a refresh token that is used twice ends its family", async () => {
  const [shop, customer] = [await app("shop"), await register()];
  const first = (await signIn(shop, new Browser(), customer)).tokens;
  const second = await client.refreshTokenGrant(shop, first.refresh_token);
  assert.equal(second.claims().sub, first.claims().sub);
  const third = await client.refreshTokenGrant(shop, second.refresh_token);
  assert.equal(new Set([first, second, third].map((tokens) => tokens.refresh_token)).size, 3);
  assert(await isActive(third.access_token));
  await refused(client.refreshTokenGrant(shop, first.refresh_token), "invalid_grant");
  assert.equal(await isActive(third.access_token), false);
  await refused(client.refreshTokenGrant(shop, third.refresh_token), "invalid_grant");
});

test("what is revoked is over, and nobody else can revoke it", async () => {
  const [shop, club, customer] = [await app("shop"), await app("club"), await register()];
  const { tokens } = await signIn(shop, new Browser(), customer);
  await refused(client.tokenRevocation(club, tokens.refresh_token), "invalid_grant");
  assert(await isActive(tokens.access_token));
  await client.tokenRevocation(shop, tokens.refresh_token);
  assert.equal(await isActive(tokens.access_token), false);
  await refused(client.refreshTokenGrant(shop, tokens.refresh_token), "invalid_grant");
  await client.tokenRevocation(shop, tokens.refresh_token);
});

test("only who may asks about tokens", async () => {
  const basic = await app("basic", client.ClientSecretBasic(secret));
  await assert.rejects(client.tokenIntrospection(basic, "nonsense"));
  assert.deepEqual(basic.asked, [{ path: "/oauth2/introspect", status: 400, error: "unauthorized_client" }]);
});
