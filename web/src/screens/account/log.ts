/** The account's log as it is shown: its newest page, asked for again and again, and older pages behind it. */

/** What is known of the log from some entry on, newest first; `hasMore`: there is older. */
export type Stretch<Edge> = { readonly edges: readonly Edge[]; readonly hasMore: boolean };

/**
 * The newest page, and behind it what was known before. Where more was added than a page holds, the two do not meet:
 * then it is the page alone, because a gap would say that nothing happened there.
 */
export const joined = <Edge extends { readonly cursor: string }>(
  newest: Stretch<Edge>,
  known: Stretch<Edge> | null,
): Stretch<Edge> => {
  const head = known?.edges[0];
  const meets = newest.edges.findIndex(({ cursor }) => cursor === head?.cursor);
  if (!known || meets < 0) return newest;
  return { edges: [...newest.edges.slice(0, meets), ...known.edges], hasMore: known.hasMore };
};
