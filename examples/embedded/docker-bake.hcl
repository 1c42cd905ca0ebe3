# Built without any daemon and without a network: `tsbake build --builder embedded`.

variable "EDITION" {
  default = "draft"
}

variable "TOOLS" {
  default     = "docker-image://busybox:stable"
  description = "where sums has its commands from: an image, oci-layout://FOLDER, or a folder with a whole file system"
}

group "default" {
  targets = ["site"]
}

# With a command in it, which needs Linux: `tsbake build --builder embedded summed`.
group "summed" {
  targets = ["site", "sums"]
}

target "assets" {
  context = "assets"
}

target "site" {
  context  = "site"
  contexts = { assets = "target:assets" }
  args     = { EDITION = EDITION }
  tags     = ["example.test/site:${EDITION}"]
  output   = ["type=oci,dest=out/site.tar", "type=local,dest=out/site"]
}

target "sums" {
  context    = "site"
  dockerfile = "sums.Dockerfile"
  contexts   = { tools = TOOLS, site = "target:site" }
  output     = ["type=local,dest=out/sums"]
}
