/** What stands below the line of an input box: its parts, and nothing that VS Code would make a link of. */

/** The parts that are not empty, with a mark between them. */
export function boxPrompt(...parts: readonly string[]): string {
  return withoutLinks(parts.filter(Boolean).join(' · '));
}

/** VS Code makes links, command links too, of `[text](target)` in the prompt of an input box and in a notification. */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}
