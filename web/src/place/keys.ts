/** Whether a key is for what has the focus, a field or a part that takes keys (`data-keys`), or for an open dialog. */
export const isTaken = ({ target }: KeyboardEvent): boolean =>
  (target instanceof Element && target.closest('input, textarea, select, [data-keys]') !== null) ||
  document.querySelector('dialog[open]') !== null;
