/** One GraphQL operation at a time, as a text. */
import { isJsonObject } from '../../domain/data.ts';
import type { Answer, Send } from '../http/send.ts';
import { checkAnswer } from './faults.ts';
import type { TypedDocumentString } from './generated.ts';
import { Refused, type GraphQLFault } from './refused.ts';

/** Asks an operation. Fails as `send` and `checkAnswer` do, and with `Refused` for an answer that tells errors. */
export type Graphql = <Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables?: Variables,
) => Promise<{ readonly data: Result; readonly headers: Answer['headers'] }>;

export type GraphqlOptions = {
  /** The GraphQL API's. */
  readonly endpoint: string;
  /** The server's, for messages. */
  readonly url: string;
  readonly apiKey: string;
  readonly send: Send;
  readonly timeoutMs: number;
};

const NAME = /^\s*(?:query|mutation)\s+(\w+)/;

/** What an answer says, whatever its status; null where it is not GraphQL's. */
const resultOf = (text: string): { data?: unknown; errors?: readonly GraphQLFault[] } | null => {
  try {
    const result: unknown = JSON.parse(text);
    return isJsonObject(result) && (result['errors'] === undefined || Array.isArray(result['errors'])) ? result : null;
  } catch {
    return null;
  }
};

export const makeGraphql =
  ({ endpoint, url, apiKey, send, timeoutMs }: GraphqlOptions): Graphql =>
  async (document, variables) => {
    const query = String(document);
    const answer = await checkAnswer(
      await send({
        method: 'POST',
        url: endpoint,
        headers: {
          authorization: `Bearer ${apiKey}`,
          accept: 'application/graphql-response+json, application/json',
          'content-type': 'application/json',
        },
        body: JSON.stringify({ query, variables, operationName: NAME.exec(query)?.[1] }),
        signal: AbortSignal.timeout(timeoutMs),
      }),
      url,
    );
    const { status, headers } = answer;
    const result = resultOf(await answer.text());
    const isFine = status >= 200 && status < 300;
    if (result === null && isFine) throw new Error('an answer that is not GraphQL');
    if (!isFine || (result?.errors?.length ?? 0) > 0)
      throw new Refused({ status, headers, errors: result?.errors ?? [] });
    return { data: result?.data as never, headers };
  };
