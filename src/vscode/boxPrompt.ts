/** What stands below the line of an input box: its parts, and nothing that VS Code would make a link of. */
import { withoutLinks } from './plainLabel';

/** The parts that are not empty, with a mark between them. */
export function boxPrompt(...parts: readonly string[]): string {
  return withoutLinks(parts.filter(Boolean).join(' · '));
}
