/** Types of the runner, as far as the tests use it. */
export interface ConformanceCase {
  readonly topic: string;
  readonly name: string;
  readonly about: string;
  readonly args?: readonly string[];
  readonly files?: Readonly<Record<string, string | { readonly base64: string }>>;
  readonly expect: { readonly ok: boolean; readonly json?: unknown; readonly error_contains?: readonly string[] };
}

export interface CaseRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function loadCases(inputs: readonly string[]): readonly ConformanceCase[];
export function execCase(
  item: ConformanceCase,
  command: readonly string[],
  options?: { readonly timeout?: number; readonly extraEnv?: Readonly<Record<string, string>> },
): Promise<CaseRun>;
export function judge(
  item: ConformanceCase,
  run: CaseRun,
  options?: { readonly strictLines?: boolean },
): { readonly problems: readonly string[]; readonly position: boolean | null };
