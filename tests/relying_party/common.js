// What the stories of a relying party share: Portico as npm's `openid-client` finds it, a customer, and a
// browser without scripts.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as client from "openid-client";
import { parse } from "parse5";

/** Portico, and one of its deployments that demands a nonce in each proof of possession. */
export const { PORTICO_URL: gateway, PORTICO_URL_NONCE: withNonce } = process.env;
assert(gateway && withNonce, "`bash .ci/run relying-party` says where Portico is");
const kept = JSON.parse(await readFile(process.env.PORTICO_CREDENTIALS));
const PASSWORD = "a lovelace of engines";

export const { secret, port } = kept;
export const key = {
  kid: "mine",
  key: await crypto.subtle.importKey("jwk", kept.key, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]),
};

/**
 * What an app knows of Portico: found by the address of the issuer. Signatures of ID tokens are verified, and
 * `config.asked` keeps what was asked and answered.
 */
export async function app(id, authentication = client.None(), { at = gateway, ...metadata } = {}) {
  const config = await client.discovery(new URL(at), id, metadata, authentication, {
    // Portico on this machine has no TLS.
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  });
  config.asked = [];
  config[client.customFetch] = async (url, options) => {
    const answer = await fetch(url, options);
    const said = answer.headers.get("content-type")?.includes("json") ? await answer.clone().json() : {};
    config.asked.push({ path: new URL(url).pathname, status: answer.status, error: said.error });
    return answer;
  };
  return config;
}

/** Sends a browser away to sign in, as the library has it; what is needed when it is back. */
export async function ask(config, how = {}) {
  const { client_id: id } = config.clientMetadata();
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(),
    expectedNonce: client.randomNonce(), idTokenExpected: true,
  };
  const parameters = {
    redirect_uri: `https://${id}.example/back`, scope: how.scope ?? "openid email", state: checks.expectedState,
    nonce: checks.expectedNonce, code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256", ...how.more,
  };
  const build = how.build ?? client.buildAuthorizationUrl;
  return { checks, url: await build(config, parameters, { DPoP: how.DPoP }) };
}

/** Signs a customer in to an app, from the app's first step to its tokens. */
export async function signIn(config, browser, customer, how = {}) {
  const { checks, url } = await ask(config, how);
  const back = await browser.comeBack(url, customer);
  return { back, checks, tokens: await client.authorizationCodeGrant(config, back, checks, undefined, { DPoP: how.DPoP }) };
}

/** A token request has to be refused with this error. */
export function refused(asked, error) {
  return assert.rejects(asked, (thrown) => {
    assert.equal(thrown.error, error, thrown.stack);
    return true;
  });
}

/** A new customer. */
export async function register(at = gateway) {
  const email = `${randomUUID()}@relying.example`;
  const { transaction } = await post(at, "/v1/register", { email, password: PASSWORD });
  const registered = await post(at, "/v1/verify", { transaction, code: await mailed(at, email) });
  assert.equal(registered.status, "complete");
  return { email, password: PASSWORD };
}

async function post(at, path, body) {
  const headers = { "Content-Type": "application/json" };
  return (await fetch(`${at}${path}`, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

/** The code in the mail to this address, as soon as it is there. */
async function mailed(at, email) {
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    const sent = await (await fetch(`${at}/_local/outbox`)).json();
    const mail = sent.findLast((mail) => mail.to === email && mail.code);
    if (mail) return mail.code;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`no code for ${email}`);
}

/** A browser: it keeps cookies, follows redirects, and presses buttons. */
export class Browser {
  #cookies = new Map();
  /** Portico, and where an app runs, if one does: of others the address says all. */
  constructor(at = gateway, home = at) {
    this.at = at;
    this.origins = [at, home].map((url) => new URL(url).origin);
  }

  /** Opens an address, and goes on as far as it is led, or to an address that begins as `end` does. */
  async open(path, options = {}, end = null) {
    let next = new URL(path, this.at);
    for (let hops = 0; hops < 9; hops += 1) {
      const cookie = [...this.#of(next)].map((pair) => pair.join("=")).join("; ");
      const answer = await fetch(next, { ...options, headers: { ...options.headers, cookie }, redirect: "manual" });
      answer.headers.getSetCookie().forEach((text) => this.#keep(next, text));
      if (![302, 303].includes(answer.status)) return { status: answer.status, document: parse(await answer.text()) };
      next = new URL(answer.headers.get("location"), next);
      if (!this.origins.includes(next.origin) || end && next.href.startsWith(end)) return { status: answer.status, location: next };
      options = {};
    }
    throw new Error(`led in a circle: ${next}`);
  }

  #of({ hostname }) {
    if (!this.#cookies.has(hostname)) this.#cookies.set(hostname, new Map());
    return this.#cookies.get(hostname);
  }

  #keep(from, text) {
    const [, name, value] = text.match(/^([^=]+)=([^;]*)/);
    if (/max-age=0/i.test(text)) this.#of(from).delete(name);
    else this.#of(from).set(name, value);
  }

  /** Fills in the form around a button, and presses it. Only what the form has can be filled in. */
  press(page, id, fields = {}, end = null) {
    const button = find(page.document, (node) => attribute(node, "id") === id);
    const form = around(button, "form");
    assert(form, `no form with the button ${id} in ${text(page.document)}`);
    const sent = new URLSearchParams();
    for (const input of all(form, (node) => node.tagName === "input" && attribute(node, "name"))) {
      const name = attribute(input, "name");
      if (attribute(input, "type") === "checkbox" && !(name in fields)) continue;
      sent.append(name, fields[name] ?? attribute(input, "value") ?? "");
    }
    for (const name of Object.keys(fields)) assert(sent.has(name), `no field ${name} in ${text(page.document)}`);
    if (attribute(button, "name")) sent.append(attribute(button, "name"), attribute(button, "value"));
    return this.open(attribute(form, "action"), { method: attribute(form, "method").toUpperCase(), body: sent }, end);
  }

  /** Goes where an app sends it, signs in where it is asked to, and comes back to the app. */
  async comeBack(url, customer) {
    let page = await this.open(url);
    if (customer && has(page, "sign_in")) page = await this.press(page, "submit", customer);
    if (has(page, "consent")) page = await this.press(page, "allow");
    assert.equal(page.status, 303, page.document && text(page.document));
    return page.location;
  }
}

/** Whether a page has an element of this id. */
export const has = (page, id) => Boolean(page.document && find(page.document, (node) => attribute(node, "id") === id));

/** A page's words. */
export const words = (page) => text(page.document).replace(/\s+/g, " ").trim();

const attribute = (node, name) => node.attrs?.find((one) => one.name === name)?.value;
const find = (node, is) => all(node, is)[0];
const all = (node, is) => [...(is(node) ? [node] : []), ...(node.childNodes ?? []).flatMap((child) => all(child, is))];
const around = (node, name) => (!node || node.tagName === name ? node : around(node.parentNode, name));
const text = (node) => (node.tagName === "style" ? "" : node.value ?? node.childNodes?.map(text).join("") ?? "");
