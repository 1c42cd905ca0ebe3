# A release in one file: a shared base, two services made by a matrix, three outputs each.
#
#   tsbake build -f bake.example.hcl release
#
# Everything builds from scratch and from the files under examples/monorepo: nothing is pulled.

variable "TAG" {
  default     = "dev"
  description = "The version the images are tagged with; `TAG=1.2.3 tsbake build …` or `--var TAG=1.2.3`"

  validation {
    condition     = regexall("^[a-zA-Z0-9_.-]+$", TAG) != []
    error_message = "TAG must be a valid image tag."
  }
}

variable "REGISTRY" {
  default     = "example.test/shop"
  description = "Where the images belong"
}

function "image" {
  params = [name]
  result = "${REGISTRY}/${name}:${TAG}"
}

group "default" {
  targets = ["service"]
}

group "release" {
  description = "Everything that is shipped"
  targets     = ["base", "service"]
}

# What both services stand on. They say `FROM base`, which the link below turns into this target's result.
target "base" {
  description = "Certificates, users and the release file"
  context     = "examples/monorepo/base"
  args        = { VERSION = TAG }
  tags        = [image("base")]
  output      = ["type=oci,dest=out/base.oci.tar"]
}

target "service" {
  description = "One image per service"
  name        = "service-${service}"
  matrix = {
    service = ["api", "web"]
  }
  context  = "examples/monorepo/services/${service}"
  contexts = { base = "target:base" }
  labels = {
    "org.opencontainers.image.title"   = service
    "org.opencontainers.image.version" = TAG
  }
  tags = [image(service)]

  # Three outputs are three builds of the same solve: the first does the work, the others find it in the cache.
  output = [
    "type=oci,dest=out/${service}.oci.tar",
    "type=docker,dest=out/${service}.docker.tar",
    "type=local,dest=out/${service}",
  ]
}
