/** Where things are in a cell: on a file system in memory, mounted over a folder of the store, that nobody else sees. */

export interface Places {
  /** Absolute, as all of them. */
  readonly top: string;
  /** What the layers make, without what the command does to it. */
  readonly base: string;
  /** What the command sees as its root. */
  readonly root: string;
  /** Folders and files for mounts to be put on, that the layers do not have: the lowest layer of all. */
  readonly stubs: string;
  readonly dev: string;
  /** Files made for the command: hosts, secrets. */
  readonly files: string;
}

export function placesBelow(top: string): Places {
  const below = (name: string): string => `${top}/${name}`;
  return {
    top,
    base: below("base"),
    root: below("root"),
    stubs: below("stubs"),
    dev: below("dev"),
    files: below("files"),
  };
}
