// The app of docs/app.md, as it stands on the page.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { Browser, app, ask, gateway, has, port, register, words } from "./common.js";

const page = await readFile(process.env.PORTICO_TUTORIAL, "utf8");
const file = new URL(`./tutorial-${port}.mjs`, import.meta.url);
await writeFile(file, page.match(/```js\n(.*?)```/s)[1]);
const running = spawn(process.execPath, [file.pathname], {
  env: { ...process.env, PORT: port, ISSUER: gateway }, stdio: ["ignore", "pipe", "inherit"],
});
after(async () => {
  running.kill();
  await rm(file);
});
for await (const line of createInterface(running.stdout)) if (line.startsWith("listening")) break;

const home = `http://127.0.0.1:${port}/`;

test("the app of the tutorial signs a customer in and out, and another app asks for nothing", async () => {
  const [browser, customer] = [new Browser(gateway, home), await register()];
  assert.match(words(await browser.open(home)), /^Sign in$/);
  const form = await browser.open(`${home}login`);
  const back = await browser.press(form, "submit", customer);
  assert.match(words(back), new RegExp(`^You are ${customer.email}\\. Log out$`));
  assert((await browser.comeBack((await ask(await app("shop"))).url)).searchParams.has("code"));

  assert.match(words(await browser.open(`${home}logout`)), /^Sign in$/);
  assert(has(await browser.open(`${home}login`), "sign_in"), "nobody is signed in at Portico either");
});

test("whoever does not want to, or was sent by somebody else, is not signed in", async () => {
  const [browser, other, customer] = [new Browser(gateway, home), new Browser(gateway, home), await register()];
  const refused = await browser.press(await browser.open(`${home}login`), "cancel");
  assert.deepEqual([refused.status, words(refused)], [400, "Nobody was signed in: access_denied"]);
  // The way back of one browser is none of another's, whether that one was sent away too or not.
  const form = await browser.open(`${home}login`);
  const { location } = await browser.press(form, "submit", customer, `${home}callback`);
  assert.equal((await other.open(location)).status, 400);
  await other.open(`${home}login`);
  assert.equal((await other.open(location)).status, 400);
  assert.match(words(await other.open(home)), /^Sign in$/);
  assert.match(words(await browser.open(location)), /^You are /);
});
