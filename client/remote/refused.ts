import type { Answer } from '../http/send.ts';

/** An error as GraphQL tells it. */
export type GraphQLFault = { readonly message: string; readonly extensions?: { readonly [key: string]: unknown } };

/** An answer that tells errors, or is of a status that is one. Its text has nothing of the request. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly response: Pick<Answer, 'status' | 'headers'> & { readonly errors: readonly GraphQLFault[] };
  constructor(response: Refused['response']) {
    super(`status ${response.status}`);
    this.response = response;
  }
}
