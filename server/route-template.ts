import { patternOf } from './rest/route.ts';
import { openRoutes, routes, uploadRoutes } from './rest/routes.ts';
import { SIGN_IN_PATHS } from './sign-in/routes.ts';

const tables = [openRoutes, routes, uploadRoutes];

/** Paths of one segment that have a handler of their own. */
export const OWN = ['graphql', 'health', 'ready', 'metrics'];

/**
 * The route of a decoded path, for counting: one of REST's table or of this file, whatever paths clients come up with.
 * `page` is any other path, found or not.
 */
export const routeTemplate = (segments: readonly string[]): string => {
  const [first = ''] = segments;
  if (first === 'api') return patternOf(tables, segments) ?? '/api/…';
  if (SIGN_IN_PATHS.some((path) => path === segments.join('/'))) return `/${segments.join('/')}`;
  return segments.length === 1 && OWN.includes(first) ? `/${first}` : 'page';
};
