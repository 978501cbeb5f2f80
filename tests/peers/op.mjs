// oidc-provider with one client and the people of the tests; what it needs to know comes from the environment.
import Provider from 'oidc-provider';

const people = JSON.parse(process.env.PEER_PEOPLE);
const port = Number(process.env.PEER_PORT);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [JSON.parse(process.env.PEER_CLIENT)],
  claims: { openid: ['sub'], profile: ['given_name', 'family_name'], email: ['email', 'email_verified'] },
  cookies: { keys: [process.env.PEER_SALT] },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true }, backchannelLogout: { enabled: true } },
  pkce: { required: () => true },
  // It posts nothing to this machine of its own accord; the letter box stands there for our server.
  fetch: (_url, { dispatcher: _, ...options }) => fetch(process.env.PEER_LETTER_BOX, options),
  findAccount: async (_context, id) => ({ accountId: id, claims: async () => ({ sub: id, ...people[id] }) }),
});
provider.listen(port, '127.0.0.1', () => console.log('ready'));
