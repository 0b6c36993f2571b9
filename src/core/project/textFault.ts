/** A fault of a file's text with its place, so that it can be shown where it stands. */
export interface TextFault {
  /** In UTF-16 code units from the beginning of the text, as VS Code counts. */
  readonly offset: number;
  readonly length: number;
  /** Both count from one, as editors show them. */
  readonly line: number;
  readonly column: number;
  /** A sentence without the place; hostile text in it is made visible. */
  readonly message: string;
  /** Whether only we find it: the shipped schema and VS Code's own JSON support say nothing of it. */
  readonly beyondSchema: boolean;
}

/** Line and column of an offset. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/u);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** `line 3, column 5: …`. */
export function faultText({ line, column, message }: TextFault): string {
  return `line ${line}, column ${column}: ${message}`;
}
