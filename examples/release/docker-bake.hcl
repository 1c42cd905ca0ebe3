# One target, every way to hand it over. The files are built once; each further output is served from the cache.

variable "VERSION" {
  default = "1.0.0"
}

group "default" {
  targets = ["release"]
}

target "release" {
  args = { VERSION = VERSION }
  tags = ["demo:${VERSION}"]
  annotations = [
    "org.opencontainers.image.version=${VERSION}",
  ]
  output = [
    { type = "oci", dest = "out/demo-${VERSION}.oci.tar", compression = "zstd" },
    { type = "docker", dest = "out/demo-${VERSION}.docker.tar" },
    { type = "tar", dest = "out/demo-${VERSION}.files.tar" },
    { type = "local", dest = "out/files" },
  ]
}
