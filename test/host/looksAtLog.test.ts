/** The looks of the host at a log that is followed, between which something happens to the file. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeLabFolder, removeLabFolder } from '../lab/labFolder';

describe('a look at a log that is followed', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await makeLabFolder();
  });

  afterEach(() => removeLabFolder(folder));

  /** Runs lines of Python on a log that holds `ab`. @returns state and bytes of what it puts into `found` */
  async function looks(lines: string): Promise<string[][]> {
    const script = `import base64,json,os,sys
sys.path.insert(0,'src/host/helper')
import follow
path,found=sys.argv[1],[]
def write(data,mode='ab',to=path):
  with open(to,mode) as file: file.write(data)
class Between:
  def __init__(self,act): self.act=act
  def wait(self,seconds): self.act()
def part(act=lambda: None):
  global at
  given=follow._await_part(path,at,None,9,Between(act))
  at=follow.Position.parse(given['position']['offset'],given['position']['mark'])
  found.append([given['state'],base64.b64decode(given['data']).decode('latin1')])
  return given
at=None
write(b'ab','wb')
part()
${lines}
print(json.dumps(found[1:]))`;
    const { stdout } = await promisify(execFile)('python3', ['-B', '-c', script, join(folder, 'log')]);
    return JSON.parse(stdout) as string[][];
  }

  it('takes it for touched only where it has not grown a moment later', async () => {
    const lines = `os.utime(path,(1,1))\npart(lambda: write(b'c'))\nos.utime(path,(2,2))\npart()`;
    assert.deepEqual(await looks(lines), [
      ['whole', 'c'],
      ['touched', ''],
    ]);
  });

  it('takes a file in its place for another log, though it begins with the same', async () => {
    const lines = `write(b'abc','wb',path+'.other')\nos.rename(path+'.other',path)\npart()`;
    assert.deepEqual(await looks(lines), [['rewritten', 'abc']]);
  });

  it('shows nothing of a log that is emptied and written anew between the look and the reading', async () => {
    const lines = `real=follow._is_continued
def late(*given):
  answer=real(*given)
  write(b'xyz','r+b')
  follow._is_continued=real
  return answer
follow._is_continued=late
write(b'c')
part()`;
    assert.deepEqual(await looks(lines), [['rewritten', 'xyz']]);
  });

  it('begins with a whole character where it has to leave something out of a line without end', async () => {
    const lines = `follow.FARTHEST,follow.PART=10,8\nwrite(('x'+'漢'*20).encode())\ngiven=part()\nfound[-1].append(given['skipped'])`;
    const [[state, text, skipped]] = (await looks(lines)) as [[string, string, number]];
    assert.deepEqual([state, Buffer.from(text, 'latin1').toString(), skipped], ['whole', '漢漢', 55]);
  });
});
