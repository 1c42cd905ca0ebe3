/** Where build files were read that are not on this machine (spec section 25.1). */
export interface RemoteTree {
  /** A git repository, an archive or a single file, as nodes fetch them. */
  readonly address: string;
  /** In a `file` there is nothing but the build file: relative paths of it are local. */
  readonly kind: "git" | "archive" | "file";
}
