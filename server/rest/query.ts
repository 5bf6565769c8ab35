import { isJsonObject } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import { parsePeriod } from '../../domain/query/period.ts';
import type { QueryRequest } from '../../domain/query/run-query.ts';
import { okLargeJson } from './answer.ts';
import { warningHeaders } from './query-warnings.ts';
import type { Handler } from './route.ts';

/** Other keys are ignored (spec/rest 3.13). Fails with `malformed`. */
const fromWire = (body: unknown): Pick<QueryRequest, 'query' | 'timeperiods'> => {
  if (!isJsonObject(body))
    throw new KtError('malformed', 'the body must be {"query": ["…"], "timeperiods": ["START/END"]}');
  const texts = (key: 'query' | 'timeperiods'): readonly string[] => {
    const value = body[key];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw new KtError('malformed', `${key} must be an array of strings`);
  };
  return { query: texts('query'), timeperiods: texts('timeperiods') };
};

/** The parameter `name` becomes the variable NAME (spec/query 2.5); `cache`, which aw-client sends too, is ignored. */
export const run: Handler = async ({ viewer, query, body, zones, signal, resolvers }) => {
  const request = { ...fromWire(body), name: query.get('name') ?? '' };
  const { json, warnings } = await resolvers.query.run(viewer, request, signal);
  // Last, when the periods are known to be valid, and not too many.
  for (const period of request.timeperiods) parsePeriod(period, zones);
  return okLargeJson(json, warningHeaders(warnings));
};
