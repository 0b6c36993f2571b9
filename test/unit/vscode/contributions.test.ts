import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import * as table from '../../../src/vscode/contributions';

interface Manifest {
  contributes: {
    commands: { command: string; title: string; category: string }[];
    configuration: { properties: Record<string, { default: unknown; scope: string }> };
    views: Record<string, { id: string }[]>;
    viewsContainers: { activitybar: { id: string; icon: string }[] };
    menus: Record<string, { command: string; when?: string; group?: string }[]>;
  };
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  dependencies: Record<string, string>;
}

const manifestText = readFileSync('package.json', 'utf8');
const manifest = JSON.parse(manifestText) as Manifest;
const { contributes } = manifest;

describe('the manifest', () => {
  it('contributes exactly the commands of the table, all in one category', () => {
    const names = Object.keys(table.commands) as table.CommandName[];
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), names.map(table.commandId).sort());
    assert.deepEqual([...new Set(contributes.commands.map(({ category }) => category))], ['Pueue']);
  });

  it('hides from the palette exactly the commands that only a row can call', () => {
    const hidden = contributes.menus['commandPalette']!.filter(({ when }) => when === 'false').map(
      ({ command }) => command,
    );
    const names = Object.keys(table.commands) as table.CommandName[];
    assert.deepEqual(hidden, names.filter((name) => !table.commands[name].palette).map(table.commandId));
  });

  it('lets an untrusted workspace call exactly what only looks, or changes the settings of the person alone', () => {
    const names = Object.keys(table.commands) as table.CommandName[];
    assert.deepEqual(names.filter((name) => table.commands[name].restrictedMode).sort(), [
      ...[
        'checkpoint.open',
        'host.add',
        'host.audit',
        'host.auditAll',
        'host.configure',
        'host.copyDiagnostics',
        'host.refresh',
      ],
      ...['host.remove', 'job.clearFilter', 'job.copyCommand', 'job.filter', 'job.follow', 'job.openLog'],
      ...['log.showEarlier', 'output.show', 'report.compare', 'report.open', 'tree.showMore'],
    ]);
  });

  it('contributes exactly the settings of the table, with their defaults, none of which a workspace can set', () => {
    const { properties } = contributes.configuration;
    const expected = Object.entries(table.settings).map(([key, value]) => [`${table.settingsSection}.${key}`, value]);
    assert.deepEqual(
      Object.entries(properties).map(([key, { default: value }]) => [key, value]),
      expected,
    );
    for (const [key, { scope }] of Object.entries(properties)) assert.equal(scope, 'application', key);
  });

  it('names the container, the view and the document scheme as the table does', () => {
    assert.deepEqual(
      contributes.viewsContainers.activitybar.map(({ id }) => id),
      [table.viewContainerId],
    );
    assert.deepEqual(
      contributes.views[table.viewContainerId]!.map(({ id }) => id),
      [table.hostsViewId],
    );
    assert.deepEqual(manifest.activationEvents, [`onFileSystem:${table.documentScheme}`]);
    for (const { icon } of contributes.viewsContainers.activitybar) assert.ok(existsSync(icon), icon);
  });

  it('refers in menus only to commands that exist, with at most three inline on a row', () => {
    const known = new Set(contributes.commands.map(({ command }) => command));
    for (const [menu, items] of Object.entries(contributes.menus)) {
      for (const { command } of items) assert.ok(known.has(command), `${menu}: ${command}`);
      const inline = items.filter(({ group }) => group?.startsWith('inline') === true);
      for (const { when } of inline)
        assert.ok(inline.filter((item) => item.when === when).length <= 3, `${menu}: ${when}`);
    }
  });

  it('offers earlier output only where a log has some', () => {
    const offers = Object.values(contributes.menus)
      .flat()
      .filter(({ command }) => command === table.commandId('log.showEarlier'));
    assert.deepEqual(
      offers.map(({ when }) => when),
      offers.map(() => `resource in ${table.logsWithEarlierKey}`),
    );
    assert.equal(offers.length, 2);
  });

  it('has a text for every placeholder, and no text that nothing uses', () => {
    const texts = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>;
    const used = new Set([...manifestText.matchAll(/"%([^%"]+)%"/gu)].map((match) => match[1]));
    assert.deepEqual([...used].sort(), Object.keys(texts).sort());
  });

  it('keeps to the few run-time dependencies', () => {
    const allowed = ['ssh2', 'valibot', 'ssh-config', '@lezer/python', 'jsonc-parser'];
    assert.deepEqual(
      Object.keys(manifest.dependencies).filter((name) => !allowed.includes(name)),
      [],
    );
  });
});
