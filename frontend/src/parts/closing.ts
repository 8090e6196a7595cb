/** What an act's answer does: closes the form that sent it, not one that was opened since. The feed may be faster than the answer. */
export const closing =
  <M>(sentBy: M, none: M) =>
  (now: M): M =>
    now === sentBy ? none : now;
