// Tokens that are good with a key alone (DPoP, RFC 9449), where nonces are not demanded and where they are; and a
// bank's app, which keeps to FAPI 2.0.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "openid-client";
import { Browser, app, ask, gateway, key, refused, register, signIn, withNonce } from "./common.js";

const proof = async (config) => client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
const nonces = (config) => config.asked.filter((one) => one.error === "use_dpop_nonce").length;

for (const [at, demanded] of [[gateway, false], [withNonce, true]]) {
  test(`tokens are bound to a key, ${demanded ? "with" : "without"} a nonce`, async () => {
    const [shop, browser, customer] = [await app("shop", client.None(), { at }), new Browser(at), await register(at)];
    const DPoP = await proof(shop);
    const { tokens } = await signIn(shop, browser, customer, { DPoP });
    assert.equal(nonces(shop), demanded ? 1 : 0, JSON.stringify(shop.asked));
    assert.equal(tokens.token_type, "dpop");
    const { sub } = tokens.claims();
    assert.equal((await client.fetchUserInfo(shop, tokens.access_token, sub, { DPoP })).email, customer.email);

    // Without the key, or with another, it opens nothing.
    const thief = await proof(shop);
    await assert.rejects(client.fetchUserInfo(shop, tokens.access_token, sub), { status: 401 });
    await assert.rejects(client.fetchUserInfo(shop, tokens.access_token, sub, { DPoP: thief }), { status: 401 });
    await refused(client.refreshTokenGrant(shop, tokens.refresh_token, undefined, { DPoP: thief }), "invalid_grant");
    await refused(client.refreshTokenGrant(shop, tokens.refresh_token), "invalid_request");
    const renewed = await client.refreshTokenGrant(shop, tokens.refresh_token, undefined, { DPoP });
    assert.equal(renewed.token_type, "dpop");
    assert.equal((await client.fetchUserInfo(shop, renewed.access_token, sub, { DPoP })).sub, sub);
  });

  test(`a bank's app has what FAPI 2.0 asks for, ${demanded ? "with" : "without"} a nonce`, async () => {
    const [bank, browser, customer] = [
      await app("bank", client.PrivateKeyJwt(key), { at }), new Browser(at), await register(at),
    ];
    // A request that was not pushed is none.
    assert.equal((await browser.open((await ask(bank)).url)).status, 400);
    const DPoP = await proof(bank);
    const how = { DPoP, build: client.buildAuthorizationUrlWithPAR, more: {} };
    const { checks, url } = await ask(bank, how);
    const back = await browser.comeBack(url, customer);
    // The code belongs to the key that pushed the request.
    await refused(client.authorizationCodeGrant(bank, back, checks, undefined, { DPoP: await proof(bank) }), "invalid_grant");
    const tokens = await client.authorizationCodeGrant(bank, back, checks, undefined, { DPoP });
    assert.equal(tokens.token_type, "dpop");
    const renewed = await client.refreshTokenGrant(bank, tokens.refresh_token, undefined, { DPoP });
    assert.equal(renewed.refresh_token ?? tokens.refresh_token, tokens.refresh_token, "its key protects it: no rotation");
    assert((await client.refreshTokenGrant(bank, tokens.refresh_token, undefined, { DPoP })).access_token);
    await client.tokenRevocation(bank, tokens.refresh_token);
    await refused(client.refreshTokenGrant(bank, tokens.refresh_token, undefined, { DPoP }), "invalid_grant");
  });
}
