/** Brings the embedded engine and the exporters together. */
import { parseBoolean } from "../../base/boolean.ts";
import type { ResultWriter, Writing } from "../../engine/solve/result-writer.ts";
import { hostPlatform, targetSettings } from "../../engine/solve/target-settings.ts";
import { readEncoding } from "../../exporters/embedded/image-attributes.ts";
import { writeExport } from "../../exporters/embedded/write-export.ts";
import { repositoryOf, requestParameters } from "./request-parameters.ts";

const images: ReadonlySet<string> = new Set(["image", "oci", "docker"]);

export const resultWriter: ResultWriter = {
  planFor: ({ exporter, attributes }) =>
    exporter !== undefined && images.has(exporter) ? { encoding: readEncoding({ type: exporter, attributes }) } : {},
  write: async (writing) => {
    const { exporter } = writing.request.export;
    if (exporter === undefined) return new Map();
    return writing.reporter.task(taskNames.get(exporter) ?? `exporting to ${exporter}`, (onProgress) =>
      writeExport({ ...requestOf(writing, exporter), onStatus: onProgress }),
    );
  },
};

const taskNames: ReadonlyMap<string, string> = new Map([
  ["image", "exporting to image"],
  ["oci", "exporting to oci image format"],
  ["docker", "exporting to docker image format"],
  ["local", "exporting to client directory"],
  ["tar", "exporting to client tarball"],
]);

function requestOf(writing: Writing, exporter: string): Parameters<typeof writeExport>[0] {
  const { request, results, services, startedMs, signal, scan } = writing;
  const { target } = request;
  const { epochSeconds } = targetSettings(target, { host: services.host, proxyArguments: new Map() });
  return {
    results,
    exporter,
    attributes: request.export.attributes,
    sink: request.export.sink,
    target,
    ...(scan === undefined ? {} : { scan }),
    ...(epochSeconds === undefined ? {} : { epochSeconds }),
    layers: services.layers,
    store: services.store,
    registry: () => services.registry,
    invocation: {
      startedMs,
      finishedMs: services.now(),
      builderPlatform: hostPlatform(),
      parameters: requestParameters(request, services.host),
      repository: () => repositoryOf(request, services.host),
    },
    defaultAttestations: parseBoolean(services.host.variables.BUILDX_NO_DEFAULT_ATTESTATIONS ?? "") !== true,
    signal,
    onWarning: (message, detail) => writing.warn(message, detail),
  };
}
