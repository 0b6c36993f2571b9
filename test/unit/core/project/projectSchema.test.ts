/** The shipped schema against the parser: both refuse the same files, as far as a schema can say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { badBeyondSchema, badFiles, goodFiles, textOf } from '../../../support/projectFiles';

const schema = JSON.parse(readFileSync('media/pueue-preflight.schema.json', 'utf8')) as {
  properties: Record<string, object>;
  definitions: { host: { properties: Record<string, object> } };
};

describe('the schema of the project file', () => {
  // Words for VS Code stand in it that are no part of the standard.
  const validate = new Ajv({ strict: false }).compile(schema);

  it('takes every file that is right', () => {
    for (const file of [...goodFiles, ...badBeyondSchema.map(([bad]) => bad)])
      assert.ok(validate(file), `${textOf(file)}\n${JSON.stringify(validate.errors)}`);
  });

  it('refuses every file that is wrong', () => {
    for (const [file] of badFiles) assert.ok(!validate(file), textOf(file));
  });

  it('explains every key, also where a host has its own', () => {
    const described = (properties: Record<string, object>): void => {
      for (const [key, value] of Object.entries(properties))
        assert.ok(key === '$schema' || 'description' in value || '$ref' in value, key);
    };
    described(schema.properties);
    described(schema.definitions.host.properties);
    assert.deepEqual(
      Object.keys(schema.definitions.host.properties).sort(),
      Object.keys(schema.properties)
        .filter((key) => key !== 'hosts' && key !== '$schema')
        .concat('name')
        .sort(),
    );
  });
});
