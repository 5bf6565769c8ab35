import { VERSION } from '../cli/version.ts';
import { CLIENT_VERSION, clientFault, SERVER_VERSION } from '../domain/versions.ts';

type Answer = (request: Request, requestId?: string) => Promise<Response>;

/**
 * The GraphQL API that tells its version with every answer, and refuses a client that is too old for it. Such a one
 * must take nothing for an answer: what it sent is as it was.
 */
export const withVersions =
  (graphql: Answer, version = VERSION, fault = clientFault): Answer =>
  async (request, requestId) => {
    const why = fault(request.headers.get(CLIENT_VERSION), version);
    const response = why === null ? await graphql(request, requestId) : refusal(why);
    response.headers.set(SERVER_VERSION, version);
    return response;
  };

const refusal = (message: string): Response =>
  Response.json({ errors: [{ message, extensions: { code: 'UNSUPPORTED', clientTooOld: true } }] }, { status: 400 });
