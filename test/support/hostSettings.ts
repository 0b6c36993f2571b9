/** Settings of a host with all defaults, as the settings' parser would give them. */
import type { HostSettings } from '../../src/core/hostSettings';

export function hostSettings(name: string, more: Partial<HostSettings> = {}): HostSettings {
  return {
    name,
    host: name,
    port: null,
    user: null,
    identityFile: null,
    proxyJump: null,
    transport: 'auto',
    python: null,
    pueue: null,
    pueueConfig: null,
    path: null,
    checkpoints: [],
    ...more,
  };
}
