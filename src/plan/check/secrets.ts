/** Secrets and ssh entries: what they name has to be there when a build asks for it. */
import { isGitOverSsh } from "../../buildfile/attributes/context.ts";
import type { SecretEntry } from "../../buildfile/attributes/entries.ts";
import type { Origin } from "../../buildfile/definition.ts";
import type { Target } from "../plan.ts";
import { problem } from "../problem.ts";
import type { CheckContext } from "./context.ts";
import { privateKeyState } from "./private-key.ts";

const largestSecretBytes = 500 * 1024;

/** Where a secret's value comes from: without a source, the variable named like it if it is set, else the file. */
export function secretSource(
  secret: SecretEntry,
  environment: ReadonlyMap<string, string>,
): { readonly kind: "variable" | "file"; readonly name: string } {
  const { id, src, env } = secret;
  if (src !== undefined) return { kind: "file", name: src };
  if (env !== undefined) return { kind: "variable", name: env };
  return { kind: environment.has(id) ? "variable" : "file", name: id };
}

export function checkSecrets(target: Target, context: CheckContext): void {
  target.settings.secret?.forEach(({ value, origin }) => {
    checkSecret(target.name, value, origin, context);
  });
}

function checkSecret(target: string, secret: SecretEntry, origin: Origin, context: CheckContext): void {
  const { facts, report, buildSeverity: severity } = context;
  if (secret.id === "") {
    const hint = "add id=NAME; the Dockerfile mounts it as --mount=type=secret,id=NAME";
    report.add(problem("secret-without-id", `a secret of ${quote(target)} has no id`, { origin, hint }));
    return;
  }
  const source = secretSource(secret, facts.environment);
  const what = `the secret ${quote(secret.id)} of ${quote(target)}`;
  if (source.kind === "variable") {
    if (!facts.environment.has(source.name) && context.building) {
      const message = `${what} is empty: the environment variable ${source.name} is not set`;
      report.add(problem("secret-variable-unset", message, { origin, severity: "warning" }));
    }
    return;
  }
  const file = facts.look(source.name);
  if (file === undefined || file.kind === "folder") {
    const named = secret.src === undefined;
    const message = named
      ? `${what} has neither an environment variable nor a file called ${quote(source.name)}`
      : `${what}: the file ${quote(source.name)} ${file === undefined ? "does not exist" : "is a folder"}`;
    const hint = named ? "add src=FILE or env=VARIABLE to it" : undefined;
    report.add(problem("secret-not-found", message, { origin, severity, hint }));
  } else if (file.sizeBytes > largestSecretBytes) {
    const message = `${what}: the file ${quote(source.name)} has ${file.sizeBytes} bytes, secrets have 500 KiB at most`;
    report.add(problem("secret-too-large", message, { origin, severity }));
  }
}

/** Contexts that are git repositories over ssh use the default agent even where no entry names it. */
export function checkSsh(target: Target, context: CheckContext): void {
  const entries = target.settings.ssh;
  entries?.forEach(({ value, origin }) => {
    if (value.paths.length === 0) checkAgent(target.name, origin, context);
    else checkPaths(target.name, value.paths, origin, context);
  });
  const named = entries?.some(({ value }) => value.id === "default" || value.id === "");
  // Who reads build files over ssh has an agent for it.
  const ofBuildFile = target.context === target.remote?.tree.address;
  if (!named && !ofBuildFile && isGitOverSsh(target.context))
    checkAgent(target.name, target.settings.context?.origin, context);
}

function checkAgent(target: string, origin: Origin | undefined, context: CheckContext): void {
  const { facts, report, buildSeverity: severity } = context;
  const path = facts.environment.get("SSH_AUTH_SOCK") ?? "";
  if (path !== "" && facts.look(path) !== undefined) return;
  const why = path === "" ? "SSH_AUTH_SOCK is not set" : `SSH_AUTH_SOCK is ${quote(path)}, where there is nothing`;
  report.add(
    problem("ssh-unavailable", `${quote(target)} needs an ssh agent: ${why}`, {
      origin,
      severity,
      hint: 'start one with eval $(ssh-agent) and ssh-add, or name a key: ssh = ["default=PATH"]',
    }),
  );
}

function checkPaths(target: string, paths: readonly string[], origin: Origin, context: CheckContext): void {
  const { facts, report, buildSeverity: severity } = context;
  const complain = (path: string, why: string, hint?: string): void => {
    const message = `the ssh path ${quote(path)} of ${quote(target)} ${why}`;
    report.add(problem("ssh-unavailable", message, { origin, severity, hint }));
  };
  for (const path of paths) {
    const there = facts.look(path);
    if (there === undefined) complain(path, "does not exist");
    else if (there.kind === "socket") {
      if (paths.length > 1) complain(path, "is an agent's socket, beside which there can be no other path");
    } else {
      const state = there.kind === "file" ? privateKeyState(facts.readText(path) ?? "") : "none";
      if (state === "none") complain(path, "is neither an agent's socket nor a private key");
      if (state === "encrypted") complain(path, "is a key with a passphrase", "add it to an agent with ssh-add");
    }
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}
