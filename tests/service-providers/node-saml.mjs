// A third service provider: node-saml, whose XML, signatures and encryption are its own and share no code with
// libxml2, xmlsec or Santuario. Reads one question as JSON on its standard input, answers with JSON.
//   {"ask": true, …}          the URL of a signed request and its ID
//   {"response": base64, …}   who is logged in, or how node-saml puts it that nobody is
import { SAML } from "@node-saml/node-saml";

const ANSWER_TIME_MAX_MS = 20_000;
setTimeout(() => process.exit(3), ANSWER_TIME_MAX_MS).unref();

let input = "";
for await (const chunk of process.stdin) input += chunk;
const question = JSON.parse(input);

const asked = new Set(question.requestId ? [question.requestId] : []);
const saml = new SAML({
  callbackUrl: question.acs,
  entryPoint: question.sso,
  issuer: question.entityId,
  idpIssuer: question.idp,
  idpCert: question.idpCertificate,
  privateKey: question.key,
  decryptionPvk: question.key,
  signatureAlgorithm: "sha256",
  digestAlgorithm: "sha256",
  audience: question.entityId,
  identifierFormat: null,
  authnContext: ["https://data.gov.dk/concept/core/nsis/loa/Substantial"],
  racComparison: "minimum",
  wantAssertionsSigned: true,
  wantAuthnResponseSigned: false,
  validateInResponseTo: "always",
  cacheProvider: {
    saveAsync: async (id) => (asked.add(id), { value: id, createdAt: Date.now() }),
    getAsync: async (id) => (asked.has(id) ? new Date().toISOString() : null),
    removeAsync: async (id) => (asked.delete(id) ? id : null),
  },
});

async function answer() {
  if (question.ask) {
    const url = await saml.getAuthorizeUrlAsync("where-I-was&why", undefined, {});
    return { url, requestId: [...asked][0] };
  }
  try {
    const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: question.response });
    const { issuer, nameID, sessionIndex, attributes } = profile;
    return { profile: { issuer, nameID, sessionIndex, attributes } };
  } catch (error) {
    return { refused: error.message };
  }
}

console.log(JSON.stringify(await answer()));
