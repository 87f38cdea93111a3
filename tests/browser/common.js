// What the stories in Chromium share: the browser, mails, requests, pictures, and the count.

import { join } from "node:path";
import { chromium } from "playwright-core";

const [address, executablePath, pictures] = process.argv.slice(2);
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export const gateway = address;
export const PATIENCE = 20_000;
export const browser = await chromium.launch({ executablePath, args: FLAGS, headless: true });
let passed = 0;
let failed = 0;

/** What the newest mail to this address brings that has one: a `code`, or a link that begins so. */
export async function mailed(address, what) {
  for (const until = Date.now() + PATIENCE; Date.now() < until;) {
    const sent = await (await fetch(`${gateway}/_local/outbox`)).json();
    const of = (mail) => (what === "code" ? mail.code : mail.link?.startsWith(what) && mail.link);
    const mail = sent.findLast((mail) => mail.to === address && of(mail));
    if (mail) return of(mail);
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`no ${what} for ${address}`);
}

/** `POST` as a program would. */
export async function post(path, body) {
  const answer = await fetch(`${gateway}${path}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  return answer.json();
}

export async function picture(page, name) {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

/** Counts a story, which `tell` tells with a visitor that `visit` brings; `said` says more of one that failed. */
export async function story(name, visit, tell, said = async () => "") {
  const visitor = await visit();
  try {
    await tell(visitor);
    passed += 1;
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    await picture(visitor.page, `failed-${failed}`);
    console.log(`FAILED ${name}\n${error.stack}\n${await said(visitor)}`);
  } finally {
    await visitor.close();
  }
}

/** Says how many passed, and ends. */
export async function finish() {
  await browser.close();
  console.log(`browser: ${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}
