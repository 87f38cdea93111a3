// npm's oidc-provider, set up to do as much as Portico does for the requests that the benchmark sends to both, and
// with its own store, which is this process's memory.
//
//   npm ci && node server.js [PORT]

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const RESOURCE = "https://orders.example";
const jwk = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
const app = { id_token_signed_response_alg: "ES256", redirect_uris: ["https://web.example/back"] };

const server = createServer();
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      { ...app, client_id: "web", grant_types: ["authorization_code", "refresh_token"], token_endpoint_auth_method: "none" },
      { ...app, client_id: "billing", client_secret: "secret", grant_types: ["client_credentials"], redirect_uris: [],
        response_types: [], scope: "orders:read" },
    ],
    jwks: { keys: [{ ...jwk, use: "sig", alg: "ES256" }] },
    cookies: { keys: [randomBytes(32).toString("hex")] },
    scopes: ["openid", "email", "offline_access", "orders:read"],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    pkce: { required: () => true },
    // Access tokens are JWTs signed by ES256, as Portico's are.
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true, defaultResource: () => RESOURCE, useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "orders:read", audience: RESOURCE, accessTokenTTL: 600, accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
    // Each refresh makes the next token, as Portico's does.
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    ttl: { AccessToken: 600, AuthorizationCode: 60, ClientCredentials: 600, Grant: 1209600, IdToken: 600, Interaction: 600,
      RefreshToken: 1209600, Session: 1209600 },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, email: "ada@example.com", email_verified: true }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    // Nobody is asked for consent by an app of one's own.
    async loadExistingGrant(ctx) {
      const known = ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId);
      if (known) return provider.Grant.find(known);
      const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope("openid email");
      grant.addResourceScope(RESOURCE, "orders:read");
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    if (!request.url.startsWith("/interaction/")) return answer(request, response);
    // Whoever comes is signed in at once: how is not measured.
    return provider.interactionFinished(request, response, { login: { accountId: "ada" } });
  });
  console.log(`listening at ${issuer} on Node.js ${process.versions.node}`);
});
