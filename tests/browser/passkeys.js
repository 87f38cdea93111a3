// Passkeys in Chromium, with CDP's virtual authenticator, through the page that `local` serves.
//
//   node passkeys.js GATEWAY CHROMIUM [FOLDER FOR SCREENSHOTS]

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [gateway, executablePath, pictures] = process.argv.slice(2);
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const PATIENCE = 20_000;

const profile = await mkdtemp(join(tmpdir(), "portico-browser-"));
const browser = await chromium.launchPersistentContext(profile, { executablePath, args: FLAGS, headless: true });
let passed = 0;
let failed = 0;

/** A page of its own with an authenticator of its own. */
async function visit() {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  const cdp = await browser.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true,
    hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", { options });
  await page.goto(`${gateway}/_local/app`);
  await page.locator("html[data-ready]").waitFor({ state: "attached" });
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
  return { page, faults, credentials, verify, press };
}

/** The code that was mailed to this address. */
async function code(address) {
  for (const until = Date.now() + PATIENCE; Date.now() < until;) {
    const sent = await (await fetch(`${gateway}/_local/outbox`)).json();
    const mail = sent.findLast((mail) => mail.to === address && mail.code);
    if (mail) return mail.code;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`no code for ${address}`);
}

async function signUp(visitor, address) {
  const { page, press } = visitor;
  await page.fill("#register-email", address);
  await press("register-submit", "done");
  await page.fill("#verify-code", await code(address));
  await press("verify-submit", "done");
}

async function picture(page, name) {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

async function test(name, story) {
  const visitor = await visit();
  try {
    await story(visitor);
    assert.deepEqual(visitor.faults, []);
    passed += 1;
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    await picture(visitor.page, `failed-${failed}`);
    console.log(`FAILED ${name}\n${error.stack}\n#status: ${await visitor.page.locator("#status").textContent()}`);
  } finally {
    await visitor.page.close();
  }
}

await test("the page loads and offers both ways", async ({ page }) => {
  await picture(page, "app");
  assert.equal(await page.locator("#sign-in").isVisible(), true);
  assert.equal(await page.locator("#sign-up").isVisible(), true);
  assert.equal(await page.locator("#session").isVisible(), false);
  await page.goto(`${gateway}/_local/app#token=abc`);
  await page.reload();
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
  await verify(false);
  const status = await page.evaluate(async () => {
    const post = (path, body) => fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const begun = await (await post("/v1/passkey/options", {})).json();
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON({
      ...begun.public_key, userVerification: "discouraged",
    });
    const credential = await navigator.credentials.get({ publicKey });
    return (await post("/v1/passkey", { transaction: begun.transaction, credential: credential.toJSON() })).status;
  });
  assert.equal(Math.floor(status / 100), 4);
});

await browser.close();
await rm(profile, { recursive: true, force: true });
console.log(`browser: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
