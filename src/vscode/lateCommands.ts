/** The commands, loaded with the first of them: activation does not pay for what most windows never do. */
import type { CommandParts } from './commands/main';
import type { Handlers } from './commands/register';
import { commands, type CommandName } from './contributions';

/** A file that cannot be loaded is tried again by the next who asks: it may be there again. */
export const loadCommands = () => import('./commands/main');

/** A handler for each command; what they need is made with the first call. */
export function lateCommands(parts: CommandParts): Handlers {
  let made: Handlers | null = null;
  const handler = (name: CommandName) => async (argument: unknown) => {
    const { createHandlers } = await loadCommands();
    made ??= createHandlers(parts);
    return made[name](argument);
  };
  return Object.fromEntries((Object.keys(commands) as CommandName[]).map((name) => [name, handler(name)])) as Handlers;
}
