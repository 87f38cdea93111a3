// One sign-in for two apps of two brands in Chromium, on the pages that Portico hosts, and one way out of both.
//
//   node sso.js GATEWAY CHROMIUM [FOLDER FOR SCREENSHOTS]

import assert from "node:assert/strict";
import { PATIENCE, browser, finish, gateway, mailed, picture, post, story } from "./common.js";

const at = (label) => gateway.replace("//localhost", `//${label}.localhost`);
const [SHOP, CLUB] = [at("shop"), at("club")];
const PASSWORD = "a lovelace of engines";

/** A browser without scripts: the pages need none. */
async function visit() {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  return { page, close: () => context.close() };
}

async function register(address) {
  const { transaction } = await post("/v1/register", { email: address, password: PASSWORD });
  const registered = await post("/v1/verify", { transaction, code: await mailed(address, "code") });
  assert.equal(registered.status, "complete");
}

async function signIn(page, address, password) {
  await page.fill("#email", address);
  await page.fill("#password", password);
  await page.click("#submit");
}

const who = (page) => page.locator("#who").textContent();

await story("who signs in to the shop is signed in to the club, and out of both", visit, async ({ page }) => {
  await register("iris@browser.example");
  await page.goto(SHOP);
  assert.equal(await who(page), "Nobody is signed in.");
  await page.click("#login");
  await page.locator("#sign_in").waitFor();
  await picture(page, "sign-in");
  await signIn(page, "iris@browser.example", "something else altogether");
  await page.locator("[role=alert]").waitFor();
  await picture(page, "sign-in-wrong");
  await signIn(page, "iris@browser.example", PASSWORD);
  await page.waitForURL(`${SHOP}/`);
  assert.equal(await who(page), "You are signed in as iris@browser.example.");
  await picture(page, "shop");

  await page.goto(CLUB);
  assert.equal(await who(page), "Nobody is signed in.");
  await page.click("#login");
  await page.waitForURL(`${CLUB}/`);
  assert.equal(await who(page), "You are signed in as iris@browser.example.");
  await picture(page, "club");

  await page.click("#logout");
  await page.waitForURL(`${CLUB}/`);
  assert.equal(await who(page), "Nobody is signed in.");
  // Nobody is signed in at Portico either: the club asks again.
  await page.click("#login");
  await page.locator("#sign_in").waitFor();
});

await story("who does not want to sign in is back at the app", visit, async ({ page }) => {
  await page.goto(SHOP);
  await page.click("#login");
  await page.click("#cancel");
  await page.waitForURL(`${SHOP}/**`);
  assert.match(await who(page), /access_denied/);
});

await finish();
