// The apps of these stories: prints the registry that Portico is given, and writes what the apps themselves
// keep into a file: a secret and a private key, both new, and the port of the one that runs.
//
//   node clients.js FILE

import { createHash, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { exportJWK, generateKeyPair } from "jose";

const secret = randomBytes(32).toString("base64url");
const port = await new Promise((free) => {
  const taken = createServer().listen(0, "127.0.0.1", () => {
    const { port } = taken.address();
    taken.close(() => free(port));
  });
});
const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
await writeFile(process.argv[2], JSON.stringify({ secret, port, key: await exportJWK(privateKey) }), { mode: 0o600 });

const secret_sha256 = [createHash("sha256").update(secret).digest("hex")];
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "mine", alg: "ES256", use: "sig" }] };
const CODE = ["authorization_code", "refresh_token"];
const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

/** An app with pages at `https://LABEL.example/`. */
const app = (label, more = {}) => ({
  client_id: label, client_name: `The ${label}`, grant_types: CODE,
  redirect_uris: [`https://${label}.example/back`], post_logout_redirect_uris: [`https://${label}.example/bye`], ...more,
});

console.log(JSON.stringify([
  app("shop"),
  app("club"),
  app("basic", { secret_sha256, token_endpoint_auth_method: "client_secret_basic" }),
  app("post", { secret_sha256, token_endpoint_auth_method: "client_secret_post", signing_alg: "RS256" }),
  app("partner", { secret_sha256, third_party: true, subject_type: "pairwise", userinfo_signed_response_alg: "ES256" }),
  app("keyed", { jwks, token_endpoint_auth_method: "private_key_jwt" }),
  app("signer", { jwks, token_endpoint_auth_method: "private_key_jwt", request_object_required: true }),
  app("bank", { jwks, token_endpoint_auth_method: "private_key_jwt", fapi2: true }),
  app("demo-own", { redirect_uris: ["http://127.0.0.1/callback"], post_logout_redirect_uris: [`http://127.0.0.1:${port}/`] }),
  { client_id: "tv", client_name: "The Television", grant_types: [DEVICE, "refresh_token"] },
  { client_id: "orders", client_name: "Orders", grant_types: ["client_credentials"], scopes: ["read"], introspect: true,
    secret_sha256 },
  { client_id: "auditor", client_name: "Auditor", grant_types: ["client_credentials"], scopes: ["read"], introspect: true,
    introspection_signed: true, jwks, token_endpoint_auth_method: "private_key_jwt" },
]));
