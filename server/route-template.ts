import { patternOf } from './rest/route.ts';
import { openRoutes, routes, uploadRoutes } from './rest/routes.ts';

/** Paths with one segment that are answered by themselves. */
const OWN = ['graphql', 'health', 'ready', 'metrics'];

/**
 * Which route a request's decoded path is of, for counting: there are as many as are written here and in the table of
 * REST, whatever paths people come up with. `page` is any other, found or not.
 */
export const routeTemplate = (segments: readonly string[]): string => {
  const [first = ''] = segments;
  if (first === 'api') return patternOf([openRoutes, routes, uploadRoutes], segments) ?? '/api/…';
  return segments.length === 1 && OWN.includes(first) ? `/${first}` : 'page';
};
