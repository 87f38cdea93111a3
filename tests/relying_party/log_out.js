// An app sends its customer's browser to be logged out, of every app (OpenID Connect RP-Initiated Logout).

import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "openid-client";
import { Browser, app, ask, has, refused, register, signIn } from "./common.js";

const there = { post_logout_redirect_uri: "https://shop.example/bye", state: "as it is" };

test("who logs out of one app is out of both", async () => {
  const [shop, club, browser, customer] = [await app("shop"), await app("club"), new Browser(), await register()];
  const first = (await signIn(shop, browser, customer)).tokens;
  const second = (await signIn(club, browser, null)).tokens;
  const url = client.buildEndSessionUrl(shop, { ...there, id_token_hint: first.id_token });
  const { location } = await browser.open(url);
  assert.equal(`${location.origin}${location.pathname}`, there.post_logout_redirect_uri);
  assert.equal(location.searchParams.get("state"), there.state);
  await refused(client.refreshTokenGrant(shop, first.refresh_token), "invalid_grant");
  await refused(client.refreshTokenGrant(club, second.refresh_token), "invalid_grant");
  assert(has(await browser.open((await ask(club)).url), "sign_in"), "nobody is signed in");
});

test("without a proof of the session the customer is asked", async () => {
  const [shop, browser, customer] = [await app("shop"), new Browser(), await register()];
  const { tokens } = await signIn(shop, browser, customer);
  const page = await browser.open(client.buildEndSessionUrl(shop, there));
  assert((await client.refreshTokenGrant(shop, tokens.refresh_token)).access_token, "nothing has ended yet");
  const { location } = await browser.press(page, "confirm");
  assert.equal(`${location.origin}${location.pathname}`, there.post_logout_redirect_uri);
  assert(has(await browser.open((await ask(shop)).url), "sign_in"), "nobody is signed in");
});

test("nobody is led where no app is", async () => {
  const [shop, browser, customer] = [await app("shop"), new Browser(), await register()];
  const { tokens } = await signIn(shop, browser, customer);
  const evil = { id_token_hint: tokens.id_token, post_logout_redirect_uri: "https://evil.example/" };
  const page = await browser.open(client.buildEndSessionUrl(shop, evil));
  assert.deepEqual([page.status, page.location], [400, undefined]);
});
