import type { ReactNode } from "react";

/** The head of a table: a word for each column. */
export function Heads({ words }: { words: readonly string[] }): ReactNode {
  return (
    <thead>
      <tr>
        {words.map((word) => (
          <th key={word} scope="col">
            {word}
          </th>
        ))}
      </tr>
    </thead>
  );
}
