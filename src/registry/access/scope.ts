/** Scopes of tokens: `repository:team/app:pull,push`. */

export interface Scope {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

export function repositoryScope(name: string, actions: "pull" | "pull,push"): string {
  return `repository:${name}:${actions}`;
}

export function splitScope(scope: string): Scope {
  const first = scope.indexOf(":");
  const last = scope.lastIndexOf(":");
  if (first === -1 || first === last) return { type: "", name: scope, actions: [] };
  return { type: scope.slice(0, first), name: scope.slice(first + 1, last), actions: scope.slice(last + 1).split(",") };
}

/** Whether one of the scopes gives what another asks for. */
export function isCovered(scope: string, by: Iterable<string>): boolean {
  const { type, name, actions } = splitScope(scope);
  return [...by].some((each) => {
    const other = splitScope(each);
    return other.type === type && other.name === name && actions.every((action) => other.actions.includes(action));
  });
}
