/** What images and files say of themselves, and a program that says something of them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readMembers } from "../exporters/embedded/collect.ts";

type Json = Record<string, unknown>;

/** The statements of an archive in OCI layout, in the order in which manifests list them. */
export async function statementsOf(archive: string): Promise<readonly Json[]> {
  const members = await readMembers(await readFile(archive));
  const read = (name: string): Json => {
    const member = members.find((each) => each.name === name);
    if (member === undefined) throw new Error(`${archive} has no ${name}`);
    return JSON.parse(member.content.toString());
  };
  const blob = ({ digest }: { readonly digest: string }): Json =>
    read(`blobs/sha256/${digest.slice("sha256:".length)}`);
  const [top] = listOf(read("index.json").manifests);
  const manifests = top === undefined ? [] : listOf(blob(top).manifests);
  const attached = manifests.filter(({ annotations }) => annotations?.["vnd.docker.reference.type"] !== undefined);
  return attached.flatMap((each) => listOf(blob(each).layers).map(blob));
}

interface Listed {
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function listOf(value: unknown): readonly Listed[] {
  return Array.isArray(value) ? value : [];
}

/** What differs from run to run, from compressor to compressor, and the graph that only BuildKit has. */
const own: ReadonlySet<string> = new Set([
  "buildConfig",
  "buildFinishedOn",
  "buildInvocationID",
  "buildStartedOn",
  "digestMapping",
  "finishedOn",
  "invocationId",
  "layers",
  "llbDefinition",
  "locations",
  "startedOn",
]);

/** A statement as two engines can be compared by it. */
export function comparable(statement: Json): unknown {
  const text = JSON.stringify(statement, (key, value: unknown) => {
    if (own.has(key)) return undefined;
    if (key === "subject") return subjectNames(value);
    // Where a layout is kept is an identity of the moment there, and nothing here.
    if (key.startsWith("context:")) return String(value).replace(/^oci-layout:.*/, "oci-layout");
    if (key === "comment") return String(value).replace(/^layerID: sha256:[0-9a-f]{64}$/, "layerID");
    if (key === "creators" && Array.isArray(value))
      return value.filter((each) => !/tsbake|buildkit/.test(String(each)));
    return value;
  });
  return JSON.parse(text);
}

function subjectNames(value: unknown): unknown {
  return Array.isArray(value) ? value.map((each: { readonly name: string }) => each.name) : value;
}

/** The files of an image whose command lists the files it is shown, by BuildKit's protocol for scanners. */
export function scannerFiles(): Readonly<Record<string, string>> {
  return {
    "scan.sh": scanScript,
    Dockerfile: 'FROM scratch\nCOPY base/ /\nCOPY --chmod=755 scan.sh /\nENTRYPOINT ["/scan.sh"]\n',
  };
}

const scanScript = `#!/bin/sh
set -e
emit() {
  files=""
  for file in $(cd "$2" && find . -type f | sort); do
    sum=$(sha1sum "$2/$file" | cut -d" " -f1)
    files="$files\${files:+,}{\\"fileName\\":\\"\${file#.}\\",\\"SPDXID\\":\\"SPDXRef-$sum\\",\\"checksums\\":[{\\"algorithm\\":\\"SHA1\\",\\"checksumValue\\":\\"$sum\\"}],\\"licenseConcluded\\":\\"NOASSERTION\\",\\"copyrightText\\":\\"NOASSERTION\\"}"
  done
  said=$(env | grep ^BUILDKIT_SCAN_ | sort | tr "\\n" " ")
  echo "{\\"_type\\":\\"https://in-toto.io/Statement/v0.1\\",\\"predicateType\\":\\"https://spdx.dev/Document\\",\\"predicate\\":{\\"spdxVersion\\":\\"SPDX-2.3\\",\\"dataLicense\\":\\"CC0-1.0\\",\\"SPDXID\\":\\"SPDXRef-DOCUMENT\\",\\"name\\":\\"$1\\",\\"documentNamespace\\":\\"https://example.test/$1\\",\\"creationInfo\\":{\\"created\\":\\"2020-01-01T00:00:00Z\\",\\"creators\\":[\\"Tool: scan\\"],\\"comment\\":\\"$said\\"},\\"files\\":[$files]}}" > "$BUILDKIT_SCAN_DESTINATION/$1.spdx.json"
}
emit sbom "$BUILDKIT_SCAN_SOURCE"
if touch "$BUILDKIT_SCAN_SOURCE/changed" 2> /dev/null; then exit 9; fi
if [ -n "$BUILDKIT_SCAN_SOURCE_EXTRAS" ]; then
  for folder in "$BUILDKIT_SCAN_SOURCE_EXTRAS"/*; do emit "$(basename "$folder")" "$folder"; done
fi
echo "it has run" > /tmp/trace
`;

/** Writes nothing down of what a registry or an engine is asked: only what buildah keeps, all below a folder. */
export function buildahSettings(folder: string): Readonly<Record<string, string>> {
  const at = (name: string): string => join(folder, name);
  return {
    "storage.conf": `[storage]\ndriver = "vfs"\ngraphroot = "${at("graph")}"\nrunroot = "${at("run")}"\n`,
    "registries.conf": "unqualified-search-registries = []\n",
    "policy.json": '{"default":[{"type":"insecureAcceptAnything"}]}',
  };
}
