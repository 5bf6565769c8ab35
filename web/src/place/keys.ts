/** Whether a key is for what has the focus: a field, a dialog, or a part that takes keys (`data-keys`). */
export const isTaken = ({ target }: KeyboardEvent): boolean =>
  target instanceof Element && target.closest('input, textarea, select, dialog, [data-keys]') !== null;
