// A television signs its customer in by a code that is typed elsewhere (RFC 8628).

import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "openid-client";
import { Browser, app, register, refused, words } from "./common.js";

/** Types the code and signs in, up to the page that asks. */
async function typed(browser, address, code, customer) {
  const page = await browser.press(await browser.open(address), "submit", code ? { user_code: code } : {});
  return browser.press(page, "submit", customer);
}

test("a device waits until its customer allows it", async () => {
  const [tv, browser, customer] = [await app("tv"), new Browser(), await register()];
  const codes = await client.initiateDeviceAuthorization(tv, { scope: "openid email offline_access" });
  const waiting = client.pollDeviceAuthorizationGrant(tv, codes);
  const asked = await typed(browser, codes.verification_uri, codes.user_code, customer);
  assert(words(asked).includes("The Television") && words(asked).includes(codes.user_code), words(asked));
  // It has to have asked in vain once: until then nobody presses the button.
  while (!tv.asked.some((one) => one.error === "authorization_pending")) await new Promise((wake) => setTimeout(wake, 100));
  assert.equal((await browser.press(asked, "allow")).status, 200);
  const tokens = await waiting;
  assert.equal(tokens.claims().aud, "tv");
  assert.equal((await client.fetchUserInfo(tv, tokens.access_token, tokens.claims().sub)).email, customer.email);
  assert((await client.refreshTokenGrant(tv, tokens.refresh_token)).access_token);
  // It was given once.
  await refused(client.pollDeviceAuthorizationGrant(tv, { ...codes, interval: 0 }), "invalid_grant");
});

test("a device whose customer says no is told so", async () => {
  const [tv, browser, customer] = [await app("tv"), new Browser(), await register()];
  const codes = await client.initiateDeviceAuthorization(tv, { scope: "openid" });
  // From a picture the code is filled in.
  const asked = await typed(browser, codes.verification_uri_complete, null, customer);
  await browser.press(asked, "deny");
  await refused(client.pollDeviceAuthorizationGrant(tv, { ...codes, interval: 0 }), "access_denied");
});
