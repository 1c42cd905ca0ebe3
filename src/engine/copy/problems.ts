/** What can be wrong with COPY, ADD and WORKDIR once their files are known: every failure of this room, each with a way out. */
import { nearestName } from "../../base/suggest.ts";
import { enumerate } from "../../base/text.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { childPath, lastName, parentPath } from "../tree/path.ts";
import type { Tree } from "../tree/tree.ts";

export interface SourcePlace {
  readonly tree: Tree;
  /** For people: `the build context`. */
  readonly origin: string;
  /** Whether ignore rules leave a path out that is there. */
  readonly excluded: (path: string) => boolean;
}

/** A source that is not there. `path` is where it was looked for, from the root. */
export function sourceNotFound(written: string, path: string, place: SourcePlace): BuildFailure {
  return new BuildFailure("build/source-not-found", `${quote(written)} is not in ${place.origin}`, {
    hint: place.excluded(path)
      ? `an ignore rule leaves it out: add ${quote(`!${path}`)} at the end of the .dockerignore file`
      : whatIsThere(path, place),
  });
}

/** `--parents` with a source of which nothing is left. */
export function nothingLeft(written: string, path: string, place: SourcePlace): BuildFailure {
  if (place.tree.lstat(path) === undefined) return sourceNotFound(written, path, place);
  return new BuildFailure("build/source-not-found", `nothing is left of ${quote(written)}: --exclude leaves it out`, {
    hint: "a source that is named must be copied: take it away from the instruction, or exclude less",
  });
}

/** A link that leads to nothing inside the tree. */
export function danglingSource(written: string, target: string, place: SourcePlace): BuildFailure {
  return new BuildFailure(
    "build/source-not-found",
    `${quote(written)} is a link to ${quote(target)}, which is not in ${place.origin}`,
    {
      hint: place.excluded(target)
        ? `an ignore rule leaves it out: add ${quote(`!${target}`)} at the end of the .dockerignore file`
        : "links are followed inside the tree that is copied from only: copy what it points to there",
    },
  );
}

export function invalidPattern(text: string, why: string): BuildFailure {
  return new BuildFailure("build/invalid-pattern", `${quote(text)} is no pattern: ${why}`, {
    hint: "write a backslash before a [, * or ? that is part of a name",
  });
}

/** Something that is not a folder stands where one is needed. */
export function notFolder(path: string): BuildFailure {
  return new BuildFailure("build/not-a-folder", `/${path} exists and is not a folder`, {
    hint: "choose another destination, or remove what is there in an earlier RUN",
  });
}

/** A folder of the source stands where the image has something else. */
export function folderOntoFile(source: string, path: string): BuildFailure {
  return new BuildFailure(
    "build/not-a-folder",
    `the folder ${source} cannot be copied to /${path}, which is not a folder`,
    {
      hint: "a folder is merged into folders only, and links are not followed there: copy what is in it one level deeper, or remove the entry in an earlier RUN",
    },
  );
}

export function fileOntoFolder(source: string, path: string): BuildFailure {
  return new BuildFailure("build/folder-in-the-way", `the file ${source} cannot replace the folder /${path}`, {
    hint: "choose another destination, or remove the folder in an earlier RUN",
  });
}

export function invalidMode(text: string): BuildFailure {
  return new BuildFailure("build/invalid-mode", `--chmod=${text} says nothing of permissions`, {
    hint: "write up to four octal digits (--chmod=755) or changes as chmod does (--chmod=u=rwX,go=rX)",
  });
}

export function invalidOwner(text: string): BuildFailure {
  return new BuildFailure("build/invalid-owner", `${quote(text)} names no owner`, {
    hint: "write user:group, each a name or a number from 0 to 4294967294",
  });
}

/** A name of an owner, where nothing could ever say who that is. */
export function nobodyKnown(name: string): BuildFailure {
  return new BuildFailure("build/unknown-owner", `nobody is called ${quote(name)}: the image is still empty`, {
    hint: "write numbers (1000:1000), or copy an /etc/passwd and an /etc/group into the image first",
  });
}

export function badArchive(source: string, why: string): BuildFailure {
  return new BuildFailure("build/bad-archive", `${source} cannot be unpacked: ${why}`, {
    hint: "copy it as it is with ADD --unpack=false, or repair the archive",
  });
}

export function unreadableSource(file: string, why: string, cause: unknown): BuildFailure {
  return new BuildFailure("build/file-unreadable", `cannot read ${file}: ${why}`, {
    hint: "make it readable for the user who builds and leave it alone while the build runs, or exclude it in .dockerignore",
    cause,
  });
}

/** The nearest name in the folder it should be in, else what that folder holds. */
function whatIsThere(path: string, { tree, origin }: SourcePlace): string {
  let folder = parentPath(path);
  let missing = lastName(path);
  while (folder !== "" && tree.lstat(folder) === undefined) {
    missing = lastName(folder);
    folder = parentPath(folder);
  }
  const there = tree.lstat(folder)?.type;
  if (there === "symlink") return `${quote(folder)} is a link there: name what it points to`;
  if (there !== "folder") return `${quote(folder)} is a file there, and nothing is in it`;
  const names = tree.names(folder);
  const near = nearestName(missing, names);
  if (near !== undefined) return `did you mean ${quote(childPath(folder, near))}?`;
  const where = folder === "" ? origin : `${quote(folder)} there`;
  return names.length === 0
    ? `${where} is empty`
    : `paths start at the root of ${origin}; ${where} holds ${enumerate(names)}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
