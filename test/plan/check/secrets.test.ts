import { describe, expect, it, test } from "vitest";
import { privateKeyState } from "../../../src/plan/check/private-key.ts";
import { type Asked, planOf, type Surroundings } from "../planning.ts";

function problemsOf(attributes: string, asked: Asked): readonly string[] {
  return planOf(`target "default" {\n${attributes}\n}`, asked).problems;
}

/** Not keys: the beginnings of their files are all that is looked at. */
const openSsh = (cipher: string): string => {
  const length = String.fromCharCode(0, 0, 0, cipher.length);
  const body = btoa(`openssh-key-v1\0${length}${cipher}${"\0".repeat(60)}`);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`;
};

const surroundings: Surroundings = {
  environment: { TOKEN: "x", SSH_AUTH_SOCK: "agent" },
  files: {
    npmrc: { sizeBytes: 512_000 },
    large: { sizeBytes: 512_001 },
    dir: "folder",
    agent: "socket",
    other: "socket",
    plain: { text: openSsh("none") },
    locked: { text: openSsh("aes256-ctr") },
    readme: { text: "hello" },
  },
};

describe("a secret", () => {
  test.each([['"id=tok,env=TOKEN"'], ['"id=TOKEN"'], ['"id=npmrc"'], ['"id=x,src=npmrc"']])(
    "%s has its source",
    (secret) => {
      expect(problemsOf(`secret = [${secret}]`, { ...surroundings, purpose: "build" })).toEqual([]);
    },
  );

  test.each([['"env=TOKEN"', 'plan/secret-without-id 2: a secret of "default" has no id']])(
    "%s is wrong even in print",
    (secret, expected) => {
      for (const purpose of ["print", "build"] as const) {
        expect(problemsOf(`secret = [${secret}]`, { ...surroundings, purpose })[0]).toContain(`error ${expected}`);
      }
    },
  );

  test.each([
    ['"id=x,src=missing"', 'plan/secret-not-found 2: the secret "x" of "default": the file "missing" does not exist'],
    ['"id=x,src=dir"', 'plan/secret-not-found 2: the secret "x" of "default": the file "dir" is a folder'],
    [
      '"id=nobody"',
      'plan/secret-not-found 2: the secret "nobody" of "default" has neither an environment variable nor a file called "nobody" [add src=FILE',
    ],
    ['"id=x,src=large"', 'plan/secret-too-large 2: the secret "x" of "default": the file "large" has 512001 bytes'],
  ])("%s fails a build and is a warning in print", (secret, expected) => {
    expect(problemsOf(`secret = [${secret}]`, { ...surroundings, purpose: "build" })[0]).toContain(`error ${expected}`);
    expect(problemsOf(`secret = [${secret}]`, surroundings)[0]).toContain(`warning ${expected}`);
  });

  it("of a variable that is not set is empty, which a build is warned of", () => {
    expect(problemsOf('secret = ["id=x,env=NOPE"]', { ...surroundings, purpose: "build" })).toEqual([
      'warning plan/secret-variable-unset 2: the secret "x" of "default" is empty: the environment variable NOPE is not set',
    ]);
    expect(problemsOf('secret = ["id=x,env=NOPE"]', surroundings)).toEqual([]);
  });
});

describe("ssh", () => {
  test.each([['"default"'], ['"k=agent"'], ['"k=plain"'], ['"k=plain,plain"']])("%s can be used", (ssh) => {
    expect(problemsOf(`ssh = [${ssh}]`, { ...surroundings, purpose: "build" })).toEqual([]);
  });

  test.each([
    ['"k=missing"', 'the ssh path "missing" of "default" does not exist'],
    ['"k=dir"', 'the ssh path "dir" of "default" is neither an agent\'s socket nor a private key'],
    ['"k=readme"', 'the ssh path "readme" of "default" is neither an agent\'s socket nor a private key'],
    ['"k=locked"', 'the ssh path "locked" of "default" is a key with a passphrase [add it to an agent with ssh-add]'],
    [
      '"k=agent,other"',
      'the ssh path "agent" of "default" is an agent\'s socket, beside which there can be no other path',
    ],
  ])("%s fails a build and is a warning in print", (ssh, expected) => {
    expect(problemsOf(`ssh = [${ssh}]`, { ...surroundings, purpose: "build" })[0]).toBe(
      `error plan/ssh-unavailable 2: ${expected}`,
    );
    expect(problemsOf(`ssh = [${ssh}]`, surroundings)[0]).toBe(`warning plan/ssh-unavailable 2: ${expected}`);
  });

  test.each<[string, Record<string, string>, string]>([
    ['ssh = ["default"]', {}, '"default" needs an ssh agent: SSH_AUTH_SOCK is not set'],
    [
      'ssh = ["default"]',
      { SSH_AUTH_SOCK: "gone" },
      '"default" needs an ssh agent: SSH_AUTH_SOCK is "gone", where there is nothing',
    ],
    ['context = "git@github.com:org/repo.git"', {}, '"default" needs an ssh agent: SSH_AUTH_SOCK is not set'],
  ])("needs its agent: %s, %j", (attributes, environment, expected) => {
    expect(problemsOf(attributes, { environment, purpose: "build" })[0]).toContain(
      `error plan/ssh-unavailable 2: ${expected}`,
    );
  });

  it("is asked once by a git context whose target names the agent", () => {
    const attributes = 'ssh = ["default"]\ncontext = "ssh://git@example.com/a"';
    expect(problemsOf(attributes, { purpose: "build" })).toHaveLength(1);
    expect(problemsOf(attributes, { ...surroundings, purpose: "build" })).toEqual([]);
  });
});

describe("a private key", () => {
  test.each([
    [openSsh("none"), "plain"],
    [openSsh("aes256-ctr"), "encrypted"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIE", "plain"],
    ["-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIE", "encrypted"],
    ["-----BEGIN PRIVATE KEY-----\nMIIE", "plain"],
    ["-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE", "encrypted"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\n????", "none"],
    ["-----BEGIN PUBLIC KEY-----\nMIIE", "none"],
    ["", "none"],
  ])("%# is told by its beginning", (text, expected) => {
    expect(privateKeyState(text)).toBe(expected);
  });
});
