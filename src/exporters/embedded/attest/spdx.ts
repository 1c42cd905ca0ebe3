/** What is in an image, as an SPDX document (version 2.3, JSON). */
import { createHash } from "node:crypto";
import { formatSeconds } from "../../../oci/history.ts";
import type { JsonTree } from "../../../oci/json-text.ts";
import type { Statement, Subject } from "../attestation-manifest.ts";
import type { WriteRequest } from "../request.ts";
import type { InstalledPackage } from "./packages/package.ts";

export interface SpdxFacts {
  readonly packages: readonly InstalledPackage[];
  readonly subject: readonly Subject[];
  /** Of the document: the target. */
  readonly name: string;
  readonly request: Pick<WriteRequest, "epochSeconds" | "invocation">;
}

const documentId = "SPDXRef-DOCUMENT";

export function spdxStatement({ packages, subject, name, request }: SpdxFacts): Statement {
  const listed = packages.map((each) => ({ id: identify(each), each }));
  const seconds = request.epochSeconds ?? Math.floor(request.invocation.finishedMs / 1000);
  // The same content has the same address, another content another one.
  const content = createHash("sha256").update(
    JSON.stringify([packages, seconds, subject.map((each) => [...each.digest])]),
  );
  const predicate: JsonTree = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: documentId,
    name,
    documentNamespace: `https://spdx.org/spdxdocs/${encodeURIComponent(name)}-${content.digest("hex")}`,
    creationInfo: { creators: ["Tool: tsbake"], created: formatSeconds(seconds) },
    packages: listed.map(({ id, each }) => packageTree(id, each)),
    relationships: listed.map(({ id }) => ({
      spdxElementId: documentId,
      relationshipType: "DESCRIBES",
      relatedSpdxElement: id,
    })),
  };
  return { predicateType: "https://spdx.dev/Document", subject, predicate };
}

function packageTree(id: string, { name, version, purl, path, license, supplier }: InstalledPackage): JsonTree {
  return {
    name,
    SPDXID: id,
    versionInfo: version,
    supplier: supplier === undefined ? "NOASSERTION" : `Person: ${supplier}`,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    sourceInfo: `acquired package info from: /${path}`,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: license !== undefined && isExpression(license) ? license : "NOASSERTION",
    copyrightText: "NOASSERTION",
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
  };
}

/** Letters, digits, dots and dashes only, so the place of the package goes in as a digest. */
function identify({ name, purl, path }: InstalledPackage): string {
  const hex = createHash("sha256").update(`${purl} ${path}`).digest("hex").slice(0, 16);
  return `SPDXRef-Package-${name.replace(/[^A-Za-z0-9.-]+/g, "-")}-${hex}`;
}

/** Whether it has the form of a licence expression; names of licences that are none make a document invalid. */
function isExpression(text: string): boolean {
  return (
    /^\(*[A-Za-z0-9.+-]+\)*(?: (?:AND|OR|WITH) \(*[A-Za-z0-9.+-]+\)*)*$/.test(text) && !/^(?:AND|OR|WITH)$/.test(text)
  );
}
