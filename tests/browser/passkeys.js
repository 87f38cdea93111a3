// Passkeys and mailed links in Chromium, with CDP's virtual authenticator, through the page that `local`
// serves, where EMAIL_SIGN_IN is on.
//
//   node passkeys.js GATEWAY CHROMIUM [FOLDER FOR SCREENSHOTS]

import assert from "node:assert/strict";
import { PATIENCE, browser, finish, gateway, mailed, picture, post, story } from "./common.js";

const APP = `${gateway}/_local/app`;

/** A browser of somebody's own, as far as a page can tell: with an authenticator and a storage of its own. */
async function visit() {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true,
    hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", { options });
  /** Opens the page, anew if need be. */
  const open = async (address) => {
    await page.goto("about:blank");
    await page.goto(address);
    await page.locator("html[data-ready]").waitFor({ state: "attached" });
  };
  await open(APP);
  const credentials = async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  const verify = (isUserVerified) => cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
  const status = async (state) => {
    await page.locator("#status:is([data-state=done], [data-state=error])").waitFor();
    const said = await page.locator("#status").textContent();
    assert.equal(await page.locator("#status").getAttribute("data-state"), state, said);
    return said;
  };
  /** Presses a button and waits for what comes of it. */
  const press = async (id, state) => {
    await page.evaluate(() => { document.getElementById("status").dataset.state = "idle"; });
    await page.locator(`#${id}`).click();
    return status(state);
  };
  return { page, faults, credentials, verify, open, status, press, close: () => context.close() };
}

async function signUp(visitor, address) {
  const { page, press } = visitor;
  await page.fill("#register-email", address);
  await press("register-submit", "done");
  await page.fill("#verify-code", await mailed(address, "code"));
  await press("verify-submit", "done");
}

/** A story of this page, on which nothing may go wrong unnoticed. */
const test = (name, tell) => story(name, visit, async (visitor) => {
  await tell(visitor);
  assert.deepEqual(visitor.faults, []);
}, async ({ page }) => `#status: ${await page.locator("#status").textContent()}`);

await test("the page loads and offers both ways", async ({ page, open }) => {
  await picture(page, "app");
  assert.equal(await page.locator("#sign-in").isVisible(), true);
  assert.equal(await page.locator("#sign-up").isVisible(), true);
  assert.equal(await page.locator("#session").isVisible(), false);
  assert.equal(await page.locator("#landing-submit").isVisible(), false);
  await open(`${APP}#token=abc`);
  assert.equal(await page.locator("#landing-submit").isVisible(), true);
});

await test("sign-up with a passkey and no password, then in with nothing else", async (visitor) => {
  const { page, credentials, press } = visitor;
  await signUp(visitor, "ada@browser.example");
  const [passkey, ...others] = await credentials();
  assert.equal(others.length, 0);
  assert.equal(passkey.isResidentCredential, true);
  assert.equal(passkey.rpId, "localhost");
  const sub = await page.locator("#sub").textContent();
  assert.equal(await page.locator("#acr").textContent(), "aal1", "a code by mail is one factor");
  await press("sign-out", "done");
  assert.equal(await page.locator("#session").isVisible(), false);
  await press("passkey-sign-in", "done");
  assert.equal(await page.locator("#sub").textContent(), sub);
  assert.equal(await page.locator("#acr").textContent(), "aal2");
  const amr = (await page.locator("#amr").textContent()).split(" ");
  assert.ok(amr.includes("mfa") && (amr.includes("hwk") || amr.includes("swk")), amr.join(" "));
  await picture(page, "signed-in");
});

await test("without user verification nobody signs in", async (visitor) => {
  const { page, verify, press } = visitor;
  await signUp(visitor, "bob@browser.example");
  await press("sign-out", "done");
  await verify(false);
  await press("passkey-sign-in", "error");
  assert.equal(await page.locator("#session").isVisible(), false);
  await verify(true);
  await press("passkey-sign-in", "done");
  assert.equal(await page.locator("#acr").textContent(), "aal2");
});

await test("the server refuses what only touches, whatever the browser lets through", async (visitor) => {
  const { page, verify, press } = visitor;
  await signUp(visitor, "eve@browser.example");
  await press("sign-out", "done");
  /** Signs in with a browser that asks for so much verification: what the server says. */
  const signIn = (userVerification) => page.evaluate(async (userVerification) => {
    const post = (path, body) => fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const begun = await (await post("/v1/passkey/options", {})).json();
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON({ ...begun.public_key, userVerification });
    const credential = await navigator.credentials.get({ publicKey });
    const answer = await post("/v1/passkey", { transaction: begun.transaction, credential: credential.toJSON() });
    const { status, type } = await answer.json();
    return [answer.status, type ?? status];
  }, userVerification);
  await verify(false);
  assert.deepEqual(await signIn("discouraged"), [401, "urn:portico:problem:invalid-credentials"]);
  // Nothing else was wrong with it.
  await verify(true);
  assert.deepEqual(await signIn("required"), [200, "complete"]);
});

await test("a passkey among the suggestions of a field signs in", async (visitor) => {
  const { page, open, press, status } = visitor;
  await signUp(visitor, "finn@browser.example");
  const sub = await page.locator("#sub").textContent();
  await press("sign-out", "done");
  const asked = page.waitForRequest((request) => request.url().endsWith("/v1/passkey/options"));
  // Nothing is pressed: the page asks when it is opened, and the authenticator's user takes what is suggested.
  await open(APP);
  await asked;
  assert.equal(await status("done"), "Signed in with a suggested passkey.");
  assert.equal(await page.locator("#sub").textContent(), sub);
  assert.equal(await page.locator("#acr").textContent(), "aal2");
});

await test("a mailed link signs in the browser that asked for it, by its button", async (visitor) => {
  const { page, open, press } = visitor;
  const address = "gail@browser.example";
  const { transaction } = await post("/v1/register", { email: address });
  const registered = await post("/v1/verify", { transaction, code: await mailed(address, "code") });
  assert.equal(registered.status, "complete");
  await page.fill("#link-email", address);
  await press("link-submit", "done");
  const link = await mailed(address, `${APP}#token=`);
  const mine = await page.evaluate(() => localStorage.getItem("transaction"));

  const elsewhere = await visit();
  await elsewhere.open(link);
  assert.match(await elsewhere.press("landing-submit", "error"), /has not asked for a link/);
  await elsewhere.close();

  await open(link);
  assert.equal(await page.locator("#session").isVisible(), false, "to open it does nothing");
  await press("landing-submit", "done");
  assert.equal(await page.locator("#acr").textContent(), "aal1");
  assert.equal(await page.locator("#landing").isVisible(), false);
  assert.equal(new URL(page.url()).hash, "");
  await press("sign-out", "done");
  // It is used up.
  await page.evaluate((used) => localStorage.setItem("transaction", used), mine);
  await open(link);
  assert.match(await press("landing-submit", "error"), /\(transaction-expired\)/);
});

await test("a mailed link of somebody with a passkey is one proof of two", async (visitor) => {
  const { page, open, press } = visitor;
  const address = "hana@browser.example";
  await signUp(visitor, address);
  await press("sign-out", "done");
  await page.fill("#link-email", address);
  await press("link-submit", "done");
  await open(await mailed(address, `${APP}#token=`));
  assert.match(await press("landing-submit", "error"), /passkey \(mfa_required\)/);
  assert.equal(await page.locator("#session").isVisible(), false);
});

await finish();
