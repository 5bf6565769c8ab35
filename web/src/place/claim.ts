/** The claim of `…/welcome#CLAIM`, taken out of the address before anything else sees or keeps it; null without one. */
export const takeClaim = (): string | null => {
  const claim = location.hash.slice(1);
  if (claim === '' || !/\/welcome\/?$/.test(location.pathname)) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return claim;
};
